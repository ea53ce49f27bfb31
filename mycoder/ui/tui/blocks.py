"""One renderer per block, block → Content. A face draws blocks and knows no tool."""

from itertools import zip_longest

from textual.content import Content

from mycoder.protocol.blocks import AnyBlock, Code, Diff, Image, Notice, Plan, Terminal, TestReport, Text
from mycoder.ui import diffs, wording
from mycoder.ui.glyphs import Glyphs
from mycoder.ui.tui.frozen import frozen
from mycoder.ui.tui.inks import highlighted, ink, lines
from mycoder.ui.visible import printed, visible, visible_line

SPLIT_WIDTH = 150
"""Columns from which a diff is drawn in two columns."""
DIFF_ROWS = 400
TERMINAL_LINES = 200
TEXT_LINES = 400


def rendered(block: AnyBlock, glyphs: Glyphs, width: int, *, is_named: bool = False) -> Content:
    """The block in full, for a view `width` columns wide; `is_named` when its file is named above it."""
    match block:
        case Text():
            return (
                frozen(block.text, glyphs)
                if block.markdown
                else _cut(visible(block.text), TEXT_LINES, glyphs)
            )
        case Code():
            return code(block, glyphs)
        case Diff():
            return diff(block, glyphs, width, is_named=is_named)
        case Terminal():
            return terminal(block, glyphs)
        case TestReport():
            return test_report(block, glyphs)
        case Plan():
            return plan(block, glyphs)
        case Image():
            return ink(f"[image {visible_line(block.path)} {block.media_type}]", "$muted")
        case Notice():
            return notice(block.text, block.level, block.hint, glyphs)


def _cut(text: str, most: int, glyphs: Glyphs, *, tail: bool = False) -> Content:
    rows = text.rstrip("\n").split("\n")
    if len(rows) <= most:
        return Content("\n".join(rows))
    left = ink(f"{glyphs.ellipsis} {wording.counted(len(rows) - most, 'more line')}", "$muted")
    kept = rows[-most:] if tail else rows[:most]
    parts = [Content("\n".join(kept))]
    return lines([left, *parts] if tail else [*parts, left])


def code(block: Code, glyphs: Glyphs) -> Content:
    text = visible(block.text).expandtabs(4).rstrip("\n")
    heat = dict(block.heat)
    body = highlighted(text, language=block.language, path=block.path).split("\n", allow_blank=True)
    digits = len(str(block.start + len(body)))
    rows = []
    for number, row in enumerate(body[:TEXT_LINES], block.start):
        hot = heat.get(number)
        sign = glyphs.bar[min(8, round(hot * 8))] if hot is not None else " "
        rows.append(ink(f"{number:>{digits}} ", "$muted") + ink(f"{sign} ", "$error") + row)
    if len(body) > TEXT_LINES:
        rows.append(ink(f"{glyphs.ellipsis} {len(body) - TEXT_LINES} more lines", "$muted"))
    return lines(rows)


def terminal(block: Terminal, glyphs: Glyphs) -> Content:
    rows = [ink(f"$ {visible_line(block.command)}", "bold")]
    if block.output.strip("\n"):
        rows.append(_cut(printed(block.output), TERMINAL_LINES, glyphs, tail=True))
    facts = [f"exit {block.exit_code}"] if block.exit_code else []
    facts += [wording.duration(block.seconds)] if block.seconds >= 1 else []
    facts += [f"all of it: {visible_line(block.path)}"] if block.path else []
    if facts:
        rows.append(ink(f" {glyphs.dot} ".join(facts), "$error" if block.exit_code else "$muted"))
    return lines(rows)


def test_report(block: TestReport, glyphs: Glyphs) -> Content:
    """Counts and the set difference: sign, word and colour, so that none of them is needed alone."""
    is_green = wording.is_green(block)
    sign = glyphs.done if is_green else (glyphs.warning if block.problem else glyphs.failed)
    style = "$success" if is_green else ("$warning" if block.problem else "$error")
    head = ink(f"{sign} {wording.tests_counted(block)}", f"bold {style}")
    rows = [head + ink(f"  {visible_line(block.command)} {wording.duration(block.seconds)}", "$muted")]
    for title, names, look in (
        (f"red {glyphs.arrow} green", block.fixed, "$success"),
        (f"green {glyphs.arrow} red", block.broken, "bold $error"),
        ("failing", block.failing, "$error"),
        ("flaky", block.flaky, "$warning"),
    ):
        shown = [name for name in names if title != "failing" or name not in block.broken]
        for name in shown[:12]:
            rows.append(ink(f"  {title:<13} ", look) + Content(visible_line(name)))
        if len(shown) > 12:
            rows.append(ink(f"  {title:<13} {glyphs.ellipsis} {len(shown) - 12} more", "$muted"))
    return lines(rows)


def plan(block: Plan, glyphs: Glyphs) -> Content:
    looks = {"done": "$success", "active": "bold $accent", "dropped": "strike $muted"}
    rows = []
    for item in block.items:
        look = looks.get(item.status, "$text")
        rows.append(ink(f"{glyphs.plan(item.status)} {visible_line(item.label)}", look))
    return lines(rows)


def notice(text: str, level: str, hint: str, glyphs: Glyphs) -> Content:
    looks = {"error": ("$error", glyphs.failed), "warning": ("$warning", glyphs.warning)}
    look, sign = looks.get(level, ("$muted", glyphs.info))
    words = visible(text).replace("\n", "\n  ")
    body = ink(f"{sign} ", f"bold {look}") + (ink(words, look) if level != "info" else Content(words))
    return lines([body, ink(f"  {glyphs.arrow} {visible(hint)}", "$text")]) if hint else body


def diff(block: Diff, glyphs: Glyphs, width: int, *, is_named: bool = False) -> Content:
    found = diffs.rows(block.text)
    cut = len(found) - DIFF_ROWS
    found = found[:DIFF_ROWS]
    painted = _painted(found, block.path)
    rows = []
    if not is_named:
        sizes = ink(f"  {wording.changed(block.added, block.removed)}", "$muted")
        rows.append(ink(visible_line(block.path), "bold") + sizes)
    digits = max((len(str(max(row.old, row.new))) for row in found), default=1)
    if width >= SPLIT_WIDTH:
        half = (width - 3) // 2
        for left, right in diffs.side_by_side(found):
            rows.append(_split_row(left, right, painted, digits, half, glyphs))
    else:
        rows += [_row(row, painted, digits, width, glyphs) for row in found]
    if cut > 0:
        rows.append(ink(f"{glyphs.ellipsis} {cut} more lines", "$muted"))
    return lines(rows)


def _painted(found: list[diffs.Row], path: str) -> dict[int, Content]:
    """Row (by identity) → its text in the colours of the language; the two sides are read as two texts."""
    painted: dict[int, Content] = {}
    for skip in ("added", "removed"):
        side = [row for row in found if row.kind not in (skip, "hunk", "note")]
        text = "\n".join(visible(row.text).replace("\n", " ").expandtabs(4) for row in side)
        body = highlighted(text, path=path).split("\n", allow_blank=True)
        painted.update({id(row): line for row, line in zip(side, body, strict=False)})
    return painted


_GROUNDS = {
    "added": ("on $added-bg", "on $added-word-bg"),
    "removed": ("on $removed-bg", "on $removed-word-bg"),
}
_SIGNS = {"added": ("+", "bold $success"), "removed": ("-", "bold $error")}


def _row(row: diffs.Row, painted: dict[int, Content], digits: int, width: int, glyphs: Glyphs) -> Content:
    if row.kind == "hunk":
        return ink(f"{glyphs.ellipsis} {visible_line(row.text)}".rstrip(), "$muted")
    if row.kind == "note":
        return ink(visible_line(row.text), "$muted")
    sign, look = _SIGNS.get(row.kind, (" ", ""))
    body = painted.get(id(row), Content(visible_line(row.text)))
    ground, word_ground = _GROUNDS.get(row.kind, ("", ""))
    if word_ground and "\t" not in row.text and len(body.plain) == len(row.text):
        for start, end in row.marks:
            body = body.stylize(word_ground, start, end)
    gutter = ink(f"{row.new or row.old:>{digits}} ", "$muted") + ink(f"{sign} ", look)
    first, *rest = body.fold(max(8, width - len(gutter.plain))) or [body]
    parts = [gutter + first, *(Content(" " * len(gutter.plain)) + part for part in rest)]
    if not ground:
        return lines(parts)
    return lines([part.pad_right(max(0, width - part.cell_length)).stylize_before(ground) for part in parts])


def _split_row(
    left: diffs.Row | None,
    right: diffs.Row | None,
    painted: dict[int, Content],
    digits: int,
    half: int,
    glyphs: Glyphs,
) -> Content:
    if left is not None and left is right and left.kind in ("hunk", "note"):
        return _row(left, painted, digits, half, glyphs)
    sides: list[list[Content]] = []
    for row in (left, right):
        cell = Content("") if row is None else _row(row, painted, digits, half, glyphs)
        if row is not None and row.kind == "context":
            shown = row.new if sides else row.old
            cell = ink(f"{shown:>{digits}} ", "$muted") + cell[digits + 1 :]
        sides.append(cell.split("\n", allow_blank=True) or [Content("")])
    bar, none = ink(f" {glyphs.separator} ", "$muted"), Content("")
    return lines(
        [
            one.truncate(half, ellipsis=True, pad=True) + bar + other
            for one, other in zip_longest(*sides, fillvalue=none)
        ]
    )
