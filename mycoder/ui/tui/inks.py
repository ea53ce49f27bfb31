"""Coloured text: syntax highlighting and small helpers over Textual's Content.

Everything is made of spans, never of markup, so that no text can style, link or act. Span styles name theme
variables, which are looked up at each drawing: a change of theme needs no rebuilding.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any

from textual.content import Content, Span

HIGHLIGHTED_LINES = 400
"""Longer texts stay plain: a lexer needs about 0.2 ms a line here."""


def ink(text: str, style: str = "") -> Content:
    """`text` in one style."""
    return Content(text, spans=[Span(0, len(text), style)] if style and text else None)


def lines(parts: list[Content]) -> Content:
    return Content("\n").join(parts)


def hanging(content: Content, width: int, by: int = 2) -> Content:
    """`content`, each line wrapped at words to `width` columns, what is wrapped set in by `by` columns more."""
    rows: list[Content] = []
    for line in content.split("\n", allow_blank=True):
        if line.cell_length <= width:
            rows.append(line)
            continue
        indent = len(line.plain) - len(line.plain.lstrip(" ")) + by
        first, *rest = line.wrap(max(10, width))
        left = line[len(first.plain) :] if rest else Content("")
        rows.append(first)
        blank = left.plain[: len(left.plain) - len(left.plain.lstrip(" "))]
        rows += (
            [Content(" " * indent) + row for row in left[len(blank) :].wrap(max(10, width - indent))]
            if rest
            else []
        )
    return lines(rows)


def highlighted(code: str, *, language: str = "", path: str = "") -> Content:
    """`code` with the colours of its language, plain where the language is unknown or the text is long."""
    if code.count("\n") > HIGHLIGHTED_LINES:
        return Content(code)
    lexer = _lexer(language, path)
    if lexer is None:
        return Content(code)
    spans: list[Span] = []
    at = 0
    for kind, text in lexer.get_tokens(code):
        style = _style(str(kind))
        if style and not text.isspace():
            spans.append(Span(at, at + len(text), style))
        at += len(text)
    length = len(code)
    return Content(code, spans=[span for span in spans if span.end <= length])


@lru_cache(maxsize=64)
def _lexer(language: str, path: str) -> Any:
    # late: 30 ms that the first paint does not need
    lexers, missing = import_module("pygments.lexers"), import_module("pygments.util").ClassNotFound
    options = {"stripnl": False, "ensurenl": False}
    try:
        if language:
            return lexers.get_lexer_by_name(language.split()[0], **options)
        return lexers.get_lexer_for_filename(path, **options) if path else None
    except (missing, IndexError):
        return None


_STYLES = (
    ("Token.Keyword.Constant", "$syntax-number"),
    ("Token.Keyword.Type", "$syntax-type"),
    ("Token.Keyword", "$syntax-keyword"),
    ("Token.Operator.Word", "$syntax-keyword"),
    ("Token.Operator", "$syntax-operator"),
    ("Token.Comment", "italic $syntax-comment"),
    ("Token.Literal.String.Doc", "italic $syntax-string"),
    ("Token.Literal.String", "$syntax-string"),
    ("Token.Literal.Number", "$syntax-number"),
    ("Token.Name.Function", "$syntax-function"),
    ("Token.Name.Class", "bold $syntax-type"),
    ("Token.Name.Decorator", "$syntax-function"),
    ("Token.Name.Builtin", "$syntax-type"),
    ("Token.Name.Exception", "$syntax-type"),
    ("Token.Name.Tag", "$syntax-keyword"),
    ("Token.Name.Attribute", "$syntax-function"),
    ("Token.Generic.Deleted", "$error"),
    ("Token.Generic.Inserted", "$success"),
    ("Token.Generic.Heading", "bold $primary"),
)


@lru_cache(maxsize=256)
def _style(kind: str) -> str:
    return next((style for prefix, style in _STYLES if kind.startswith(prefix)), "")
