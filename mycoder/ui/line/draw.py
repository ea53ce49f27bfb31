"""Entries as rich renderables for the native scrollback: printed once, never again."""

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text
from rich.theme import Theme

from mycoder.protocol import blocks as b
from mycoder.protocol.events import Asked
from mycoder.ui import diffs, wording
from mycoder.ui import entries as tr
from mycoder.ui.glyphs import Glyphs
from mycoder.ui.themes import INKS, ThemeColors
from mycoder.ui.visible import printed, visible, visible_line

TERMINAL_LINES = 20
DIFF_ROWS = 80
CODE_LINES = 12


def console_theme(theme: ThemeColors | None) -> Theme:
    """Our roles as styles of rich; without a theme the terminal's own sixteen colours."""
    plain = {"muted": "dim", "primary": "blue", "secondary": "cyan", "accent": "magenta", "text": "none"}
    plain |= {"success": "green", "warning": "yellow", "error": "red"}
    if theme is None or theme.is_ansi:
        return Theme(plain)
    return Theme({name: theme.colors[name] for name in INKS})


def entry(entry: tr.AnyEntry, glyphs: Glyphs) -> Iterator[RenderableType]:
    """A finished entry. Replies are printed while they stream and come here only in a replay."""
    match entry:
        case tr.Prompt():
            yield Text.assemble((f"{glyphs.prompt} ", "bold primary"), (visible(entry.text), "bold"))
        case tr.Reply() if not entry.is_void and entry.text.strip():
            yield reply(entry.text)
        case tr.Thought():
            yield Text(f"{glyphs.thought} thought {wording.duration(entry.seconds)}", "muted")
        case tr.Call():
            yield from call(entry, glyphs)
        case tr.Question() if entry.ask.settled:
            yield Text(f"{glyphs.arrow} {visible_line(entry.ask.label)}", "muted")
        case tr.Tests():
            if entry.is_baseline:
                yield Text("before the first edit:", "muted")
            yield from block(entry.report, glyphs)
        case tr.Notice():
            yield notice(entry.text, entry.level, entry.hint, glyphs)
            for each in entry.blocks:
                yield from block(each, glyphs)
        case tr.End():
            yield from end(entry, glyphs)
        case _:
            yield from _rare(entry, glyphs)


def _rare(entry: tr.AnyEntry, glyphs: Glyphs) -> Iterator[RenderableType]:
    match entry:
        case tr.Banner():
            facts = [entry.root, entry.model or "no model"]
            facts += [f"sandbox {entry.sandbox}"] if entry.sandbox else []
            yield Text(
                visible_line(f"mycoder {entry.version} {glyphs.dot} " + f" {glyphs.dot} ".join(facts)),
                "muted",
            )
        case tr.Files():
            names = wording.listed([wording.file_words(change) for change in entry.changes], 6)
            yield Text(f"{glyphs.done} {entry.cause}: {visible_line(names)}")
        case tr.Compacted():
            sizes = f"{wording.tokens(entry.before)} {glyphs.arrow} {wording.tokens(entry.after)} tokens"
            yield Text(f"context compacted: {sizes}", "muted")
        case tr.SubAgent() if entry.state != "running":
            sign = glyphs.done if entry.state == "done" else glyphs.failed
            yield Text(f"{sign} agent {visible_line(entry.name)}: {visible_line(entry.summary)}")


def reply(text: str) -> RenderableType:
    return Markdown(visible(text), hyperlinks=False, code_theme="ansi_dark")


def notice(text: str, level: str, hint: str, glyphs: Glyphs) -> Text:
    look, sign = {"error": ("error", glyphs.failed), "warning": ("warning", glyphs.warning)}.get(
        level, ("muted", glyphs.info)
    )
    out = Text.assemble((f"{sign} ", f"bold {look}"), visible(text).replace("\n", "\n  "))
    return out.append(f"\n  {glyphs.arrow} {visible(hint)}") if hint else out


def call(entry: tr.Call, glyphs: Glyphs) -> Iterator[RenderableType]:
    """One line, and below it only what people want to see unasked: diffs, test reports, plans, failures."""
    sign, look = (glyphs.done, "success") if entry.state == "done" else (glyphs.failed, "error")
    name, _, rest = visible_line(entry.title).partition(" ")
    head = Text.assemble((f"{sign} ", look), (name, "bold"), f" {rest}" if rest else "")
    summary = wording.call_summary(entry)
    if entry.ask and entry.ask.settled.startswith("deny"):
        summary = visible_line(f"denied{': ' + entry.ask.note if entry.ask.note else ''}")
    head.append(f"  {summary}" if summary else "", "error" if entry.state == "failed" else "muted")
    head.append(f" {glyphs.dot} {wording.duration(entry.seconds)}" if entry.seconds >= 0.05 else "", "muted")
    yield head
    for each in entry.blocks:
        is_wanted = isinstance(each, b.Diff | b.TestReport | b.Plan) or entry.state == "failed"
        if is_wanted:
            for part in block(each, glyphs):
                yield Padding(part, (0, 0, 0, 4), expand=False)


def block(each: b.AnyBlock, glyphs: Glyphs) -> Iterator[RenderableType]:
    match each:
        case b.Text():
            yield reply(each.text) if each.markdown else Text(_tail(visible(each.text), TERMINAL_LINES))
        case b.Code():
            rows = visible(each.text).rstrip("\n").split("\n")
            more = (
                f"\n{glyphs.ellipsis} {len(rows) - CODE_LINES} more lines" if len(rows) > CODE_LINES else ""
            )
            yield Text("\n".join(rows[:CODE_LINES]) + more)
        case b.Diff():
            yield diff(each)
        case b.Terminal():
            yield Text(f"$ {visible_line(each.command)}", "bold")
            if each.output.strip():
                yield Text(_tail(printed(each.output), TERMINAL_LINES))
            if each.exit_code:
                yield Text(f"exit {each.exit_code}", "error")
        case b.TestReport():
            yield tests(each, glyphs)
        case b.Plan():
            yield Text(
                "\n".join(f"{glyphs.plan(item.status)} {visible_line(item.label)}" for item in each.items)
            )
        case b.Notice():
            yield notice(each.text, each.level, each.hint, glyphs)
        case b.Image():
            yield Text(f"[image {visible_line(each.path)}]", "muted")


def diff(each: b.Diff) -> Text:
    out = Text()
    found = diffs.rows(each.text)
    digits = max((len(str(max(row.old, row.new))) for row in found), default=1)
    for row in found[:DIFF_ROWS]:
        sign, look = {"added": ("+", "success"), "removed": ("-", "error")}.get(row.kind, (" ", ""))
        if row.kind in ("hunk", "note"):
            out.append(f"... {visible_line(row.text)}\n", "muted")
            continue
        out.append(f"{row.new or row.old:>{digits}} ", "muted").append(
            f"{sign} {visible_line(row.text)}\n", look
        )
    if len(found) > DIFF_ROWS:
        out.append(f"... {len(found) - DIFF_ROWS} more lines\n", "muted")
    out.rstrip()
    return out


def tests(report: b.TestReport, glyphs: Glyphs) -> Text:
    is_green = wording.is_green(report)
    look = "success" if is_green else ("warning" if report.problem else "error")
    sign = glyphs.done if is_green else (glyphs.warning if report.problem else glyphs.failed)
    out = Text.assemble((f"{sign} {wording.tests_counted(report)}", f"bold {look}"))
    out.append(f"  {visible_line(report.command)} {wording.duration(report.seconds)}", "muted")
    failing = tuple(name for name in report.failing if name not in report.broken)
    rows = (
        ("red to green", report.fixed),
        ("green to red", report.broken),
        ("failing", failing),
        ("flaky", report.flaky),
    )
    for title, names in rows:
        for name in names[:12]:
            out.append(f"\n  {title}: {visible_line(name)}")
        if len(names) > 12:
            out.append(f"\n  {title}: {len(names) - 12} more")
    return out


def end(entry: tr.End, glyphs: Glyphs) -> Iterator[RenderableType]:
    is_done = entry.reason == "done"
    look = "success" if is_done else ("warning" if entry.reason == "interrupted" else "error")
    verdict = wording.verdict(entry.report)
    words = wording.ending(entry.reason) + (f", {verdict}" if verdict and is_done else "")
    head = Text.assemble((f"{glyphs.done if is_done else glyphs.failed} {words}", f"bold {look}"))
    yield head.append(f"  {wording.report_totals(entry.report)}", "muted")
    if entry.message:
        yield Text(f"  {glyphs.arrow} {visible(entry.message)}")
    for row in wording.report_lines(entry.report):
        yield Text(f"  {row}", "muted")


def ask(asked: Asked, glyphs: Glyphs) -> Iterator[RenderableType]:
    """The question with its numbered sentences, and what each would remember."""
    yield Text.assemble(
        (f"{glyphs.waiting} ", "bold warning"), (visible(asked.question or "May it?"), "bold")
    )
    if asked.reason:
        yield Text(f"  {visible(asked.reason)}", "muted")
    for each in asked.blocks:
        for part in block(each, glyphs):
            yield Padding(part, (0, 0, 0, 2), expand=False)
    for number, option in enumerate(asked.options, 1):
        yield Text(f"  {number}  {visible_line(option.label)}")
        if option.remembers:
            yield Text(f"     remembers: {visible_line(option.remembers)}", "muted")


def _tail(text: str, most: int) -> str:
    rows = text.rstrip("\n").split("\n")
    return "\n".join(rows if len(rows) <= most else [f"... {len(rows) - most} lines before", *rows[-most:]])


def console(theme: ThemeColors | None, *, is_dumb: bool) -> Console:
    return Console(
        theme=console_theme(theme), highlight=False, markup=False, emoji=False, no_color=is_dumb or None
    )
