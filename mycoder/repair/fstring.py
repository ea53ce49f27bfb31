"""Positions of the expressions inside of f-strings, which Python before 3.12 gets wrong: they are found anew.

Up to 3.11 the parts of an f-string are parsed apart from the file, and what they tell of their place is off by
the start of the string or worse (bpo-35212 and others; PEP 701 mended it)."""

import ast
import io
import sys
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Iterator

IS_NEEDED = sys.version_info < (3, 12)
_OPENING, _CLOSING = "([{", ")]}"


def settle(tree: Iterable[ast.AST], data: bytes, starts: list[int]) -> frozenset[ast.AST]:
    """Puts right the positions of what is inside of f-strings; returns those f-strings of which that could not be
    done. `tree` are all nodes of a file in the order of `ast.walk`, `starts` are the offsets of the lines in `data`."""
    lost: set[ast.AST] = set()
    if not IS_NEEDED:
        return frozenset()
    nodes = [n for n in tree if isinstance(n, ast.FormattedValue | ast.JoinedStr)]
    inner = {id(n.format_spec) for n in nodes if isinstance(n, ast.FormattedValue)}
    for node in nodes:
        if not isinstance(node, ast.JoinedStr) or id(node) in inner:
            continue
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        try:
            fields = list(_fields_of(data[begin:end].decode("utf-8")))
            _match(node, fields, begin, starts)
        except (ValueError, SyntaxError, tokenize.TokenError, IndentationError):
            lost.add(node)
    return frozenset(lost)


class _Field:
    """An expression in braces: its text, where it starts (bytes from the start of the f-string), and the fields
    in its format."""

    def __init__(self, text: str, at: int, inner: "list[_Field]") -> None:
        self.text = text
        self.at = at
        self.inner = inner


def _match(node: ast.JoinedStr, fields: list[_Field], begin: int, starts: list[int]) -> None:
    """Raises ValueError where fields and nodes are not the same."""
    values = [v for v in node.values if isinstance(v, ast.FormattedValue)]
    if len(values) != len(fields):
        raise ValueError("other fields than parsed")
    for value, field in zip(values, fields, strict=True):
        parsed = ast.parse(f"({field.text})", mode="eval").body
        if ast.dump(parsed) != ast.dump(value.value):
            raise ValueError("another expression than parsed")
        lines = [0]
        for line in f"({field.text})".encode().splitlines(keepends=True):
            lines.append(lines[-1] + len(line))
        origin = begin + field.at - 1
        for right, wrong in zip(ast.walk(parsed), ast.walk(value.value), strict=True):
            if isinstance(right, ast.expr) and isinstance(wrong, ast.expr):
                first = origin + lines[right.lineno - 1] + right.col_offset
                last = origin + lines[(right.end_lineno or 1) - 1] + (right.end_col_offset or 0)
                wrong.lineno, wrong.col_offset = _place(first, starts)
                wrong.end_lineno, wrong.end_col_offset = _place(last, starts)
        if isinstance(value.format_spec, ast.JoinedStr):
            _match(value.format_spec, field.inner, begin, starts)


def _place(offset: int, starts: list[int]) -> tuple[int, int]:
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1]


def _fields_of(text: str) -> Iterator[_Field]:
    """The fields of all f-strings in `text`, which is one string or several written side by side."""
    lines = [0]
    for line in f"({text}\n)".splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    whole = f"({text}\n)"
    for token in tokenize.generate_tokens(io.StringIO(whole).readline):
        if token.type != tokenize.STRING:
            continue
        opening = min(token.string.index(q) for q in "'\"" if q in token.string)
        prefix = token.string[:opening].lower()
        if "f" not in prefix:
            continue
        quote = token.string[opening]
        width = 3 if token.string[opening : opening + 3] == quote * 3 else 1
        start = lines[token.start[0] - 1] + token.start[1] + opening + width
        stop = lines[token.end[0] - 1] + token.end[1] - width
        yield from _scan(whole, start, stop, "r" in prefix)[0]


def _scan(text: str, at: int, stop: int, is_raw: bool, is_format: bool = False) -> tuple[list[_Field], int]:
    """Fields from `at` on, to `stop` or to the brace that ends a format."""
    found = []
    while at < stop:
        two = text[at : at + 2]
        if two in ("{{", "}}") and not is_format:
            at += 2
        elif text[at] == "{":
            field, at = _field(text, at + 1, stop, is_raw)
            found.append(field)
        elif text[at] == "}":
            return found, at
        elif two == "\\N" and not is_raw and text[at + 2 : at + 3] == "{":
            at = text.index("}", at) + 1
        else:
            at += 1
    return found, at


def _field(text: str, begin: int, stop: int, is_raw: bool) -> tuple[_Field, int]:
    """One field whose expression starts at `begin`, and where the text after its closing brace starts."""
    end = expression_end(text, begin, stop)
    at = end
    if text[at] == "=":
        at += 1
        while text[at] in " \t\n":
            at += 1
    if text[at] == "!":
        at += 2
        while text[at] in " \t\n":
            at += 1
    inner: list[_Field] = []
    if text[at] == ":":
        inner, at = _scan(text, at + 1, stop, is_raw, is_format=True)
    if at >= stop or text[at] != "}":
        raise ValueError("a field that does not end")
    offset = len(text[1:begin].encode("utf-8"))  # without the parenthesis that was put before
    return _Field(text[begin:end], offset, inner), at + 1


def expression_end(text: str, at: int, stop: int) -> int:
    depth, quote = 0, ""
    while at < stop:
        here, following = text[at], text[at + 1 : at + 2]
        if quote:
            if text.startswith(quote, at):
                at, quote = at + len(quote) - 1, ""
        elif here in "'\"":
            quote = here * 3 if text.startswith(here * 3, at) else here
            at += len(quote) - 1
        elif here in _OPENING:
            depth += 1
        elif depth and here in _CLOSING:
            depth -= 1
        elif not depth and here in "=!<>" and following == "=":
            at += 1
        elif not depth and here in ":}!=":
            return at
        at += 1
    raise ValueError("an expression that does not end")
