import base64
import itertools
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.models.dialect import Dialect, adapted
from mycoder.models.model import Failed
from mycoder.models.wire import Encoder, Opaque, json_object
from mycoder.protocol.codec import encode
from mycoder.protocol.messages import Attachment, Message, Request, ToolCall, ToolSpec
from tests.models.serving import READ

TEXTS = st.text(max_size=12)
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNg+M9QDwADgAF/e5IkGQAAAABJRU5ErkJggg=="
)


@st.composite
def conversations(draw: st.DrawFn) -> list[Request]:
    """The requests of a growing conversation: replies with calls, all their results, words of the user."""
    messages = [Message("system", draw(TEXTS)), Message("user", draw(TEXTS))]
    requests = [Request(tuple(messages), (READ,))]
    for turn in range(draw(st.integers(1, 5))):
        count = draw(st.integers(0, 3))
        calls = tuple(
            ToolCall(f"c{turn}-{i}", "read", draw(TEXTS | st.just('{"path":"a"}'))) for i in range(count)
        )
        messages.append(Message("assistant", draw(TEXTS), draw(TEXTS), calls))
        for call in calls:
            images = (Attachment("/nowhere.png"),) if draw(st.booleans()) else ()
            messages.append(Message("tool", draw(TEXTS), call_id=call.id, images=images))
        if not calls or draw(st.booleans()):
            messages.append(Message("user", draw(TEXTS)))
        requests.append(Request(tuple(messages), (READ,)))
    return requests


DIALECTS = st.sampled_from(
    [
        Dialect(),
        Dialect(thoughts="always"),
        Dialect(thoughts="calls"),
        Dialect(tools="text"),
        Dialect(signatures=True, call_ids="nine"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(conversations(), DIALECTS)
def test_each_body_begins_with_the_one_before(requests: list[Request], dialect: Dialect) -> None:
    encoder = Encoder("m", dialect, {"top_p": 0.5})
    bodies = [encoder.body(request) for request in requests]
    for before, after in itertools.pairwise(bodies):
        assert before.endswith(b"]}")
        assert after.startswith(before[:-2])
    for request, body in zip(requests, bodies, strict=True):
        # What was remembered from earlier requests must not show.
        assert Encoder("m", dialect, {"top_p": 0.5}).body(request) == body
        decoded = msgspec.json.decode(body)
        assert decoded["messages"] == encoder.messages(request)


def body(request: Request, dialect: Dialect = Dialect(), **parameters: Any) -> dict[str, Any]:
    value = msgspec.json.decode(Encoder("m", dialect, parameters).body(request))
    assert isinstance(value, dict)
    return value


def test_a_whole_body() -> None:
    call = ToolCall("c1", "read", '{"path": "a"}')
    request = Request(
        (
            Message("system", "s"),
            Message("user", "u"),
            Message("assistant", "", "thought", (call,)),
            Message("tool", "r", call_id="c1"),
            Message("assistant", "done"),
        ),
        (READ,),
        temperature=0.5,
        max_tokens=10,
    )
    assert body(request) == {
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_tokens": 10,
        "tools": [
            {
                "type": "function",
                "function": {"name": "read", "description": "Reads a file.", "parameters": READ.schema},
            }
        ],
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "u"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "read", "arguments": '{"path": "a"}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "r"},
            {"role": "assistant", "content": "done"},
        ],
    }


def test_the_messages_stand_last() -> None:
    assert list(body(Request((Message("user", "u"),), (READ,)), top_p=1))[-1] == "messages"


def test_parameters_of_the_settings_and_of_the_request() -> None:
    request = Request((Message("user", "u"),), temperature=0.1, extra={"seed": 7, "messages": "never"})
    value = body(request, temperature=0.9, reasoning_effort="low")
    assert (value["temperature"], value["seed"], value["reasoning_effort"]) == (0.1, 7, "low")
    assert isinstance(value["messages"], list)


def test_a_dialect_leaves_out_what_is_refused() -> None:
    dialect = Dialect(asks_usage=False, takes_temperature=False, max_tokens_key="max_completion_tokens")
    value = body(Request((Message("user", "u"),), temperature=1.0, max_tokens=5), dialect, top_p=1)
    assert set(value) == {"model", "stream", "max_completion_tokens", "messages"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            "json_schema",
            {"type": "json_schema", "json_schema": {"name": "reply", "schema": {"type": "object"}}},
        ),
        ("json_object", {"type": "json_object"}),
        ("none", None),
    ],
)
def test_reply_schemas(schema: Any, expected: Any) -> None:
    request = Request((Message("user", "u"),), reply_schema={"type": "object"})
    assert body(request, Dialect(schema=schema)).get("response_format") == expected


def test_thoughts_go_back_as_each_provider_wants_them() -> None:
    call = ToolCall("c", "read", "{}")
    messages = (
        Message("assistant", "a", "T1", (call,)),
        Message("tool", "r", call_id="c"),
        Message("assistant", "", "", (ToolCall("d", "read"),)),
        Message("tool", "r", call_id="d"),
        Message("assistant", "b", "T2"),
    )

    def thoughts(dialect: Dialect) -> list[Any]:
        rows = body(Request(messages), dialect)["messages"]
        return [row.get(dialect.thought_key) for row in rows if row["role"] == "assistant"]

    assert thoughts(Dialect()) == [None, None, None]
    assert thoughts(Dialect(thoughts="calls")) == ["T1", " ", None]
    assert thoughts(Dialect(thoughts="always", thought_key="reasoning")) == ["T1", " ", "T2"]


def test_images_are_data_urls(tmp_path: Path) -> None:
    image = tmp_path / "p.png"
    image.write_bytes(PIXEL)
    encoder = Encoder("m", Dialect(), {})
    request = Request((Message("user", "look", images=(Attachment(str(image)),)),))
    first = encoder.body(request)
    parts = msgspec.json.decode(first)["messages"][0]["content"]
    assert parts[0] == {"type": "text", "text": "look"}
    url = parts[1]["image_url"]["url"]
    assert url.startswith("data:image/png;base64,")
    assert base64.b64decode(url.partition(",")[2]) == PIXEL
    image.write_bytes(b"other")
    assert encoder.body(request) == first


def test_an_image_of_a_result_that_changes_on_disk_does_not_change_what_was_sent(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(PIXEL)
    messages = (
        Message("assistant", "", calls=(ToolCall("a", "shot"),)),
        Message("tool", "1", call_id="a", images=(Attachment(str(tmp_path / "p.png")),)),
    )
    encoder = Encoder("m", Dialect(), {})
    first = encoder.body(Request(messages))
    (tmp_path / "p.png").write_bytes(b"other")
    assert encoder.body(Request((*messages, Message("assistant", "seen")))).startswith(first[:-2])


def test_images_of_results_follow_the_run_of_results(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(PIXEL)
    image = Attachment(str(tmp_path / "p.png"))
    calls = (ToolCall("a", "shot"), ToolCall("b", "read"))
    messages = (
        Message("assistant", "", calls=calls),
        Message("tool", "1", call_id="a", images=(image,)),
        Message("tool", "2", call_id="b"),
        Message("assistant", "seen"),
    )
    roles = [row["role"] for row in body(Request(messages))["messages"]]
    assert roles == ["assistant", "tool", "tool", "user", "assistant"]
    assert [row["role"] for row in body(Request(messages[:-1]))["messages"]] == roles[:-1]


def test_an_image_that_is_gone_is_said_in_words() -> None:
    request = Request((Message("user", "look", images=(Attachment("/nowhere.png"),)),))
    assert "cannot be read" in body(request)["messages"][0]["content"][1]["text"]


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ("", "{}"),
        ("  ", "{}"),
        ('{"a": ', '{"malformed":"{\\"a\\": "}'),
        ("[1]", '{"malformed":"[1]"}'),
    ],
)
def test_arguments_go_back_as_a_json_object(arguments: str, sent: str) -> None:
    assert json_object(arguments) == sent


def test_lone_surrogates_are_sent_as_replacement_characters() -> None:
    content = body(Request((Message("user", "a\ud800b"),)))["messages"][0]["content"]
    assert content.replace("\ufffd", "") == "ab"
    assert "\ufffd" in json_object("\ud800")


def test_call_ids_of_nine_characters() -> None:
    calls = (ToolCall("call_abcdef", "read"), ToolCall("abcDEF123", "read"))
    messages = (Message("assistant", "", calls=calls), Message("tool", "r", call_id="call_abcdef"))
    rows = body(Request(messages), Dialect(call_ids="nine"))["messages"]
    ids = [call["id"] for call in rows[0]["tool_calls"]]
    assert ids[1] == "abcDEF123"
    assert len(ids[0]) == 9
    assert ids[0].isalnum()
    assert rows[1]["tool_call_id"] == ids[0]


def test_signatures_go_back_and_strangers_get_the_stand_in() -> None:
    encoder = Encoder("m", Dialect(signatures=True), {})
    mine = {"extra_content": {"google": {"thought_signature": "mine"}}}
    sealed = encode(Opaque("m", mine, {"reasoning_details": [1]})).decode()
    stranger = encode(Opaque("another model", mine, {"reasoning_details": [2]})).decode()
    calls = (ToolCall("known", "read", opaque=sealed), ToolCall("second", "read"))
    messages = (
        Message("assistant", "", calls=calls),
        Message("assistant", "", calls=(ToolCall("other", "read", opaque=stranger),)),
    )
    rows = encoder.messages(Request(messages))
    assert rows[0]["reasoning_details"] == [1]
    assert rows[0]["tool_calls"][0]["extra_content"] == mine["extra_content"]
    assert "extra_content" not in rows[0]["tool_calls"][1]
    assert rows[1]["tool_calls"][0]["extra_content"]["google"]["thought_signature"].startswith("skip_")
    assert "reasoning_details" not in rows[1]
    torn = Message("assistant", "", calls=(ToolCall("torn", "read", opaque="{"),))
    assert "reasoning_details" not in encoder.messages(Request((torn,)))[0]


def refusal(message: str, status: int = 400) -> Failed:
    return Failed("bad_request", message, status)


@pytest.mark.parametrize(
    ("message", "change"),
    [
        (
            "Unsupported value: 'temperature' does not support 0.2 with this model.",
            {"refused": ("temperature",)},
        ),
        ("invalid temperature: only 1 is allowed for this model", {"refused": ("temperature",)}),
        ("Unknown parameter: stream_options", {"refused": ("stream_options",)}),
        (
            "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
            {"max_tokens_key": "max_completion_tokens"},
        ),
        (
            "registry.ollama.ai/library/deepseek-r1:7b does not support tools",
            {"tools": "text", "think_tags": True},
        ),
        ("No endpoints found that support tool use. not supported", {"tools": "text", "think_tags": True}),
    ],
)
def test_a_dialect_adapts_to_what_a_server_refuses(message: str, change: dict[str, Any]) -> None:
    sent = frozenset(["temperature", "stream_options", "max_tokens", "tools"])
    assert adapted(Dialect(), refusal(message), sent, True) == msgspec.structs.replace(Dialect(), **change)


@pytest.mark.parametrize(
    ("failure", "sent"),
    [
        (refusal("temperature is not supported"), frozenset({"top_k"})),
        (refusal("temperature must be at most 2"), frozenset({"temperature"})),
        (refusal("unknown model"), frozenset({"temperature"})),
        (refusal("temperature is not supported", 401), frozenset({"temperature"})),
    ],
)
def test_a_dialect_does_not_adapt_blindly(failure: Failed, sent: frozenset[str]) -> None:
    assert adapted(Dialect(), failure, sent, False) is None


def test_unused_specs_cost_nothing() -> None:
    spec = ToolSpec("x", "y", {})
    assert "tools" in body(Request((), (spec,)))
    assert "tools" not in body(Request(()))
