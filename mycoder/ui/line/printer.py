"""Prints a session into the scrollback: every entry once, when nothing more will come of it."""

import time
from collections.abc import Callable

import msgspec
from rich.console import Console

from mycoder.protocol import events as ev
from mycoder.ui import entries as tr
from mycoder.ui import wording
from mycoder.ui.committing import Committer
from mycoder.ui.door import Door
from mycoder.ui.glyphs import Glyphs
from mycoder.ui.line import draw
from mycoder.ui.line.reader import Reader
from mycoder.ui.transcript import Transcript
from mycoder.ui.visible import visible_line

REPLAYED = 20
"""Entries of a resumed session that are printed; the rest is in `/export`."""


class Printer:
    """Owns the transcript of what it has printed. `own` are prompts that the terminal shows already."""

    def __init__(
        self,
        console: Console,
        glyphs: Glyphs,
        reader: Reader,
        clock: Callable[[], float],
        hands: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` tells the Unix time, `hands` a monotonic one; both in seconds."""
        self.console, self.glyphs, self.reader = console, glyphs, reader
        self.clock, self.hands = clock, hands
        self.transcript = Transcript()
        self.own: list[str] = []
        self.asked_at = 0.0
        """Time of `hands` at which the newest ask was shown."""
        self.was_typing = False
        """Whether there was text in the prompt at that time."""
        self._committer = Committer()
        self._printed: set[int] = set()
        """Of those that are still held."""
        self._forgotten = 0
        """How many entries, from the first on, are held no more."""

    def say(self, text: str, level: str = "info", hint: str = "") -> None:
        """A word of the face itself."""
        self.console.print(draw.notice(text, level, hint, self.glyphs))

    def see(self, event: ev.AnyEvent) -> None:
        """Reduce and print what is finished by it."""
        touched = self.transcript.push(event)
        for index in touched:
            self._print(index)
        if isinstance(event, ev.TextAdded) and not event.agent:
            for block in self._committer.push(event.text):
                self.console.print(draw.reply(block))
        match event:
            case ev.ToolCalled() if not self.reader.has_status and event.agent in ("", ev.COMMAND):
                title = visible_line(event.title or event.tool)
                self.console.print(f"{self.glyphs.running} {title}", style="muted")
            case ev.Asked():
                self.asked_at, self.was_typing = self.hands(), self.reader.is_typing
                for part in draw.ask(event, self.glyphs):
                    self.console.print(part)
        self._forget()
        self.reader.refresh()

    def _print(self, index: int) -> None:
        entry = self.transcript.entries[index]
        if index < self._forgotten or index in self._printed or not is_finished(entry):
            return
        self._printed.add(index)
        match entry:
            case tr.Reply():
                for block in self._committer.finish():
                    self.console.print(draw.reply(block))
                return
            case tr.Prompt() if entry.text in self.own:
                self.own.remove(entry.text)
                return
        for part in draw.entry(entry, self.glyphs):
            self.console.print(part)

    def take(self, event: ev.AnyEvent) -> None:
        """Reduce something that happened before, and print nothing."""
        for index in self.transcript.push(event):
            if is_finished(self.transcript.entries[index]):
                self._printed.add(index)
        self._forget()

    def show_end(self) -> None:
        """The end of what happened before."""
        earlier = len(self.transcript.entries) - REPLAYED
        if earlier > 0:
            what = "earlier entry" if earlier == 1 else "earlier entries"
            self.console.print(f"{earlier} {what}; /export writes all of them", style="muted")
        for entry in self.transcript.entries[-REPLAYED:]:
            if is_finished(entry):
                for part in draw.entry(entry, self.glyphs):
                    self.console.print(part)

    def _forget(self) -> None:
        """What stands in the scrollback, or was never to be printed, need not be held: a stub keeps its place."""
        entries = self.transcript.entries
        while self._forgotten < len(entries) - REPLAYED and self._forgotten in self._printed:
            entries[self._forgotten] = _stub(entries[self._forgotten])
            self._printed.discard(self._forgotten)
            self._forgotten += 1

    def status(self, door: Door | None) -> str:
        """The status line in words."""
        seen, state = self.transcript, door.state if door is not None else None
        calls = seen.running_calls
        doing = "opening" if state is None else "ready"
        if seen.asks:
            doing = "waiting for you"
        elif seen.is_running:
            doing = wording.doing(calls, seen.running_agents)[:40]
            since = calls[-1].started if calls else seen.turn_started
            doing += f" {wording.duration(self.clock() - since)}, Esc stops" if since else ""
        parts = [seen.mode, doing, visible_line(seen.model or "no model")]
        parts += [f"sandbox {visible_line(seen.sandbox)}"] if seen.sandbox else []
        parts += [visible_line(state.branch)] if state is not None and state.branch else []
        parts += [f"context {min(1.0, seen.context / seen.window):.0%}"] if seen.window else []
        parts += [wording.cost(seen.usage.cost)] if seen.usage.cost else []
        parts += [f"{len(state.queue)} queued"] if state is not None and state.queue else []
        return f" {self.glyphs.dot} ".join(parts)


def _stub(entry: tr.AnyEntry) -> tr.AnyEntry:
    """What keeps the place of an entry. A sub-agent may go on, so its entry stays one."""
    match entry:
        case tr.SubAgent():
            return msgspec.structs.replace(entry, task="", calls=(), said="", summary="")
    return tr.Notice(seq=entry.seq, text="")


def is_finished(entry: tr.AnyEntry) -> bool:
    """Whether nothing more will come of an entry, so that it may be printed."""
    match entry:
        case tr.Reply() | tr.Thought():
            return not entry.is_open
        case tr.Call():
            return entry.state in ("done", "failed")
        case tr.SubAgent():
            return entry.state != "running"
        case tr.Question():
            return bool(entry.ask.settled)
    return True
