from pathlib import Path
from typing import Any

import msgspec
import pytest

from mycoder.models.script import Fault, Player, Scene, Script, ScriptedCall, Step, When, pieces
from mycoder.models.script_files import ScriptError, load_script
from mycoder.protocol.messages import Message, Request, ToolCall

YAML = r"""
name: fixer
pace: 0.5
steps:
  - text: I run the tests.
    calls: [{tool: test, arguments: {}}]
  - when: {last: "(?P<count>\\d+) failed", tool: test}
    text: "{count} tests fail."
    calls:
      - {tool: read, arguments: {path: "{count}.py", deep: [{x: "{count}"}]}}
  - repeat: 3
    text: "step {n}"
    fail: {kind: status, status: 429, retry_after: 1}
  - text: done
otherwise: {text: lost}
"""
TOML = """
name = "t"
[[steps]]
text = "hello"
[[steps.calls]]
tool = "read"
arguments = '{"path": '
"""


def load(tmp_path: Path, name: str, text: str) -> Player:
    path = tmp_path / name
    path.write_text(text)
    return Player(*load_script(str(path)))


def conversation(replies: int, last: Message | None = None) -> Request:
    messages = [Message("system", "s"), Message("user", "go")]
    for number in range(replies):
        messages.append(Message("assistant", calls=(ToolCall(f"c{number}", "test"),)))
        messages.append(Message("tool", "ok", call_id=f"c{number}"))
    if last is not None:
        messages[-1] = last
    return Request(tuple(messages))


def scene(player: Player, request: Request) -> Scene:
    found = player.scene(request)
    assert found is not None
    return found


def test_a_script_goes_on_from_what_the_request_holds(tmp_path: Path) -> None:
    player = load(tmp_path, "s.yaml", YAML)
    first = scene(player, conversation(0))
    assert (first.text, first.calls, first.finish) == (
        "I run the tests.",
        (("call_1_1", "test", "{}"),),
        "tool_calls",
    )
    assert first.pace == 0.5
    seen = scene(player, conversation(1, Message("tool", "== 7 failed ==", call_id="c0")))
    assert seen.text == "7 tests fail."
    assert seen.calls == (("call_2_1", "read", '{"path":"7.py","deep":[{"x":"7"}]}'),)
    # A step with a condition is not counted, and a resumed session plays the same scenes as a running one.
    for replies, text in (
        (1, "step 1"),
        (2, "step 2"),
        (3, "step 3"),
        (4, "done"),
        (5, "lost"),
        (0, "I run the tests."),
    ):
        assert scene(player, conversation(replies)).text == text


def test_faults_strike_so_often_and_then_no_more(tmp_path: Path) -> None:
    player = load(tmp_path, "s.yaml", YAML)
    for replies in (1, 2):
        assert scene(player, conversation(replies)).fault == Fault(status=429, retry_after=1)
        assert scene(player, conversation(replies)).fault is None
    always = Player(Script(steps=(Step(fail=Fault(times=-1)),)))
    assert all(scene(always, conversation(0)).fault for _ in range(5))


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        (When(), True),
        (When(replies=2), True),
        (When(replies=1), False),
        (When(results=2), True),
        (When(results=3), False),
        (When(last="o.$"), True),
        (When(last="never"), False),
        (When(prompt="^go$"), True),
        (When(prompt="ok"), False),
        (When(system="^s"), True),
        (When(tool="test"), True),
        (When(tool="read"), False),
        (When(replies=2, last="never"), False),
    ],
)
def test_conditions(when: When, fits: bool) -> None:
    player = Player(Script(steps=(Step(when=when, text="x"),)))
    assert (player.scene(conversation(2)) is not None) is fits


def test_without_a_step_the_reason_is_told() -> None:
    player = Player(Script(name="short", steps=(Step(text="a"),)))
    assert player.scene(conversation(1)) is None
    assert player.why_not(conversation(1)) == "the script short has no step for 1 replies and 1 results"


def test_ids_of_calls_are_new_or_as_written() -> None:
    step = Step(calls=(ScriptedCall("a"), ScriptedCall("b", id="mine")))
    player = Player(Script(otherwise=step))
    taken = Request((Message("assistant", calls=(ToolCall("call_2_1", "x"),)),))
    assert [call_id for call_id, _, _ in scene(player, taken).calls] == ["call_2_1x", "mine"]


def test_broken_arguments_are_sent_as_written(tmp_path: Path) -> None:
    assert scene(load(tmp_path, "s.toml", TOML), conversation(0)).calls[0][2] == '{"path": '


def test_json_and_a_bare_list_of_steps(tmp_path: Path) -> None:
    player = load(tmp_path, "mine.json", '[{"text": "a"}]')
    assert scene(player, conversation(0)).text == "a"
    assert player.script.name == "mine"


def test_a_script_in_python(tmp_path: Path) -> None:
    source = """
script = {"name": "py", "steps": [{"text": "from steps"}]}
def reply(request):
    if "special" in request.messages[-1].text:
        return {"text": f"{len(request.messages)} messages", "calls": [{"tool": "read"}]}
"""
    player = load(tmp_path, "s.py", source)
    assert scene(player, conversation(0)).text == "from steps"
    assert scene(player, Request((Message("user", "special"),))).text == "1 messages"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("s.yaml", "steps: [{txt: a}]", "txt"),
        ("s.yaml", "steps: [{text: 1}]", r"steps\[0\]"),
        ("s.yaml", "steps: [", "s.yaml"),
        ("s.yaml", "", "s.yaml"),
        ("s.json", "{", "s.json"),
        ("s.toml", "=", "s.toml"),
        ("s.txt", "x", "must end in"),
        ("s.py", "1/0", "ZeroDivisionError"),
        ("s.py", "x = 1", "neither"),
        ("s.yaml", "steps: [{fail: {kind: explode}}]", "explode"),
    ],
)
def test_a_wrong_script_is_refused_with_its_place(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(ScriptError, match=words):
        load(tmp_path, name, text)


def test_a_script_that_is_not_there() -> None:
    with pytest.raises(ScriptError, match="cannot be read"):
        load_script("/nowhere/s.yaml")


def test_the_packaged_scripts_can_be_read_and_say_what_they_are() -> None:
    import mycoder.models.script_files as files

    for path in sorted((Path(files.__file__).parent / "scripts").glob("*.yaml")):
        script, _ = load_script(path.stem)
        assert "script" in msgspec.json.encode(script).decode().lower()
        assert scene(Player(script), conversation(0))


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [("", 3, []), ("abcd", 3, ["abc", "d"]), ("abcd", 0, ["abcd"]), ("äöü", 1, ["ä", "ö", "ü"])],
)
def test_pieces(text: str, size: int, expected: list[Any]) -> None:
    assert pieces(text, size) == expected
