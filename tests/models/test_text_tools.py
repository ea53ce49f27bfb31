import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.models.model import CallDelta, Delta, TextDelta
from mycoder.models.text_tools import CallReader, ThoughtSplitter, as_text
from mycoder.protocol.codec import encode
from mycoder.protocol.messages import Message, Request, ToolCall, ToolSpec
from tests.models.serving import READ, text_of, thought_of

TOOLS = (READ, ToolSpec("edit", "Edits.", {"type": "object", "properties": {"line": {"type": "integer"}}}))


def read_calls(*pieces: str) -> tuple[str, list[tuple[str, object]]]:
    """The text and the calls (name, decoded arguments) of a reply that comes in pieces."""
    reader = CallReader(TOOLS)
    deltas = [delta for piece in pieces for delta in reader.feed(piece)] + reader.end()
    return text_of(deltas), [(d.name, decoded(d.arguments)) for d in deltas if isinstance(d, CallDelta)]


def decoded(arguments: str) -> object:
    try:
        return msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return arguments


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>\n{"name": "read", "arguments": {"path": "a"}}\n</tool_call>',
        '<tool_call>{"name":"read","arguments":{"path":"a"}}',
        '<tool_call>{"name": "read", "parameters": {"path": "a"}}</tool_call>',
        '<tool_call>{"function": {"name": "read", "arguments": "{\\"path\\":\\"a\\"}"}}</tool_call>',
        '<tool_call>[{"name": "read", "arguments": {"path": "a"}}]</tool_call>',
        '<tool_call>\n```json\n{"name": "read", "arguments": {"path": "a"}}\n```\n</tool_call>',
        '```tool_call\n{"name": "read", "arguments": {"path": "a"}}\n```',
        '```json\n{"name": "read", "arguments": {"path": "a"}}\n```',
        "<tool_call><function=read><parameter=path>\na\n</parameter></function></tool_call>",
        "<function=read><parameter=path>a</parameter></function>",
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read\n"
        '```json\n{"path": "a"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        '<｜tool▁call▁begin｜>read<｜tool▁sep｜>{"path": "a"}<｜tool▁call▁end｜>',
    ],
)
def test_calls_are_read_in_every_form_and_however_cut(text: str) -> None:
    for pieces in ([text], list(text), [text[:7], text[7:]]):
        assert read_calls(*pieces) == ("", [("read", {"path": "a"})])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["<", "<to", "<tool_call", "`", "```", "```json\n", "a < b", "\n", "<function", "｜", "ä"]
            ),
            st.tuples(st.text(max_size=5), st.text(max_size=8)),
        ),
        max_size=6,
    ),
    st.data(),
)
def test_reading_does_not_depend_on_how_the_text_is_cut(parts: list[object], data: st.DataObject) -> None:
    text = "".join(
        part
        if isinstance(part, str)
        else f"<tool_call>{encode({'name': 'read', 'arguments': {'path': str(part)}}).decode()}</tool_call>"
        for part in parts
    )
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read_calls(*pieces) == read_calls(text) == read_calls(*text)


@given(st.text(alphabet="abc <>`\n{}", max_size=60))
def test_text_without_calls_comes_through_unchanged(text: str) -> None:
    assert read_calls(*text) == (text, [])


def test_text_before_and_between_calls() -> None:
    call = '<tool_call>{"name": "read", "arguments": {"path": "%s"}}</tool_call>'
    text, calls = read_calls("I look.\n" + call % "a" + "\n" + call % "b")
    assert text == "I look.\n"
    assert calls == [("read", {"path": "a"}), ("read", {"path": "b"})]


def test_json_that_names_no_tool_is_text() -> None:
    text = 'Here:\n```json\n{"name": "alice", "age": 3}\n```\nand\n```json\n[1, 2]\n```\n'
    assert read_calls(*text) == (text, [])


@pytest.mark.parametrize(
    ("body", "name", "arguments"),
    [
        ('{"name": "read", "arguments": {"path": "a"', "read", '{"path": "a"'),
        ('{"name": "read", "arguments": {"path": "a\nb"}}', "read", '{"path": "a\nb"}'),
        ("just words", "invalid_call", "just words"),
    ],
)
def test_a_broken_call_is_handed_on_for_repair(body: str, name: str, arguments: str) -> None:
    assert read_calls(f"<tool_call>{body}</tool_call>") == ("", [(name, arguments)])


def test_values_in_tags_take_the_type_of_the_schema() -> None:
    text = "<function=edit><parameter=line>3</parameter><parameter=text>\n7\n\n</parameter></function>"
    assert read_calls(text)[1] == [("edit", {"line": 3, "text": 7})]
    assert read_calls("<function=read><parameter=path>3</parameter></function>")[1] == [
        ("read", {"path": "3"})
    ]


def test_invented_results_are_dropped_and_real_talk_about_them_is_not() -> None:
    call = '<tool_call>{"name": "read", "arguments": {}}</tool_call>'
    reader = CallReader(TOOLS)
    deltas = reader.feed(call + "\n<tool_res") + reader.feed('ult name="read">lies</tool_result>more')
    assert reader.is_over
    assert text_of(deltas + reader.feed("still more") + reader.end()) == ""
    assert read_calls("The tag <tool_result> holds it.")[0] == "The tag <tool_result> holds it."


def split(*pieces: str) -> tuple[str, str]:
    splitter = ThoughtSplitter()
    deltas: list[Delta] = [delta for piece in pieces for delta in splitter.feed(piece)] + splitter.end()
    return thought_of(deltas), text_of(deltas)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>why</think>so", ("why", "so")),
        ("\n<think>\nwhy\n</think>\n\nso", ("why\n", "so")),
        ("<thinking>why</thinking>so", ("why", "so")),
        ("<think></think>so", ("", "so")),
        ("so <think>not a thought</think>", ("", "so <think>not a thought</think>")),
        ("<think>never closed", ("never closed", "")),
        ("<thin", ("", "<thin")),
        ("", ("", "")),
        ("<think>a < b </ </thin </think>x", ("a < b </ </thin ", "x")),
    ],
)
def test_the_thought_at_the_beginning_is_taken_out(text: str, expected: tuple[str, str]) -> None:
    assert split(text) == expected
    thought, rest = split(*text)
    assert (thought.strip(), rest.strip()) == (expected[0].strip(), expected[1].strip())


def test_a_conversation_as_text() -> None:
    calls = (ToolCall("1", "read", '{"path": "a"}'), ToolCall("2", "edit", "{broken"))
    request = Request(
        (
            Message("system", "Be good."),
            Message("user", "go"),
            Message("assistant", "I look.", calls=calls),
            Message("tool", "one </tool_result> two", call_id="1"),
            Message("tool", "no", call_id="2"),
            Message("user", "and?"),
        ),
        TOOLS,
    )
    system, user, assistant, results, steer = as_text(request)
    assert system.text.startswith("Be good.")
    assert '"name":"read"' in system.text
    assert "Reads a file." in system.text
    assert user == request.messages[1]
    assert assistant.calls == ()
    assert read_calls(assistant.text) == ("I look.\n", [("read", {"path": "a"}), ("edit", "{broken")])
    assert results.role == "user"
    assert results.text.count("</tool_result>") == 2
    assert '<tool_result name="edit">\nno\n</tool_result>' in results.text
    assert steer == request.messages[5]


def test_tools_are_told_without_a_system_message_too() -> None:
    first, second = as_text(Request((Message("user", "go"),), TOOLS))
    assert (first.role, second.text) == ("system", "go")


def test_without_tools_nothing_is_told() -> None:
    assert as_text(Request((Message("system", "s"), Message("user", "go")))) == (
        Message("system", "s"),
        Message("user", "go"),
    )


def test_deltas_come_as_soon_as_they_can() -> None:
    reader = CallReader(TOOLS)
    assert reader.feed("Hello ") == [TextDelta("Hello ")]
    assert reader.feed("<") == []
    assert reader.feed("b>") == [TextDelta("<b>")]
