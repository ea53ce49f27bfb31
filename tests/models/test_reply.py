from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.models.model import Delta, Failed, Finished, TextDelta
from mycoder.models.reply import ReplyDecoder
from mycoder.models.text_tools import CallReader, ThoughtSplitter
from mycoder.protocol.codec import encode
from mycoder.protocol.usage import Usage
from tests.models.serving import READ, calls_of, chunk, text_of, thought_of


def read(*values: Any, done: bool = True, decoder: ReplyDecoder | None = None) -> list[Delta]:
    decoder = decoder or ReplyDecoder()
    deltas = [delta for value in values for delta in decoder.feed(encode(value))]
    if done:
        decoder.feed(b"[DONE]")
    return deltas + decoder.end()


def test_text_and_finish() -> None:
    assert read(chunk(content="Hel"), chunk(content="lo"), chunk("stop")) == [
        TextDelta("Hel"),
        TextDelta("lo"),
        Finished("stop"),
    ]


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "why"},
        {"reasoning": "why"},
        {"reasoning_content": "why", "reasoning": "why"},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "why"}]}]},
        {"thinking": "why"},
    ],
)
def test_thoughts_under_every_name(delta: dict[str, Any]) -> None:
    deltas = read(chunk(**delta), chunk(content="so"), chunk("stop"))
    assert thought_of(deltas) == "why"
    assert text_of(deltas) == "so"


def test_content_in_parts() -> None:
    assert (
        text_of(read(chunk(content=[{"type": "text", "text": "a"}, {"text": "b"}, "c"]), chunk("stop")))
        == "abc"
    )


def test_figures_in_a_chunk_without_choices() -> None:
    deltas = read(
        chunk(content="a"),
        chunk("stop"),
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}},
    )
    assert deltas[-1] == Finished("stop", Usage(3, 0, 1))


@pytest.mark.parametrize(
    "where",
    [
        {"choices": [{"delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 3}}]},
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "x_groq": {"usage": {"prompt_tokens": 3}}},
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3}},
    ],
)
def test_figures_elsewhere(where: dict[str, Any]) -> None:
    assert read(chunk(content="a"), where)[-1] == Finished("stop", Usage(3))


@pytest.mark.parametrize(
    ("said", "finish"),
    [
        ("stop", "stop"),
        ("STOP", "stop"),
        ("end_turn", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("SAFETY", "content_filter"),
        ("content_filter", "content_filter"),
        ("tool_calls", "stop"),
        ("odd", "stop"),
    ],
)
def test_finish_reasons(said: str, finish: str) -> None:
    assert read(chunk(content="a"), chunk(said))[-1] == Finished(finish)


def test_calls_make_the_finish_whatever_was_said() -> None:
    call = {"index": 0, "id": "1", "function": {"name": "read", "arguments": "{}"}}
    deltas = read(chunk(tool_calls=[call]), chunk("stop"))
    assert calls_of(deltas) == [("1", "read", "{}")]
    assert deltas[-1] == Finished("tool_calls")


def test_calls_cut_short_stay_length() -> None:
    call = {"index": 0, "id": "1", "function": {"name": "read", "arguments": '{"pa'}}
    assert read(chunk(tool_calls=[call]), chunk("length"))[-1] == Finished("length")


def test_a_single_call_not_in_a_list_and_the_old_function_call() -> None:
    one = read(
        chunk(tool_calls={"id": "1", "function": {"name": "read", "arguments": "{}"}}), chunk("tool_calls")
    )
    assert calls_of(one) == [("1", "read", "{}")]
    old = read(
        chunk(function_call={"name": "read", "arguments": "{"}), chunk(function_call={"arguments": "}"})
    )
    assert calls_of(old)[0][1:] == ("read", "{}")


def test_a_whole_reply_instead_of_a_stream() -> None:
    message = {
        "role": "assistant",
        "content": "hi",
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "read", "arguments": {"path": "a"}}}
        ],
    }
    value = {"choices": [{"message": message, "finish_reason": "tool_calls"}], "usage": {"prompt_tokens": 1}}
    deltas = read(value)
    assert text_of(deltas) == "hi"
    assert calls_of(deltas) == [("1", "read", '{"path":"a"}')]
    assert deltas[-1] == Finished("tool_calls", Usage(1))


def test_a_last_chunk_that_repeats_all_as_a_message_says_nothing_twice() -> None:
    last = {"choices": [{"message": {"content": "ab"}, "finish_reason": "stop"}]}
    assert text_of(read(chunk(content="ab"), last)) == "ab"


def test_done_may_be_missing_after_a_finish() -> None:
    assert read(chunk(content="a"), chunk("stop"), done=False)[-1] == Finished("stop")


def test_done_may_stand_for_the_finish() -> None:
    assert read(chunk(content="a"))[-1] == Finished("stop")


def test_an_end_without_either_is_a_cut() -> None:
    assert isinstance(last := read(chunk(content="a"), done=False)[-1], Failed)
    assert last.kind == "cut"


def test_half_a_line_is_a_cut() -> None:
    decoder = ReplyDecoder()
    decoder.feed(encode(chunk(content="a")))
    decoder.feed(b'{"choices": [{"del')
    (failure,) = decoder.end()
    assert isinstance(failure, Failed)
    assert failure.kind == "cut"


def test_nonsense_after_the_finish_does_no_harm() -> None:
    decoder = ReplyDecoder()
    deltas = decoder.feed(encode(chunk("stop", content="a"))) + decoder.feed(b"{") + decoder.end()
    assert deltas == [TextDelta("a"), Finished("stop")]


def test_broken_utf8_is_replaced_not_fatal() -> None:
    decoder = ReplyDecoder()
    deltas = decoder.feed(b'{"choices": [{"delta": {"content": "a\xff"}}]}')
    assert text_of(deltas) == "a\ufffd"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([{"error": {"message": "slow down", "code": 429}}], "rate_limit"),
        ([chunk(content="a"), {"error": "boom"}], "server"),
        ([{"object": "error", "message": "x", "code": 500}], "server"),
        ([chunk("error")], "server"),
        ([chunk("insufficient_system_resource")], "server"),
        ([{"message": "prompt is too long"}], "context_overflow"),
    ],
)
def test_errors_in_the_stream(values: list[Any], kind: str) -> None:
    last = read(*values)[-1]
    assert isinstance(last, Failed)
    assert last.kind == kind


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"choices":' * 5000,
        b'{"error": ' + b"[" * 100_000,
        b'{"choices": [{"delta": {"content": 1e999}}]}',
    ],
)
def test_json_meant_to_hurt(data: bytes) -> None:
    decoder = ReplyDecoder()
    assert decoder.feed(data) == []
    assert isinstance(decoder.end()[0], Failed)


def test_halves_of_characters() -> None:
    decoder = ReplyDecoder()
    halves = [
        b'{"choices": [{"delta": {"content": "%b"}}]}' % half
        for half in (b"a\\ud83d", b"\\ude00b", b"\\ud83d\\ude00")
    ]
    deltas = [delta for half in halves for delta in decoder.feed(half)]
    assert text_of(deltas) == "a\ufffd\ufffdb\U0001f600"


def test_numbers_of_any_size_in_arguments() -> None:
    call = {"id": "1", "function": {"name": "read", "arguments": {"n": 10**30}}}
    assert calls_of(read(chunk(tool_calls=[call])))[0][2] == f'{{"n":{10**30}}}'


def test_an_event_named_error() -> None:
    decoder = ReplyDecoder()
    decoder.feed(b'{"reason": "x"}', "error")
    assert isinstance(decoder.end()[0], Failed)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [{"choices": []}],
        [chunk("stop")],
        [chunk(content=""), chunk("stop")],
        [chunk(content=" \n"), chunk("stop")],
        [chunk(reasoning_content="hm"), chunk("stop")],
        [{"choices": None}],
        [{"choices": [None]}],
        [{}],
    ],
)
def test_a_reply_of_nothing_is_empty(values: list[Any]) -> None:
    last = read(*values)[-1]
    assert isinstance(last, Failed)
    assert last.kind == "empty"


def test_a_thought_that_used_up_the_length_is_no_empty_reply() -> None:
    assert read(chunk(reasoning_content="hm"), chunk("length"))[-1] == Finished("length")


def test_think_tags_and_calls_in_text() -> None:
    decoder = ReplyDecoder((), ThoughtSplitter(), CallReader((READ,)))
    call = '<tool_call>{"name": "read", "arguments": {"path": "a"}}</tool_call>'
    text = f"<think>I need it.</think>Reading.\n{call}"
    deltas = read(*[chunk(content=c) for c in text], chunk("stop"), decoder=decoder)
    assert thought_of(deltas) == "I need it."
    assert text_of(deltas).strip() == "Reading."
    assert [call[1:] for call in calls_of(deltas)] == [("read", '{"path":"a"}')]
    assert deltas[-1] == Finished("tool_calls")


def test_invented_results_end_the_reply() -> None:
    decoder = ReplyDecoder((), None, CallReader((READ,)))
    decoder.feed(
        encode(chunk(content='<tool_call>{"name": "read"}</tool_call>\n<tool_result name="read">lies'))
    )
    assert decoder.is_over
    assert decoder.end()[-1] == Finished("tool_calls")


def test_signed_blocks_are_kept_for_the_way_back() -> None:
    decoder = ReplyDecoder()
    call = {"index": 0, "id": "c1", "function": {"name": "read", "arguments": "{}"}}
    block = {"type": "thinking", "thinking": "I "}
    read(
        chunk(thinking_blocks=[block]),
        chunk(thinking_blocks=[{"type": "thinking", "thinking": "see", "signature": None}]),
        chunk(thinking_blocks=[{"type": "thinking", "thinking": "", "signature": "sig"}]),
        chunk(thinking_blocks=[{"type": "thinking", "thinking": "two"}]),
        chunk(reasoning_details=[{"type": "reasoning.text", "index": 0, "text": "a"}]),
        chunk(reasoning_details=[{"type": "reasoning.text", "index": 0, "text": "b"}]),
        chunk(reasoning_details=[{"type": "reasoning.encrypted", "index": 1, "data": "x"}]),
        chunk("tool_calls", tool_calls=[call]),
        decoder=decoder,
    )
    assert block == {"type": "thinking", "thinking": "I "}
    assert decoder.opaque["c1"].message == {
        "thinking_blocks": [
            {"type": "thinking", "thinking": "I see", "signature": "sig"},
            {"type": "thinking", "thinking": "two"},
        ],
        "reasoning_details": [
            {"type": "reasoning.text", "index": 0, "text": "ab"},
            {"type": "reasoning.encrypted", "index": 1, "data": "x"},
        ],
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 600) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "delta",
                    "message",
                    "content",
                    "tool_calls",
                    "function",
                    "name",
                    "arguments",
                    "index",
                    "id",
                    "finish_reason",
                    "usage",
                    "error",
                    "prompt_tokens",
                    "reasoning_content",
                    "reasoning_details",
                    "thinking_blocks",
                    "type",
                    "text",
                    "object",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(JSON, max_size=5))
def test_no_json_makes_it_fail_and_the_last_delta_is_an_end(values: list[Any]) -> None:
    deltas = read(*values)
    assert isinstance(deltas[-1], Finished | Failed)
    assert not any(isinstance(delta, Finished | Failed) for delta in deltas[:-1])
