"""Terminal output as text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.sandbox.tidy import plain, shorten, tidy, whole_lines


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain \xc3\xa4\n", "plain ä\n"),
        (b"\x1b[1;31mred\x1b[0m and \x1b[38;5;200mpink\x1b[m", "red and pink"),
        (b"\x1b]0;title\x07shown", "shown"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b]52;c;aGFjaw==\x07", ""),
        (b"\x1b]0;never ended\nnext line", "\nnext line"),
        (b"\x1bPq#0;2;0;0;0#0~~@@vv@@~~\x1b\\after", "after"),
        (b"\x1b[2J\x1b[H\x1b[?1049hscreen", "screen"),
        (b"\x1b(B\x1b)0\x1b=keys", "keys"),
        (b"\xc2\x9b31mC1", "C1"),
        (b" 10%\r 50%\r100%\n", "100%\n"),
        (b"dos\r\nlines\r\n", "dos\nlines\n"),
        (b"working...\r\r", "working..."),
        (b"a\rb\r\nc\rd", "b\nd"),
        (b"N\x08NA\x08AM\x08ME\x08E", "NAME"),
        (b"12\x08\x0834", "34"),
        (b"nul\0 bell\x07", "nul\ufffd bell\ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"\0" * 500, "[500 unreadable bytes]"),
        (b"tab\tstays", "tab\tstays"),
        (b"\x1b", ""),
        (b"", ""),
    ],
)
def test_examples(data: bytes, text: str) -> None:
    assert tidy(data) == text


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")))
@settings(deadline=None, max_examples=300)
def test_no_control_character_is_left(data: bytes) -> None:
    text = tidy(data)
    assert all(c in "\n\t" or (ord(c) >= 32 and not 0x7F <= ord(c) <= 0x9F) for c in text)
    text.encode()


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.just("\n"), max_size=300))
@settings(deadline=None)
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert tidy(text.encode()) == text
    assert plain(text.encode()) == text.encode()


def test_hostile_floods_take_no_time() -> None:
    """Each would be slow if a pattern looked at the same text again and again."""
    for flood in (
        b"\x1b]" * 200_000,
        b"\x1b[" * 200_000,
        b"\x1bP" * 200_000,
        b"a" * 100_000 + b"\x08" * 100_000,
        b"\r" * 300_000,
        b"\x9b" * 300_000,
    ):
        tidy(flood)
        plain(flood)


def test_plain_keeps_every_state_of_a_progress_bar() -> None:
    assert plain(b"\x1b[32m10%\r20%\x1b[0m\r\n\0end") == b"10%\n20%\nend"


@given(st.text(max_size=400), st.integers(min_value=8, max_value=200))
@settings(deadline=None)
def test_shortening_keeps_both_ends_and_counts(text: str, keep: int) -> None:
    head, tail, missing = shorten(text, keep)
    assert len(head) + len(tail) + missing == len(text)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(head) + len(tail) <= max(keep, len(text) if not missing else keep)


def test_it_cuts_at_lines_when_one_is_near() -> None:
    text = "".join(f"line {n}\n" for n in range(1000))
    head, tail, _ = shorten(text, 400)
    assert head.endswith("\n")
    assert tail.startswith("line ")
    assert 2 * len(head) < len(tail)


def test_a_long_line_is_cut_anywhere() -> None:
    assert whole_lines("x" * 500, "y" * 500) == ("x" * 500, "y" * 500)
