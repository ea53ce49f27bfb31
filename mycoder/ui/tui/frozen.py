"""A finished reply as one flat piece of Content, made from the same Markdown tokens as the living one.

One Markdown widget is about fourteen widgets; three hundred of them make every restyling stall for seconds.
Frozen, a reply is a single Static whose text can be selected.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from textual.content import Content, Span

from mycoder.ui.glyphs import Glyphs
from mycoder.ui.tui.inks import highlighted, ink, lines
from mycoder.ui.visible import visible

_INLINE = {"em_open": "italic", "strong_open": "bold", "s_open": "strike"}
_HEADINGS = {"h1": "bold underline $primary", "h2": "bold $primary", "h3": "bold $secondary"}


@cache
def _parser() -> Any:
    # late: markdown-it is needed with the first reply only
    from markdown_it import MarkdownIt

    return MarkdownIt("gfm-like", {"linkify": False})


def frozen(source: str, glyphs: Glyphs) -> Content:
    """Raises nothing: whatever the text, something can be shown for it."""
    return lines(_Flat(_parser().parse(visible(source)), glyphs).blocks())


class _Flat:
    """Walks the block tokens once, keeping the prefix of the lists and quotes it is inside of."""

    def __init__(self, tokens: Sequence[Any], glyphs: Glyphs) -> None:
        self.tokens, self.glyphs = tokens, glyphs
        self.out: list[Content] = []
        self.prefix: list[str] = []
        self.counters: list[int | None] = []
        self.bullet = ""
        self.heading = ""
        self.table: list[list[Content]] | None = None

    def blocks(self) -> list[Content]:
        for token in self.tokens:
            self._block(token)
        while self.out and not self.out[-1].plain.strip():
            self.out.pop()
        return self.out

    def _block(self, token: Any) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                start = int(token.attrs.get("start", 1)) if token.type.startswith("ordered") else None
                self.counters.append(start)
            case "bullet_list_close" | "ordered_list_close":
                self.counters.pop()
                if not self.counters:
                    self._gap()
            case "list_item_open":
                self._item()
            case "list_item_close" | "blockquote_close":
                self.prefix.pop()
                if not self.prefix and token.type == "blockquote_close":
                    self._gap()
            case "blockquote_open":
                self.prefix.append(f"{self.glyphs.quote} ")
            case _:
                self._leaf(token)

    def _leaf(self, token: Any) -> None:
        match token.type:
            case "heading_open":
                self.heading = _HEADINGS.get(token.tag, "bold")
            case "heading_close":
                self.heading = ""
                self._gap()
            case "paragraph_close" if not token.hidden and not self.counters:
                self._gap()
            case "fence" | "code_block":
                self._code(token)
            case "hr":
                self._line(ink(self.glyphs.rule * 24, "$muted"))
                self._gap()
            case "html_block":
                self._line(Content(token.content.rstrip("\n")))
                self._gap()
            case "inline":
                self._inline_block(token)
            case _:
                self._table(token)

    def _item(self) -> None:
        count = self.counters[-1]
        if count is None:
            sign = f"{self.glyphs.bullet} "
        else:
            sign = f"{count}. "
            self.counters[-1] = count + 1
        self.bullet = sign
        self.prefix.append(" " * len(sign))

    def _inline_block(self, token: Any) -> None:
        content = inline(token, self.glyphs)
        if self.table is not None:
            self.table[-1].append(content)
            return
        if self.heading:
            content = content.stylize(self.heading)
        self._line(content)

    def _code(self, token: Any) -> None:
        code = token.content.rstrip("\n")
        body = highlighted(code, language=token.info.strip())
        for row in body.split("\n", allow_blank=True):
            self._line(Content("  ") + row)
        self._gap()

    def _table(self, token: Any) -> None:
        match token.type:
            case "table_open":
                self.table = []
            case "tr_open" if self.table is not None:
                self.table.append([])
            case "table_close" if self.table is not None:
                rows, self.table = self.table, None
                self._draw_table(rows)
                self._gap()

    def _draw_table(self, rows: list[list[Content]]) -> None:
        columns = max((len(row) for row in rows), default=0)
        widths = [
            max((row[i].cell_length for row in rows if i < len(row)), default=0) for i in range(columns)
        ]
        bar = ink(f" {self.glyphs.separator} ", "$muted")
        for number, row in enumerate(rows):
            cells = [cell.pad_right(widths[i] - cell.cell_length) for i, cell in enumerate(row)]
            joined = bar.join(cells)
            self._line(joined.stylize("bold") if number == 0 else joined)
            if number == 0:
                rule = self.glyphs.rule
                self._line(ink(f"{rule}{self.glyphs.cross}{rule}".join(rule * w for w in widths), "$muted"))

    def _line(self, content: Content) -> None:
        for row in content.split("\n", allow_blank=True):
            prefix = "".join(self.prefix)
            if self.bullet:
                prefix = prefix[: len(prefix) - len(self.bullet)] + self.bullet
                self.bullet = ""
            self.out.append(ink(prefix, "$muted") + row if prefix else row)

    def _gap(self) -> None:
        if self.out and self.out[-1].plain.strip():
            self.out.append(Content(""))


def inline(token: Any, glyphs: Glyphs) -> Content:
    """The inline children of a token as styled text; links show where they lead."""
    text: list[str] = []
    spans: list[Span] = []
    opened: list[tuple[str, int, str]] = []
    at = 0

    def add(part: str) -> None:
        nonlocal at
        text.append(part)
        at += len(part)

    for child in token.children or ():
        match child.type:
            case "text" | "html_inline" | "text_special":
                add(child.content)
            case "softbreak":
                add(" ")
            case "hardbreak":
                add("\n")
            case "code_inline":
                spans.append(Span(at, at + len(child.content), "$accent"))
                add(child.content)
            case "image":
                add(f"[image: {child.content or child.attrs.get('src', '')}]")
            case "link_open":
                opened.append(("underline $primary", at, str(child.attrs.get("href", ""))))
            case kind if kind in _INLINE:
                opened.append((_INLINE[kind], at, ""))
            case kind if kind.endswith("_close") and opened:
                style, start, href = opened.pop()
                spans.append(Span(start, at, style))
                if href and href not in "".join(text):
                    add(f" ({visible(href)})")
    return Content("".join(text), spans=spans)
