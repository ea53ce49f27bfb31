"""The small parts around the conversation: queue, status line, side bar."""

import time
from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from mycoder.protocol.blocks import Plan
from mycoder.ui import wording
from mycoder.ui.glyphs import Glyphs
from mycoder.ui.transcript import Transcript
from mycoder.ui.tui import blocks
from mycoder.ui.tui.inks import ink, lines
from mycoder.ui.visible import visible_line

DISPENSABLE = ("branch", "model", "cost", "context", "sandbox")
"""What the status line goes without where there is no room, the least telling first; never half a word of it."""
MODE_INKS = {"plan": "$secondary", "ask": "$success", "edit": "$warning", "auto": "$accent"}


class PromptRow(Horizontal):
    """The prompt and its sign, whose colour tells the mode."""

    DEFAULT_CSS = """
    PromptRow { height: auto; background: $surface; border-top: solid $muted; }
    PromptRow > Static { width: 4; height: 1; padding: 0 1 0 2; background: $surface; }
    """

    def __init__(self, composer: Widget, glyphs: Glyphs) -> None:
        super().__init__()
        self._sign, self._composer, self._glyphs = Static(markup=False), composer, glyphs
        self._mode = ""

    def compose(self) -> ComposeResult:
        yield self._sign
        yield self._composer

    def use_signs(self, glyphs: Glyphs) -> None:
        self._glyphs, self._mode = glyphs, ""

    def show(self, mode: str) -> None:
        if mode != self._mode:
            self._mode = mode
            self._sign.update(ink(self._glyphs.prompt, f"bold {MODE_INKS.get(mode, '$text')}"))


class QueueView(Static):
    """What was sent while a turn runs and waits for its end."""

    DEFAULT_CSS = (
        "QueueView { display: none; height: auto; max-height: 6; padding: 0 2; background: $background; }"
    )

    def show(self, queue: tuple[str, ...], keys: str) -> None:
        self.display = bool(queue)
        rows = [
            ink(f"queued {n}: ", "$secondary") + ink(visible_line(text)[:160])
            for n, text in enumerate(queue[:4], 1)
        ]
        if len(queue) > 4:
            rows.append(ink(f"and {len(queue) - 4} more", "$muted"))
        if rows:
            rows[-1] += ink(f"  {keys} takes it back", "$muted")
        self.update(lines(rows))


class Examples(Static):
    """Prompts to begin with, until something was said."""

    DEFAULT_CSS = "Examples { display: none; height: auto; padding: 0 2; background: $background; }"

    def show(self, prompts: Sequence[str]) -> None:
        self.display = bool(prompts)
        rows = [ink("for example:", "$muted"), *(ink(f"  {prompt}", "$secondary") for prompt in prompts)]
        self.update(lines(rows))


class StatusLine(Static):
    """Is it working or waiting for me? What may it do? What has it cost?"""

    DEFAULT_CSS = "StatusLine { height: 1; padding: 0 1; background: $panel; color: $text; }"

    def __init__(self, glyphs: Glyphs, is_still: bool, clock: Callable[[], float] = time.time) -> None:
        super().__init__(markup=False)
        self.glyphs, self.is_still, self.clock = glyphs, is_still, clock
        self.doing = ""
        """What goes on beside the turn: opening, stopping, a command of the person."""
        self._frame = 0

    def show(self, seen: Transcript, branch: str, new_below: int) -> None:
        self._frame += 1
        room = max(20, self.app.size.width - 2)
        parts = self._parts(seen, branch, new_below, is_short=False)
        if self._joined(parts).cell_length > room:
            parts = self._parts(seen, branch, new_below, is_short=True)
        for name in DISPENSABLE:
            if self._joined(parts).cell_length > room:
                parts.pop(name, None)
        self.update(self._joined(parts))

    def _joined(self, parts: dict[str, Content]) -> Content:
        return ink(f" {self.glyphs.dot} ", "$muted").join([part for part in parts.values() if part])

    def _parts(self, seen: Transcript, branch: str, new_below: int, *, is_short: bool) -> dict[str, Content]:
        """All facts by name, in the order of the row; in the short form with fewer words."""
        parts = {
            "mode": ink(f" {seen.mode}", f"bold {MODE_INKS.get(seen.mode, '$text')}"),
            "activity": self._activity(seen, is_short),
        }
        if new_below:
            parts["new"] = ink(f"{new_below} new {self.glyphs.down}", "bold $accent")
        if seen.window:
            parts["context"] = self._share(seen, is_short)
        if seen.usage.cost:
            parts["cost"] = Content(wording.cost(seen.usage.cost))
        name = visible_line(seen.model or "no model")
        parts["model"] = Content(name.rpartition("/")[2][:24] if is_short else name)
        if seen.sandbox:
            sandbox = seen.sandbox if is_short else f"sandbox {seen.sandbox}"
            parts["sandbox"] = ink(visible_line(sandbox), "$muted")
        if branch:
            parts["branch"] = Content(visible_line(branch))
        return parts

    def _share(self, seen: Transcript, is_short: bool) -> Content:
        share = min(1.0, seen.context / seen.window)
        bar = self.glyphs.bar[min(8, round(share * 8))]
        sizes = "" if is_short else f"{wording.tokens(seen.context)}/{wording.tokens(seen.window)} {bar} "
        return ink(f"{sizes}{share:.0%}", "$warning" if share > 0.8 else "$text")

    def _activity(self, seen: Transcript, is_short: bool) -> Content:
        if self.doing:
            return ink(visible_line(self.doing), "bold $warning")
        if seen.asks:
            return ink(f"{self.glyphs.waiting} waiting for you", "bold $warning")
        if not seen.is_running:
            return ink("ready", "$success")
        sign = (
            self.glyphs.running
            if self.is_still
            else self.glyphs.spinner[self._frame % len(self.glyphs.spinner)]
        )
        calls = seen.running_calls
        name = wording.doing(calls, seen.running_agents)[: 16 if is_short else 32]
        since = calls[-1].started if calls else seen.turn_started
        spent = f" {wording.duration(self.clock() - since)}" if since else ""
        return ink(f"{sign} {name}{spent}", "bold $accent") + ink("" if is_short else " Esc stops", "$muted")


class SideBar(Static):
    """Plan, changed files, tests, sub-agents."""

    DEFAULT_CSS = """
    SideBar {
        display: none; width: 34; height: 1fr; padding: 0 1; background: $surface; border-left: vkey $muted;
    }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(markup=False)
        self.glyphs = glyphs

    def show(self, seen: Transcript) -> None:
        if not self.display:
            return
        parts: list[Content] = []
        if seen.plan:
            done = sum(item.status == "done" for item in seen.plan)
            parts += [
                self._title(f"plan  {done}/{len(seen.plan)}"),
                blocks.plan(Plan(items=seen.plan), self.glyphs),
            ]
        if seen.files:
            parts.append(self._title(f"files changed  {len(seen.files)}"))
            signs = {"added": ("A", "$success"), "deleted": ("D", "$error"), "moved": ("R", "$secondary")}
            for change in list(seen.files.values())[-20:]:
                sign, look = signs.get(change.kind, ("M", "$warning"))
                name = visible_line(change.path)
                shown = name if len(name) < 22 else self.glyphs.ellipsis + name[-20:]
                sizes = ink(f" {wording.changed(change.added, change.removed)}", "$muted")
                parts.append(ink(f"{sign} ", look) + Content(shown) + sizes)
        if seen.tests is not None:
            is_green = seen.tests.is_green
            sign = self.glyphs.done if is_green else self.glyphs.failed
            counts = f"{sign} {seen.tests.passed} passed, {seen.tests.failed + seen.tests.errors} failed"
            parts += [self._title("tests"), ink(counts, "$success" if is_green else "$error")]
        agents = seen.running_agents
        if agents:
            parts.append(self._title(f"agents  {len(agents)}"))
            parts += [
                ink(f"{self.glyphs.running} {visible_line(agent.name)}: {visible_line(agent.latest)}")
                for agent in agents
            ]
        self.update(lines(parts) if parts else ink("Plan, changed files and tests appear here.", "$muted"))

    def _title(self, text: str) -> Content:
        return ink(f"\n{text}", "bold $primary")
