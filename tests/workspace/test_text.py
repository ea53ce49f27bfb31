"""Bytes to text and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.workspace.text import NotEncodable, NotText, decode, encode

QUICK = settings(deadline=None, max_examples=150)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be+bom", "cp1252"])
LINE = st.text(st.sampled_from("ab ü\tß\x0b\x0c\x1c\r"), max_size=6)
NEWLINE = st.sampled_from(["\n", "\r\n"])


def to_bytes(raw: str, encoding: str) -> bytes:
    if encoding == "utf-16-be+bom":
        return b"\xfe\xff" + raw.encode("utf-16-be")
    return raw.encode(encoding)


@QUICK
@given(st.binary(max_size=80))
def test_any_bytes_that_are_text_come_back_unchanged(data: bytes) -> None:
    try:
        file = decode(data)
    except NotText:
        return
    assert encode(file, file.text) == data


@QUICK
@given(st.lists(st.tuples(LINE, NEWLINE), max_size=6), LINE, ENCODINGS)
def test_every_encoding_and_newline_comes_back(
    lines: list[tuple[str, str]], last: str, encoding: str
) -> None:
    data = to_bytes("".join(line + end for line, end in lines) + last, encoding)
    try:
        file = decode(data)
    except NotText:
        assert encoding == "cp1252"  # a few bytes of controls are nothing to go by
        return
    assert encode(file, file.text) == data


@QUICK
@given(
    st.lists(st.tuples(st.text("abü", min_size=1, max_size=4), NEWLINE), min_size=2, max_size=8),
    st.data(),
    ENCODINGS,
)
def test_changing_one_line_leaves_all_others_as_they_are(
    lines: list[tuple[str, str]], data: st.DataObject, encoding: str
) -> None:
    numbered = [(f"{n}{line}", end) for n, (line, end) in enumerate(lines)]
    file = decode(to_bytes("".join(line + end for line, end in numbered), encoding))
    chosen = data.draw(st.integers(0, len(lines) - 1))
    texts = file.text.split("\n")
    texts[chosen] = "changed"
    expected = "".join(("changed" if n == chosen else line) + end for n, (line, end) in enumerate(numbered))
    if encoding == "cp1252" and file.encoding == "utf-8":
        encoding = "utf-8"  # nothing but ASCII
    assert encode(file, "\n".join(texts)) == to_bytes(expected, encoding)


@pytest.mark.parametrize(
    ("data", "encoding", "newline", "text"),
    [
        (b"a\r\nb\r\n", "utf-8", "\r\n", "a\nb\n"),
        (b"a\rb\r", "utf-8", "\r", "a\nb\n"),
        (b"a\r\nb\n", "utf-8", "mixed", "a\nb\n"),
        (b"progress\rdone\n", "utf-8", "\n", "progress\rdone\n"),
        (b"\xef\xbb\xbfx\n", "utf-8", "\n", "x\n"),
        ("ж\n".encode("utf-16"), "utf-16-le", "\n", "ж\n"),
        (b"caf\xe9 \x93q\x94\n", "cp1252", "\n", "café “q”\n"),
        (b"caf\xe9\x81\n", "latin-1", "\n", "café\x81\n"),
        ("# -*- coding: koi8-r -*-\nж\n".encode("koi8-r"), "koi8-r", "\n", "# -*- coding: koi8-r -*-\nж\n"),
        (b"# coding: hex\nx = 1\n", "utf-8", "\n", "# coding: hex\nx = 1\n"),
        (b"", "utf-8", "\n", ""),
    ],
)
def test_form_is_recognised(data: bytes, encoding: str, newline: str, text: str) -> None:
    file = decode(data)
    assert (file.encoding, file.newline, file.text) == (encoding, newline, text)
    assert encode(file, file.text) == data


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\x7fELF\x01\x02\x03\x04\xff\xfe" * 4, b"a\x00b\n"])
def test_binary_is_not_text(data: bytes) -> None:
    with pytest.raises(NotText):
        decode(data)


def test_new_lines_of_a_mixed_file_take_the_newline_before() -> None:
    file = decode(b"one\r\ntwo\nthree\r\n")
    assert encode(file, "one\nnew\ntwo\nthree\nlast\n") == b"one\r\nnew\r\ntwo\nthree\r\nlast\r\n"


def test_final_newline_is_kept_and_its_absence_too() -> None:
    assert encode(decode(b"a\r\n"), "b") == b"b\r\n"
    assert encode(decode(b"a"), "b") == b"b"
    assert encode(decode(b"a\n"), "") == b""


def test_a_character_that_the_encoding_lacks_is_told() -> None:
    with pytest.raises(NotEncodable, match=r"cp1252.*U\+2192"):
        encode(decode(b"caf\xe9\n"), "→\n")


def test_peculiarities_are_told_in_words() -> None:
    assert decode(b"\xef\xbb\xbfa\r\nb\n").peculiarities == "BOM, mixed LF and CRLF"
    assert decode(b"a\n").peculiarities == ""
    assert decode("é\r\n".encode("utf-16")).peculiarities == "utf-16-le, CRLF"
