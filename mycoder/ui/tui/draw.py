"""Entry → Content: how each entry looks, folded and open. Pure; views only hold the result."""

import msgspec
from textual.content import Content

from mycoder.protocol.blocks import AnyBlock, Diff, Plan, TestReport, Text
from mycoder.ui import entries as tr
from mycoder.ui import wording
from mycoder.ui.glyphs import UNICODE, Glyphs
from mycoder.ui.tui import blocks
from mycoder.ui.tui.frozen import frozen
from mycoder.ui.tui.inks import hanging, ink, lines
from mycoder.ui.visible import printed, visible, visible_line

OPEN_DIFF_LINES = 30
"""A diff up to this long is shown without being asked for."""
RUNNING_LINES = 8
PREVIEW_LINES = 4


class Look(msgspec.Struct, frozen=True):
    """`width` is in columns."""

    glyphs: Glyphs = UNICODE
    width: int = 80


def is_foldable(entry: tr.AnyEntry) -> bool:
    match entry:
        case tr.Call():
            return bool(entry.blocks or entry.output or entry.progress or entry.ask)
        case tr.Thought() | tr.Compacted():
            return bool(entry.text if isinstance(entry, tr.Thought) else entry.summary)
        case tr.SubAgent():
            return bool(entry.summary or entry.task or entry.calls)
        case tr.Reply():
            return entry.is_void
    return False


def opens_itself(entry: tr.AnyEntry) -> bool:
    """Whether the entry is worth its room unasked: small diffs, and tests that are not green."""
    if not isinstance(entry, tr.Call):
        return False
    for block in entry.blocks:
        match block:
            case Diff():
                return block.text.count("\n") <= OPEN_DIFF_LINES
            case TestReport():
                return bool(block.fixed or block.broken or not wording.is_green(block))
            case Plan():
                return True
    return False


def drawn(entry: tr.AnyEntry, look: Look, is_open: bool = False) -> Content:
    """The entry in full colour."""
    match entry:
        case tr.Prompt():
            return _prompt(entry, look.glyphs)
        case tr.Reply():
            return _reply(entry, look.glyphs, is_open)
        case tr.Thought():
            return _thought(entry, look.glyphs, is_open)
        case tr.Call():
            return _call(entry, look, is_open)
        case tr.End():
            return _end(entry, look)
        case tr.Notice():
            by_key = " Or Alt+Up to it, then u." if entry.undo else ""
            head = blocks.notice(entry.text, entry.level, entry.hint + by_key, look.glyphs)
            return lines([head, *_bodies(entry.blocks, look)])
    return _rare(entry, look, is_open)


def _rare(entry: tr.AnyEntry, look: Look, is_open: bool) -> Content:
    glyphs = look.glyphs
    dot = f" {glyphs.dot} "
    match entry:
        case tr.Banner():
            facts = [visible_line(entry.root), visible_line(entry.model or "no model")]
            facts += [f"sandbox {entry.sandbox}"] if entry.sandbox else []
            return ink(f"mycoder {entry.version}", "bold $primary") + ink(dot + dot.join(facts), "$muted")
        case tr.Question():
            asked = entry.ask.asked
            answer = _settled(entry.ask, glyphs) if entry.ask.settled else ink("waiting for you", "$warning")
            head = (
                ink(f"{glyphs.waiting} ", "bold $warning")
                + Content(visible(asked.question or "A question"))
                + "  "
            )
            return head + answer
        case tr.Tests():
            report = blocks.test_report(entry.report, glyphs)
            return lines([ink("before the first edit:", "$muted"), report]) if entry.is_baseline else report
        case tr.Files():
            word = {"undo": "taken back", "redo": "brought back", "repair": "repaired"}.get(
                entry.cause, entry.cause
            )
            names = wording.listed([wording.file_words(change) for change in entry.changes], 6)
            return ink(f"{glyphs.done} {word}: ", "bold") + Content(visible_line(names))
        case tr.Compacted():
            sizes = f"{wording.tokens(entry.before)} {glyphs.arrow} {wording.tokens(entry.after)} tokens"
            head = ink(f"{_fold(glyphs, is_open)} context compacted: {sizes}", "$muted")
            return _with_body(head, ink(visible(entry.summary), "$muted"), is_open)
        case tr.SubAgent():
            return _agent(entry, look, is_open)
    return Content(visible(plain(entry)))


def _fold(glyphs: Glyphs, is_open: bool) -> str:
    return glyphs.opened if is_open else glyphs.folded


def _indented(content: Content, by: str = "    ") -> Content:
    return lines([Content(by) + row for row in content.split("\n", allow_blank=True)])


def _with_body(head: Content, body: Content, is_open: bool) -> Content:
    return lines([head, _indented(body)]) if is_open and body else head


def _bodies(found: tuple[AnyBlock, ...], look: Look, title: str = "") -> list[Content]:
    return [
        _indented(
            blocks.rendered(
                block, look.glyphs, look.width - 4, is_named=isinstance(block, Diff) and block.path in title
            )
        )
        for block in found
    ]


def _prompt(entry: tr.Prompt, glyphs: Glyphs) -> Content:
    words = {"person": "", "steer": "steer: ", "follow_up": "then: ", "slash": ""}.get(
        entry.origin, "mycoder: "
    )
    look = "bold $primary" if entry.origin in ("person", "steer", "follow_up", "slash") else "$muted"
    text = visible(entry.text).rstrip()
    body = ink(f"{glyphs.prompt} ", look) + ink(words, "$muted") + ink(text.replace("\n", "\n  "), look)
    chips = [ink(f"  [image {visible_line(image.path)}]", "$muted") for image in entry.attachments]
    return lines([body, *chips])


def _reply(entry: tr.Reply, glyphs: Glyphs, is_open: bool) -> Content:
    if not entry.is_void:
        return frozen(entry.text, glyphs)
    head = ink(f"{_fold(glyphs, is_open)} (void: the model call was cut off here)", "$muted")
    return _with_body(head, ink(visible(entry.text), "$muted"), is_open)


def _thought(entry: tr.Thought, glyphs: Glyphs, is_open: bool) -> Content:
    text = visible(entry.text).strip()
    if entry.is_open:
        newest = "\n".join(text.split("\n")[-PREVIEW_LINES:])
        return _with_body(
            ink(f"{glyphs.thought} thinking{glyphs.ellipsis}", "$muted"), ink(newest, "$muted"), True
        )
    words = "thought" if not entry.is_void else "thought (void)"
    head = ink(f"{glyphs.thought} {words} {wording.duration(entry.seconds)}", "$muted")
    return _with_body(head, ink(text, "$muted"), is_open)


def _call(entry: tr.Call, look: Look, is_open: bool) -> Content:
    head = call_head(entry, look, is_open)
    if not is_open:
        return head
    parts = [head]
    if entry.ask and entry.ask.settled:
        parts.append(_indented(_settled(entry.ask, look.glyphs)))
    if entry.state in ("running", "waiting"):
        tail = printed(entry.progress).rstrip("\n").split("\n")[-RUNNING_LINES:]
        return lines([*parts, _indented(ink("\n".join(tail), "$muted"))])
    bodies = _bodies(entry.blocks, look, entry.title)
    if not bodies and entry.output:
        bodies = [_indented(blocks.rendered(Text(text=entry.output), look.glyphs, look.width - 4))]
    return lines([*parts, *bodies])


def call_head(entry: tr.Call, look: Look, is_open: bool = False, *, is_part: bool = False) -> Content:
    """The one line of a call: state, what it does, what came of it, how long it took. One that `is_part` of
    another entry cannot be opened."""
    glyphs = look.glyphs
    signs = {
        "running": (glyphs.running, "$accent"),
        "waiting": (glyphs.waiting, "bold $warning"),
        "failed": (glyphs.failed, "$error"),
        "done": (_fold(glyphs, is_open) if is_foldable(entry) and not is_part else glyphs.done, "$muted"),
    }
    sign, style = signs[entry.state]
    title = visible_line(entry.title)
    most = title_room(look.width)
    if len(title) > most:
        title = title[:most] + glyphs.ellipsis
    name, _, rest = title.partition(" ")
    head = ink(f"{sign} ", style) + ink(name, "bold") + Content(f" {rest}" if rest else "")
    summary = "waiting for you" if entry.state == "waiting" else wording.call_summary(entry)
    if entry.ask and entry.ask.settled.startswith("deny"):
        note = f": {entry.ask.note}" if entry.ask.note else ""
        summary = f"denied{visible_line(note)}"
    if summary:
        quiet = (
            "$error" if entry.state == "failed" else ("$warning" if entry.state == "waiting" else "$muted")
        )
        head += ink(f"  {summary}", quiet)
    if entry.seconds >= 0.05:
        head += ink(f" {glyphs.dot} {wording.duration(entry.seconds)}", "$muted")
    return head


def title_room(width: int) -> int:
    """Characters of a title that fit beside what came of the call."""
    return max(24, width - 36)


def _settled(ask: tr.Ask, glyphs: Glyphs) -> Content:
    by = {
        "person": "you",
        "policy": "the policy",
        "timeout": "nobody in time",
        "interrupt": "the interruption",
    }
    text = f"{glyphs.arrow} {visible_line(ask.label)} ({by.get(ask.by, ask.by)})"
    return ink(text + (f": {visible_line(ask.note)}" if ask.note else ""), "$muted")


def _agent(entry: tr.SubAgent, at: Look, is_open: bool) -> Content:
    glyphs = at.glyphs
    signs = {"running": (glyphs.running, "$accent"), "failed": (glyphs.failed, "$error")}
    sign, look = signs.get(entry.state, (_fold(glyphs, is_open), "$muted"))
    head = ink(f"{sign} ", look) + ink(f"agent {visible_line(entry.name)}", "bold")
    facts = f"  {visible_line(entry.task)[: max(20, at.width - 44)]}  {wording.counted(entry.steps, 'step')}"
    if entry.state == "running" and entry.latest:
        facts += f" {glyphs.dot} {visible_line(entry.latest)}"
    rows = [ink(visible(entry.task), "$muted")] if len(entry.task) > 80 or "\n" in entry.task else []
    if entry.steps > len(entry.calls):
        earlier = wording.counted(entry.steps - len(entry.calls), "earlier call")
        rows.append(ink(f"{glyphs.ellipsis} {earlier}", "$muted"))
    inner = Look(glyphs, at.width - 4)
    rows += [call_head(call, inner, is_part=True) for call in entry.calls]
    if said := (entry.summary or entry.said).strip():
        rows.append(Content(visible(said)))
    head += ink(facts, "$muted")
    if entry.state == "running" and entry.progress:
        head = lines([head, ink(f"    {visible_line(entry.progress)}", "$muted")])
    return _with_body(head, lines(rows), is_open)


def _end(entry: tr.End, at: Look) -> Content:
    glyphs = at.glyphs
    is_done = entry.reason == "done"
    look = "$success" if is_done else ("$warning" if entry.reason == "interrupted" else "$error")
    sign = glyphs.done if is_done else (glyphs.warning if entry.reason == "interrupted" else glyphs.failed)
    verdict = wording.verdict(entry.report)
    words = wording.ending(entry.reason) + (f", {verdict}" if verdict and is_done else "")
    rows = [ink(f"{sign} {words}", f"bold {look}")]
    if totals := wording.report_totals(entry.report):
        has_room = rows[0].cell_length + len(totals) + 2 <= at.width
        rows = [rows[0] + ink(f"  {totals}", "$muted")] if has_room else [*rows, ink(f"  {totals}", "$muted")]
    if entry.message:
        rows.append(ink(f"  {glyphs.arrow} ", look) + Content(visible(entry.message)))
    rows += [ink(f"  {row}", "$muted") for row in wording.report_lines(entry.report)]
    return lines([hanging(row, at.width) for row in rows])


def plain(entry: tr.AnyEntry) -> str:
    """The words of an entry, for copying, finding and exporting: its source rather than its drawing."""
    match entry:
        case tr.Prompt() | tr.Reply() | tr.Thought():
            return entry.text
        case tr.Call():
            return f"{entry.title}\n{entry.output or entry.progress}".rstrip()
        case tr.Notice():
            return "\n".join(filter(None, [entry.text, entry.hint]))
        case tr.Question():
            return entry.ask.asked.question
        case tr.Compacted() | tr.SubAgent():
            return entry.summary
        case _:
            return drawn(entry, Look()).plain
