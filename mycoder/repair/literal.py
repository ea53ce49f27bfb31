"""Text literals letter by letter: which bytes of the file spell which letter, so that a part of a literal can be
changed while all other bytes stay as they are.

A plain literal (also one written as several side by side) is one run; an f-string has a run before, between and
behind its fields, and one for each format. Bytes are handled as text of Latin-1.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from mycoder.repair.fstring import expression_end
from mycoder.repair.source import Source

TextNode = ast.Constant | ast.JoinedStr
_OPENING = re.compile(r"([A-Za-z]*)('''|\"\"\"|'|\")")
_GAP = re.compile(r"(?:[ \t\f\r\n]|\\\r?\n|#[^\n]*)*")
_ESCAPE = r"\\(?:\r?\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|[abfnrtv'\"\\]"
_ESCAPE_OF_BYTES = re.compile(_ESCAPE + ")")
_ESCAPE_OF_TEXT = re.compile(_ESCAPE + r"|N\{[^}]*\}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})")


class Style(NamedTuple):
    """How one of the literals that are written side by side spells its letters."""

    number: int
    quote: str
    is_raw: bool
    is_bytes: bool
    is_formatted: bool


class Letter(NamedTuple):
    """`start` and `end` are offsets in the text of the node at first, in the bytes of the file in a `Run`."""

    value: str
    start: int
    end: int
    style: Style


class Run(NamedTuple):
    """Constant text without a field in it. `at` and `style` are where its first letter is or would be."""

    value: str
    letters: tuple[Letter, ...]
    at: int
    style: Style
    is_format: bool


class _Open:
    """A run that is still being read."""

    def __init__(self, at: int, style: Style, is_format: bool) -> None:
        self.letters: list[Letter] = []
        self.at = at
        self.style = style
        self.is_format = is_format


def runs(source: Source, node: TextNode) -> tuple[Run, ...]:
    """The runs of a literal in their order; none where they cannot be told for sure."""
    if isinstance(node, ast.Constant) and not isinstance(node.value, str | bytes):
        return ()
    if node in source.unplaced:
        return ()
    start, end = source.span(node)
    try:
        text = source.data[start:end].decode("utf-8")
        found = _Scanner(text).scan()
    except (ValueError, SyntaxError, IndexError):
        return ()
    offsets = _byte_offsets(text, start)
    placed = tuple(
        Run(
            "".join(c.value for c in r.letters),
            tuple(Letter(c.value, offsets[c.start], offsets[c.end], c.style) for c in r.letters),
            offsets[r.at],
            r.style,
            r.is_format,
        )
        for r in found
    )
    return placed if [r.value for r in placed if r.value] == constants(node) else ()


def respelled(source: Source, node: TextNode, run: Run, value: str) -> tuple[int, int, str] | None:
    """The edit (start, end, text) after which `run` says `value` and all else of the literal what it said; None
    where its way of writing cannot say that."""
    first, last, new = _difference(run.value, value)
    span = _place(run, first, last)
    if span is None:
        return None
    start, end, style = span
    spelled = _spelled(new, style, source.newline, run.is_format)
    if spelled is not None and _says(source, node, (start, end, spelled), run, value):
        return start, end, spelled
    if not isinstance(node, ast.Constant) or any(c.style.number for c in run.letters):
        return None
    start, end = source.span(node)  # raw, and not to be said in a raw literal
    plain = style._replace(is_raw=False)
    whole = _spelled(value, plain, source.newline, is_format=False)
    if whole is None:
        return None
    quoted = f"{'b' if style.is_bytes else ''}{style.quote}{whole}{style.quote}"
    return (start, end, quoted) if _says(source, node, (start, end, quoted), run, value) else None


def constants(node: TextNode) -> list[str]:
    """The constant pieces of a literal that are not empty, formats of fields included, in their order."""
    if isinstance(node, ast.Constant):
        value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        return [value] if isinstance(value, str) and value else []
    found: list[str] = []
    for part in node.values:
        match part:
            case ast.Constant():
                found += constants(part)
            case ast.FormattedValue(format_spec=ast.JoinedStr() as inner):
                found += constants(inner)
    return found


def _says(source: Source, node: TextNode, edit: tuple[int, int, str], run: Run, value: str) -> bool:
    """The literal after the edit is read as what it should say."""
    begin, stop = source.span(node)
    start, end, text = edit
    changed = source.data[begin:start] + text.encode("utf-8") + source.data[end:stop]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of backslashes that the literal had before
            again = ast.parse(f"({changed.decode('utf-8')}\n)", mode="eval").body
    except (SyntaxError, ValueError):
        return False
    if type(again) is not type(node) or not isinstance(again, ast.Constant | ast.JoinedStr):
        return False
    if isinstance(again, ast.Constant) and type(again.value) is not type(getattr(node, "value", None)):
        return False
    meant = [value if r == run else r.value for r in runs(source, node)]
    return constants(again) == [m for m in meant if m] and _fields(again) == _fields(node)


def _fields(node: ast.AST) -> list[tuple[str, int]]:
    """The expressions in the fields of an f-string and how they are converted."""
    found = [n for n in ast.walk(node) if isinstance(n, ast.FormattedValue)]
    return [(ast.dump(n.value), n.conversion) for n in found]


def _difference(old: str, new: str) -> tuple[int, int, str]:
    """The smallest piece old[first:last] whose replacement gives `new`, and what replaces it."""
    first = 0
    most = min(len(old), len(new))
    while first < most and old[first] == new[first]:
        first += 1
    last = 0
    while last < most - first and old[-1 - last] == new[-1 - last]:
        last += 1
    return first, len(old) - last, new[first : len(new) - last]


def _place(run: Run, first: int, last: int) -> tuple[int, int, Style] | None:
    """The bytes of the letters from `first` to `last`; None where they are written in several literals."""
    if first < last:
        one, other = run.letters[first], run.letters[last - 1]
        return None if one.style != other.style else (one.start, other.end, one.style)
    if first:
        before = run.letters[first - 1]
        return before.end, before.end, before.style
    if run.letters:
        return run.letters[0].start, run.letters[0].start, run.letters[0].style
    return run.at, run.at, run.style


def _spelled(text: str, style: Style, newline: str, is_format: bool) -> str | None:
    """How `text` is written in a literal of this style; None where it cannot be."""
    is_long = len(style.quote) == 3
    if style.is_bytes and any(letter > "\xff" for letter in text):
        return None
    found = []
    for letter in text:
        if style.is_formatted and letter in "{}":
            if is_format:
                return None
            found.append(letter * 2)
        elif style.is_raw:
            if letter in style.quote or not (letter.isprintable() or (letter == "\n" and is_long)):
                return None
            found.append(newline if letter == "\n" else letter)
        elif letter in ("\\", style.quote[0]):
            found.append("\\" + letter)
        elif letter == "\n" and is_long:
            found.append(newline)
        elif letter.isprintable() and (letter.isascii() or not style.is_bytes):
            found.append(letter)
        else:
            found.append(repr(letter.encode("latin-1"))[2:-1] if style.is_bytes else repr(letter)[1:-1])
    return "".join(found)


def _byte_offsets(text: str, start: int) -> list[int]:
    if text.isascii():
        return list(range(start, start + len(text) + 1))
    offsets = [start]
    for letter in text:
        offsets.append(offsets[-1] + len(letter.encode("utf-8")))
    return offsets


class _Scanner:
    """Reads the text of one literal. Raises ValueError or IndexError where it does not understand it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._runs: list[_Open] = []
        self._run: _Open | None = None

    def scan(self) -> list[_Open]:
        number = 0
        while self._at < len(self._text):
            self._one_literal(number)
            number += 1
            gap = _GAP.match(self._text, self._at)
            self._at = gap.end() if gap else self._at
        return self._runs

    def _one_literal(self, number: int) -> None:
        opening = _OPENING.match(self._text, self._at)
        if opening is None:
            raise ValueError("no literal")
        prefix, quote = opening.group(1).lower(), opening.group(2)
        style = Style(number, quote, "r" in prefix, "b" in prefix, "f" in prefix)
        self._at = opening.end()
        if self._run is None:
            self._open(style)
        while not self._text.startswith(quote, self._at):
            two = self._text[self._at : self._at + 2]
            if style.is_formatted and two in ("{{", "}}"):
                self._add(two[0], 2, style)
            elif style.is_formatted and two[0] == "{":
                self._field(style)
                self._open(style)
            else:
                self._letter(style)
        self._at += len(quote)

    def _open(self, style: Style, is_format: bool = False) -> None:
        self._run = _Open(self._at, style, is_format)
        self._runs.append(self._run)

    def _add(self, value: str, width: int, style: Style) -> None:
        assert self._run is not None, "a letter outside of a run"
        self._run.letters.append(Letter(value, self._at, self._at + width, style))
        self._at += width

    def _letter(self, style: Style) -> None:
        text, at = self._text, self._at
        if text[at] == "\\":
            if style.is_raw:
                self._add("\\", 1, style)
                if text[at + 1] not in "\r\n{}":
                    self._add(text[at + 1], 1, style)
                return
            escape = (_ESCAPE_OF_BYTES if style.is_bytes else _ESCAPE_OF_TEXT).match(text, at)
            if escape is None:
                self._add("\\", 1, style)
            elif escape.group()[-1] == "\n":
                self._at = escape.end()
            else:
                self._add(_meaning(escape.group(), style.is_bytes), len(escape.group()), style)
        elif text.startswith("\r\n", at):
            self._add("\n", 2, style)
        else:
            self._add(text[at], 1, style)

    def _field(self, style: Style) -> None:
        """From an opening brace to behind the closing one, with the runs of the field's format."""
        text = self._text
        self._at = expression_end(text, self._at + 1, len(text))
        for mark, width in (("=", 1), ("!", 2)):
            if text[self._at] == mark:
                self._at += width
                while text[self._at] in " \t\r\n":
                    self._at += 1
        if text[self._at] == ":":
            self._at += 1
            self._open(style, is_format=True)
            while text[self._at] != "}":
                if text[self._at] == "{":
                    self._field(style)
                    self._open(style, is_format=True)
                else:
                    self._letter(style)
        if text[self._at] != "}":
            raise ValueError("a field that does not end")
        self._at += 1


def _meaning(escape: str, is_bytes: bool) -> str:
    if is_bytes:
        value: bytes = ast.literal_eval(f"b'{escape}'")
        return value.decode("latin-1")
    text: str = ast.literal_eval(f"'{escape}'")
    return text


def texts(source: Source, node: ast.AST) -> Iterator[tuple[TextNode, Run]]:
    """The runs of `node` where it is a literal of its own that says something to the program: no docstring and no
    part of another literal."""
    if not isinstance(node, ast.Constant | ast.JoinedStr):
        return
    parent = source.parents.get(node)
    if isinstance(parent, ast.Expr | ast.JoinedStr):
        return
    if isinstance(parent, ast.FormattedValue) and parent.value is not node:
        return
    for run in runs(source, node):
        yield node, run
