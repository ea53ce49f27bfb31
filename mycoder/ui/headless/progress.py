"""What a headless run is doing, on standard error: plain lines, or one live line on a terminal."""

import time
from typing import TYPE_CHECKING, TextIO

from mycoder.protocol.events import (
    AgentStarted,
    AnyEvent,
    AskSettled,
    ContextCompacted,
    ModelRetried,
    Noticed,
    PromptAdded,
    TestsRan,
    TestsWeakened,
    ToolCalled,
    ToolFinished,
    ToolProgressed,
    UsageChanged,
)
from mycoder.ui.visible import visible_line
from mycoder.ui.wording import cost, counted, duration, tokens, weakened

if TYPE_CHECKING:
    from rich.text import Text

WIDEST = 200
"""Characters of one line; a command or a path may be any length."""
ALIVE = 10.0
"""Seconds without a line after which what a running call prints is told, so that a log shows that it goes on."""
BRIEF = 120
"""Characters of what went wrong with a call."""
TOLD = 100
"""Characters of what the harness told the model that people are shown."""
LASTING = frozenset({"shell", "test", "repair"})
"""Tools that may take minutes: people are told when they begin, not only when they are over."""


class Progress:
    """Lines about what was done. A closed or broken standard error is no reason to stop working."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._titles: dict[str, str] = {}
        self._said_at = time.monotonic()

    tells_beginnings = True
    """False where a live line says what is going on."""

    def see(self, event: AnyEvent) -> None:
        if isinstance(event, ToolCalled):
            self._titles[event.call_id] = event.title or event.tool
        line = self.line(event)
        if isinstance(event, ToolProgressed) and self.tells_beginnings:
            line = self._alive(event)
        if line:
            self.say(f"[{event.agent}] {line}" if event.agent else line)

    def _alive(self, event: ToolProgressed) -> str:
        """The newest line of a running call, when nothing was said for a while."""
        last = _newest(event)
        is_due = time.monotonic() - self._said_at >= ALIVE
        return f". {self._titles.get(event.call_id, 'call')}: {last}" if last and is_due else ""

    def say(self, text: str) -> None:
        self._said_at = time.monotonic()
        try:
            self._stream.write(visible_line(text)[:WIDEST] + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            pass

    def close(self) -> None:
        """Takes away what is still moving."""

    def line(self, event: AnyEvent) -> str:
        """What is worth a line of its own; empty for everything else."""
        match event:
            case ToolCalled() | ToolFinished():
                return self._call(event)
            case TestsRan() | TestsWeakened():
                return weakened(event) if isinstance(event, TestsWeakened) else f"tests: {_tests(event)}"
            case ModelRetried():
                return f"trying again in {duration(event.delay)} (try {event.attempt}): {event.reason}"
            case PromptAdded(origin="harness"):
                return f"told the model: {_beginning(event.text)}"
            case ContextCompacted():
                return f"compacted from {tokens(event.before)} to {tokens(event.after)} tokens"
            case AgentStarted():
                return f"sub-agent {event.name}: {event.task}"
            case AskSettled(by="policy", choice="deny"):
                return f"denied: {event.note or 'nobody can be asked in a headless run'}"
            case Noticed():
                words = event.text if event.level == "info" else f"{event.level}: {event.text}"
                return f"{words} ({event.hint})" if event.hint else words
        return ""

    def _call(self, event: ToolCalled | ToolFinished) -> str:
        if isinstance(event, ToolCalled):
            is_told = self.tells_beginnings and event.tool in LASTING
            return f"> {event.title or event.tool}" if is_told else ""
        title = self._titles.pop(event.call_id, "call")
        if event.ok:
            time_taken = f" ({duration(event.seconds)})" if event.seconds >= 1 else ""
            return f"+ {title}{time_taken}"
        return f"! {title}: {_brief(event.output)}"


class LiveProgress(Progress):
    """As above, with one line below that says what is going on now. rich is loaded for it, not before."""

    tells_beginnings = False

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console  # late: 60 ms, and only on a terminal
        from rich.status import Status  # late: as above

        super().__init__(stream)
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._status = Status(_Line(self), console=self._console, refresh_per_second=8)
        self._started = time.monotonic()
        self._doing = "thinking"
        self._used = ""
        self._status.start()

    def see(self, event: AnyEvent) -> None:
        super().see(event)
        match event:
            case ToolCalled():
                self._doing = event.title or event.tool
            case ToolProgressed():
                title = "" if event.agent else f"{self._titles.get(event.call_id, '')}: "
                self._doing = f"{title}{last}" if (last := _newest(event)) else self._doing
            case ToolFinished():
                self._doing = "thinking"
            case UsageChanged():
                parts = [tokens(event.total.input + event.total.output) + " tokens"]
                self._used = " · ".join([*parts, *([cost(event.total.cost)] if event.total.cost else [])])

    def say(self, text: str) -> None:
        from rich.text import Text  # late: as above

        self._console.print(Text(visible_line(text)[:WIDEST]), soft_wrap=True)

    def close(self) -> None:
        self._status.stop()

    def now(self) -> str:
        """What is going on, for how long, and what it took so far."""
        elapsed = duration(time.monotonic() - self._started)
        return " · ".join(part for part in (visible_line(self._doing)[:80], elapsed, self._used) if part)


class _Line:
    """Made anew at each refresh, so that the time goes on while nothing happens."""

    def __init__(self, progress: LiveProgress) -> None:
        self._progress = progress

    def __rich__(self) -> "Text":
        from rich.text import Text  # late: rich is loaded when there is a line to show

        return Text(self._progress.now(), no_wrap=True, overflow="ellipsis")


class Silence(Progress):
    """``--quiet``: only errors are said, and those by whoever ends the run."""

    def see(self, event: AnyEvent) -> None:
        return

    def say(self, text: str) -> None:
        return


def _newest(event: ToolProgressed) -> str:
    """The last line of what a call has printed now."""
    return event.text.strip().rpartition("\n")[2]


def _brief(text: str) -> str:
    """The first sentence of what went wrong, cut between words; the end of the turn tells all of it."""
    first = text.strip().partition("\n")[0].partition(". ")[0]
    if len(first) <= BRIEF:
        return first
    return first[:BRIEF].rpartition(" ")[0] + "..."


def _beginning(text: str) -> str:
    """The first line of `text`, cut; an ellipsis says that there is more."""
    first, _, rest = text.strip().partition("\n")
    return first[:TOLD].rstrip(" .") + "..." if rest or len(first) > TOLD else first


def _tests(event: TestsRan) -> str:
    if event.problem:
        return f"no result: {event.problem}"
    pairs = (
        (event.passed, "passed"),
        (event.failed, "failed"),
        (event.errors, "errors"),
        (event.skipped, "skipped"),
    )
    counts = ", ".join(f"{count} {word}" for count, word in pairs if count) or "none ran"
    extra = [counted(len(event.fixed), "test") + " fixed"] if event.fixed else []
    extra += [counted(len(event.broken), "test") + " broken"] if event.broken else []
    extra += ["before any edit"] if event.baseline else []
    return ", ".join([counts, *extra])
