"""Bytes of a file as text and back, so that an edit changes only what it names: encoding, byte order mark,
kind of newline of every line and the final newline stay as they were.

Inside, lines end with ``\\n`` whatever the file uses. A lone carriage return counts as the end of a line only
in a file without a single line feed; elsewhere it is a character like any other, as it is for grep and git.
"""

import codecs
import re

import msgspec

from mycoder.workspace.diff import opcodes

BOMS: tuple[tuple[bytes, str], ...] = (
    # UTF-32 before UTF-16: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# PEP 263, and the same words in the modelines of editors and in XML declarations, in a comment of the first
# two lines
_DECLARED = (
    rb"\A(?:[^\r\n]*\r?\n)?[ \t\f]*(?:#|//|/\*|<\?xml|<!--|;|--|%|\")[^\r\n]*?coding[:=][ \t]*[\"']?([-\w.]+)"
)
_CONTROLS = rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]"
_NUL_MESSAGE = "holds NUL bytes: a binary file, or UTF-16 without a byte order mark"


class NotText(Exception):
    """The bytes are not text in any encoding that can be written back unchanged. The message says why."""


class NotEncodable(Exception):
    """The new text has a character that the file's encoding lacks."""


class FileText(msgspec.Struct, frozen=True):
    """A file that was read as text."""

    path: str
    """Relative to the root, with slashes."""
    text: str
    """Every line ends with ``\\n``, whatever the file uses; without the byte order mark."""
    encoding: str = "utf-8"
    """Name of Python's codec."""
    bom: bool = False
    newline: str = "\n"
    """``\\n``, ``\\r\\n``, ``\\r``, or ``mixed`` (line feeds with and without carriage return)."""
    final_newline: bool = True
    hash: str = ""
    """`files.content_hash` of the bytes."""
    size: int = 0
    """Bytes."""
    mode: int = 0o644
    """Permission bits."""
    links: int = 1
    """Names of the file on disk (hard links)."""
    endings: tuple[str, ...] = ()
    """For `mixed`: how each line ends, in order; without the last line when that has no end."""

    @property
    def peculiarities(self) -> str:
        """What a reader should know of the form, e.g. ``cp1252, CRLF``; empty for plain UTF-8 with line
        feeds.
        """
        names = {"\n": "", "\r\n": "CRLF", "\r": "CR", "mixed": "mixed LF and CRLF"}
        encoding = "" if self.encoding == "utf-8" else self.encoding
        bom = "BOM" if self.bom and not self.encoding.startswith(("utf-16", "utf-32")) else ""
        return ", ".join(filter(None, (encoding, bom, names[self.newline])))


def decode(data: bytes, path: str = "") -> FileText:
    """`data` as text. Raises NotText."""
    raw, encoding, bom = _characters(data)
    newline, text, endings = _lines(raw)
    return FileText(
        path=path,
        text=text,
        encoding=encoding,
        bom=bom,
        newline=newline,
        final_newline=text.endswith("\n"),
        size=len(data),
        endings=endings,
    )


def encode(file: FileText, text: str) -> bytes:
    """`text` in the form of `file`: what `decode` would read back from the bytes is `text`.

    A file that ended with a newline goes on doing so. In a file of mixed newlines every line that is kept
    keeps its own, and a new line takes that of the line before. Raises NotEncodable.
    """
    if file.final_newline and text and not text.endswith("\n"):
        text += "\n"
    match file.newline:
        case "mixed":
            raw = _mixed(file, text)
        case "\n":
            raw = text
        case newline:
            raw = text.replace("\n", newline)
    try:
        data = raw.encode(file.encoding)
    except UnicodeEncodeError as error:
        wrong = raw[error.start]
        raise NotEncodable(
            f"the file is {file.encoding}, which has no {wrong!r} (U+{ord(wrong):04X}): "
            f"write it as an escape, or leave it out"
        ) from None
    return _mark(file) + data


def _mark(file: FileText) -> bytes:
    return next(mark for mark, name in BOMS if name == file.encoding) if file.bom else b""


def _characters(data: bytes) -> tuple[str, str, bool]:
    """(characters, codec, has a byte order mark); only encodings that give the same bytes back."""
    for mark, name in BOMS:
        if data.startswith(mark) and (raw := _exactly(data[len(mark) :], name)) is not None:
            return raw, name, True
    if 0 in data:
        raise NotText(_NUL_MESSAGE)
    declared = _declared(data)
    for name in (declared, "utf-8", "cp1252", "latin-1"):
        if name in ("cp1252", "latin-1") and len(re.findall(_CONTROLS, data)) * 100 > len(data):
            raise NotText("holds control bytes: a binary file")
        if name and (raw := _exactly(data, name)) is not None:
            return raw, name, False
    raise NotText("not text in any known encoding")  # not reached: latin-1 reads every byte


def _declared(data: bytes) -> str:
    found = re.match(_DECLARED, data[:400])
    if found is None:
        return ""
    try:
        # a codec for bytes, such as "hex", raises LookupError here just as an unknown one
        "".encode(found[1].decode("ascii"))
        name = codecs.lookup(found[1].decode("ascii")).name
    except (LookupError, UnicodeError, ValueError):
        return ""
    # those with a mark of their own would write it anew
    return "" if name in ("utf-8", "utf-8-sig", "utf-16", "utf-32") else name


def _exactly(data: bytes, encoding: str) -> str | None:
    try:
        raw = data.decode(encoding)
        same = encoding == "utf-8" or raw.encode(encoding) == data
    except (UnicodeError, ValueError):
        return None
    return raw if same else None


def _lines(raw: str) -> tuple[str, str, tuple[str, ...]]:
    """(kind of newline, text with line feeds, the ends of the lines when they are mixed)."""
    if "\r" not in raw:
        return "\n", raw, ()
    feeds = raw.count("\n")
    if feeds == 0:
        return "\r", raw.replace("\r", "\n"), ()
    pairs = raw.count("\r\n")
    if pairs == 0:
        return "\n", raw, ()
    text = raw.replace("\r\n", "\n")
    if pairs == feeds:
        return "\r\n", text, ()
    ends = tuple("\r\n" if line.endswith("\r") else "\n" for line in raw.split("\n")[:-1])
    return "mixed", text, ends


def _mixed(file: FileText, text: str) -> str:
    old, new = file.text.split("\n"), text.split("\n")
    ends = list(file.endings)
    usual = "\r\n" if ends.count("\r\n") * 2 > len(ends) else "\n"
    out: list[str] = []
    for tag, a1, a2, b1, b2 in opcodes(old, new):
        for i in range(b1, b2):
            j = a1 + i - b1
            if j < a2 and j < len(ends):
                out.append(ends[j])
            else:
                out.append(out[-1] if out and tag != "equal" else usual)
    return "".join(line + end for line, end in zip(new, [*out[: len(new) - 1], ""], strict=True))
