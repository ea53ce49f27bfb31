"""Notices when a turn goes round in circles, by what its steps bring and not by what the model says of them.

A step makes progress when a file gets a content that it never had, when a test run ends as none before, or when a
result holds a line that was not seen before. Times and addresses are no news, so that a loop that is only phrased
anew each time is seen as one.
"""

import re
from collections import deque
from functools import cache

import msgspec

from mycoder.protocol.events import AnyEvent, FilesChanged, TestsRan, ToolCalled, ToolFinished

REMIND_AT, REPLAN_AT, STOP_AT = 3, 5, 8
"""Equal calls with equal results, or equal words, before each stage. A cycle of calls (A B A B …) counts like one
repeated call, because each of its members recurs."""

POLLING = frozenset({"wait"})
"""Tools whose purpose is to be called again with the same arguments."""

_MOST_SEEN = 50_000
_SAME_WORDS = 24
"""Characters from which a repeated sentence means something; many answers are just "Next."."""


class Patience(msgspec.Struct, frozen=True):
    """Steps without progress before each stage."""

    is_on: bool = True
    remind: int = 5
    replan: int = 9
    stop: int = 14


class Stall(msgspec.Struct, frozen=True):
    """Words for the model, or why the turn ends, or neither."""

    reminder: str = ""
    stop: str = ""


class StallDetector:
    """Watches one turn: `see` each event of a step, then `step` with what the model said in it."""

    def __init__(self, patience: Patience = Patience(), window: int = 24) -> None:
        self._patience = patience
        self._recent: deque[int] = deque(maxlen=window)
        self._texts: deque[int] = deque(maxlen=window)
        self._lines: set[object] = set()
        self._contents: set[object] = set()
        self._outcomes: set[object] = set()
        self._open: dict[str, ToolCalled] = {}
        self._stage = 0
        self._idle = 0
        self._is_new = self._is_polling = False
        self._worst = (0, "")
        """Most recurrences of one call in this step, and its title."""

    def called(self, call: ToolCalled) -> None:
        self._open[call.call_id] = call

    def see(self, event: AnyEvent) -> None:
        match event:
            case FilesChanged():
                for change in event.changes:
                    self._news(self._contents, (change.path, change.after))
            case TestsRan():
                outcome = (event.passed, event.failed, event.errors, event.failing, event.problem)
                self._news(self._outcomes, hash(outcome))
            case ToolFinished():
                self._finished(event)

    def step(self, text: str = "") -> Stall:
        """What is to be done after a step in which the model said `text`."""
        if not self._patience.is_on:
            return Stall()
        is_new, is_polling, (times, title) = self._is_new, self._is_polling, self._worst
        self._is_new = self._is_polling = False
        self._worst = (0, "")
        self._open.clear()
        if is_new:
            self._idle = self._stage = 0
            self._texts.clear()
            if times < REMIND_AT:
                return Stall()
        elif is_polling:
            return Stall()
        else:
            self._idle += 1
        said = self._said(text)
        return self._judged(times, title, said)

    def _judged(self, times: int, title: str, said: int) -> Stall:
        patience = self._patience
        repeats = max(times, said)
        why = (
            f"`{title}` was called {times} times with the same result"
            if times >= said
            else (f"the same words were said {said} times")
        )
        if times < REMIND_AT and said < REMIND_AT:
            why = f"{self._idle} steps brought no changed file, no other test result and no line that is new"
        if repeats >= STOP_AT or self._idle >= patience.stop:
            return Stall(stop=f"{why}: no progress is being made")
        if repeats >= REPLAN_AT or self._idle >= patience.replan:
            return self._once(2, _REPLAN.format(why=why))
        if repeats >= REMIND_AT or self._idle >= patience.remind:
            return self._once(1, _REMIND.format(why=why))
        return Stall()

    def _once(self, stage: int, words: str) -> Stall:
        if stage <= self._stage:
            return Stall()
        self._stage = stage
        return Stall(reminder=words)

    def _said(self, text: str) -> int:
        folded = " ".join(text.split()).casefold()
        if len(folded) < _SAME_WORDS:
            return 0
        self._texts.append(hash(folded))
        return self._texts.count(self._texts[-1])

    def _finished(self, event: ToolFinished) -> None:
        call = self._open.get(event.call_id)
        if call is None:
            return
        if call.tool in POLLING:
            self._is_polling = True
            return
        output = _without_times(event.output)
        key = hash((call.tool, call.arguments, output))
        self._recent.append(key)
        times = self._recent.count(key)
        if times > self._worst[0]:
            self._worst = (times, call.title or call.tool)
        for line in output.splitlines()[:2000]:
            bare = _bare(line)
            if bare:
                self._news(self._lines, hash(bare))
        if len(self._lines) > _MOST_SEEN:
            self._lines.clear()

    def _news(self, seen: set[object], item: object) -> None:
        if item not in seen:
            seen.add(item)
            self._is_new = True


def _bare(line: str) -> str:
    """A line without its number, so that a page read at another offset is not news."""
    number, tab, rest = line.partition("\t")
    return (rest if tab and number.strip(" :-").isdigit() else line).strip()


@cache
def _times() -> re.Pattern[str]:
    return re.compile(
        r"\b\d+(?:\.\d+)?\s?(?:ms|µs|us|ns|s|sec|seconds?|minutes?)\b|\b\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\b"
        r"|\b0x[0-9a-fA-F]{4,}\b|\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?)?\b"
    )


def _without_times(text: str) -> str:
    """`text` with durations, clocks, dates and addresses taken out: they are different each time."""
    return _times().sub("", text)


_REMIND = (
    "{why}. It will not change by itself: this is the same result again. Do something else: read another place, "
    "change the code, or end and say what is in the way."
)
_REPLAN = (
    "Still no progress: {why}. Stop and plan anew: say in two sentences what you know, what you assumed and was "
    "wrong, and which other way there is; then take its first step. If there is none, end and say so."
)
