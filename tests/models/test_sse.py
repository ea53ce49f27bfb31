import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.models import sse
from mycoder.models.sse import SseDecoder

LINES = st.one_of(
    st.sampled_from(
        [b"", b"data", b"data:", b"data: [DONE]", b":", b": comment", b"event: error", b"id: 1", b"retry: 1"]
    ),
    st.sampled_from(["data: ä€😀", "data:日本", "dätä: x", "\ufeffdata: bom"]).map(str.encode),
    st.binary(max_size=8).map(lambda b: b"data: " + b.replace(b"\r", b".").replace(b"\n", b".")),
)
STREAMS = st.lists(
    st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b"\r\r", b"\r\n\r\n"])), max_size=12
)


def decoded(pieces: list[bytes]) -> list[tuple[str, bytes]]:
    decoder = SseDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.close()


def reference(data: bytes) -> list[tuple[str, bytes]]:
    """The standard's rules, line by line, on the whole stream at once."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    events, held, name = [], [], b""
    for line in [*lines, b""]:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not line:
            if held:
                events.append((name.decode("utf-8", "replace"), b"\n".join(held)))
            held, name = [], b""
        elif field == b"data":
            held.append(value)
        elif field == b"event":
            name = value
    return events


@settings(max_examples=200, deadline=None)
@given(STREAMS, st.data())
def test_decoding_does_not_depend_on_how_the_bytes_are_cut(
    stream: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    whole = b"".join(line + end for line, end in stream)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=12)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    expected = reference(whole)
    assert decoded([whole]) == expected
    assert decoded(pieces) == expected
    assert decoded([bytes([byte]) for byte in whole]) == expected


def test_events_come_as_soon_as_their_blank_line() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: 1\n") == []
    assert decoder.feed(b"\n") == [("", b"1")]
    assert decoder.feed(b"data: 2\r\r") == [("", b"2")]
    assert decoder.feed(b"\ndata: 3\r\n\r") == [("", b"3")]
    assert decoder.feed(b"\n") == []


def test_several_data_lines_make_one_event() -> None:
    assert decoded([b"event: x\ndata: a\ndata: b\n\n"]) == [("x", b"a\nb")]


def test_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "_LIMIT", 1000)
    decoder = SseDecoder()
    for _ in range(9):
        decoder.feed(b"data: " + b"x" * 100)
    with pytest.raises(ValueError, match="larger"):
        decoder.feed(b"x" * 100)


def test_many_events_do_not_add_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "_LIMIT", 1000)
    decoder = SseDecoder()
    assert (
        len([e for _ in range(100) for e in decoder.feed(b": hold on\n\ndata: " + b"x" * 100 + b"\n\n")])
        == 100
    )


def test_a_long_event_in_many_pieces_takes_linear_time() -> None:
    decoder = SseDecoder()
    for _ in range(100_000):
        decoder.feed(b"x" * 10)
    assert decoder.feed(b"\n\n") == []
