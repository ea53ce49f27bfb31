"""The verified ending: what a model's "done" is worth, decided by test runs and never by its words."""

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec

from mycoder.protocol.events import (
    AnyEvent,
    EndReason,
    FilesChanged,
    Noticed,
    TestsRan,
    TestsWeakened,
    TurnStarted,
)

MOST_WARNINGS = 2
"""How often a model is told that it weakened tests before the person is asked."""

NO_TESTS = (
    "no tests were found in this project: set test_command, or pass --allow-unverified where there are none"
)


class Judge(Protocol):
    """The project's tests, as the gate needs them."""

    @property
    def command(self) -> str:
        """What runs them, as a person would type it; empty when the project has no tests to be found."""

    def run(self) -> AsyncIterator[AnyEvent]:
        """Runs all of them; the last event is the TestsRan."""

    def digest(self) -> str:
        """What the last run showed, for the model."""


class Guard(Protocol):
    """What keeps the tests from being weakened, as the gate needs it."""

    @property
    def is_allowed(self) -> bool:
        """The task itself asks for tests to be changed."""

    def see(self, event: AnyEvent) -> None:
        """Takes note of every event of the session."""

    async def weakened(self) -> tuple[str, ...]:
        """What the changes took away from the tests that there were."""

    def agree(self, findings: tuple[str, ...]) -> AsyncIterator[AnyEvent | bool]:
        """Asks the person, where there is one; the last item says whether they agree."""


class GateRules(msgspec.Struct, frozen=True):
    """`refusals`: how often a claim of being done is sent back while tests fail."""

    refusals: int = 3
    accepts_known: bool = False
    """Tests that failed before the first edit may go on failing."""
    is_on: bool = True


class Ruling(msgspec.Struct, frozen=True):
    """Either the turn ends with `reason`, or `words` go back to the model."""

    reason: EndReason | None = None
    words: str = ""
    message: str = ""


class Gate:
    """Watches one session's events; `rule` is asked when the model ends a turn without a call."""

    def __init__(self, judge: Judge, rules: GateRules, guard: Guard | None = None) -> None:
        self._judge, self._rules, self._guard = judge, rules, guard
        self._last: TestsRan | None = None
        self._is_edited = False
        """Files changed since the last complete test run."""
        self._has_edited = False
        """Files changed in this turn."""
        self._ran_in_turn = False
        self._ran_since_edit = False
        """The model has run the tests after its first edit of the turn, so it needs no word about them."""
        self._nudged = False
        self._refused = 0
        self._edited_now = False
        self.expects_tests = False
        """Set for a turn whose task is that tests pass: then its end is judged also when nothing was changed."""

    @property
    def may_change_tests(self) -> bool:
        """Whether the task or the person lets tests that exist be changed."""
        return self._guard is None or self._guard.is_allowed

    def see(self, event: AnyEvent) -> None:
        if self._guard is not None:
            self._guard.see(event)
        match event:
            case TurnStarted(agent=""):
                self._nudged = self._ran_in_turn = self._ran_since_edit = False
                self._edited_now = False
                self._has_edited = self._is_edited  # edits that a stopped turn left unverified count here too
                self._refused = 0
            case FilesChanged(cause="tool" | "command" | "repair"):
                self._is_edited = self._has_edited = self._edited_now = True
            case TestsRan(complete=True):
                self._ran_since_edit = self._ran_since_edit or self._has_edited
                self._last, self._is_edited, self._ran_in_turn = event, False, True

    async def rule(self) -> AsyncIterator[AnyEvent | Ruling]:
        """Events of the verification; the last item is the Ruling."""
        if not self._rules.is_on or not (self._has_edited or self._ran_in_turn or self.expects_tests):
            yield Ruling("done")
            return
        if not self._judge.command:
            if self.expects_tests and not self._edited_now:
                yield Ruling("failed", message=f"There is nothing to make pass: {NO_TESTS}.")
                return
            yield Ruling("done", message=NO_TESTS if self._edited_now else "")
            return
        if self._is_edited and not self._nudged and not self._ran_since_edit:
            self._nudged = True
            yield Ruling(words=_NUDGE.format(command=self._judge.command))
            return
        last = self._last
        if self._is_edited or last is None or not (self._ran_in_turn or self._has_edited):
            yield Noticed(text=f"Verifying with {self._judge.command}")
            async for event in self._judge.run():
                yield event
                last = event if isinstance(event, TestsRan) else last
        ruling = self._on(last)
        if ruling.reason != "done" or self._guard is None:
            yield ruling
            return
        async for item in self._on_the_tests(self._guard):
            yield item

    async def _on_the_tests(self, guard: Guard) -> AsyncIterator[AnyEvent | Ruling]:
        """Green counts only when the tests still say what they said; the last item is the Ruling."""
        findings = await guard.weakened()
        if not findings:
            yield Ruling("done")
        elif guard.is_allowed:
            yield TestsWeakened(findings=findings, allowed="task")
            yield Ruling("done")
        elif self._refused < min(self._rules.refusals, MOST_WARNINGS):
            self._refused += 1
            yield Ruling(words=_WEAKENED.format(findings="\n".join(f"- {found}" for found in findings[:30])))
        else:
            has_agreed = False
            async for item in guard.agree(findings):
                if isinstance(item, bool):
                    has_agreed = item
                else:
                    yield item
            yield TestsWeakened(findings=findings, allowed="person" if has_agreed else "")
            yield (
                Ruling("done")
                if has_agreed
                else Ruling("tests_failing", message=_WEAK_END.format(findings[0]))
            )

    def _on(self, run: TestsRan | None) -> Ruling:
        if run is not None and self._is_good(run):
            return Ruling("done")
        most = self._rules.refusals if self._has_edited else 1
        if run is not None and run.problem and not self._has_edited:
            return Ruling("failed", message=_proves_nothing(run.problem))
        if self._refused >= most:
            return Ruling("tests_failing", message=_last_word(run))
        self._refused += 1
        gone = (
            f"\n\n{_VANISHED.format(names=', '.join(run.vanished[:20]))}"
            if run is not None and run.vanished
            else ""
        )
        return Ruling(words=_REFUSAL.format(digest=self._judge.digest() + gone))

    @property
    def has_edited(self) -> bool:
        """Whether files changed in this turn."""
        return self._edited_now

    def _is_good(self, run: TestsRan) -> bool:
        if run.is_green:
            return True
        return self._rules.accepts_known and not run.problem and not run.broken and run.passed > 0


def _last_word(run: TestsRan | None) -> str:
    if run is None or run.problem:
        return _proves_nothing(run.problem if run else "they did not run")
    if run.vanished and not run.failed + run.errors:
        return f"Tests that failed before are gone or skipped now, which proves nothing: {', '.join(run.vanished[:5])}."
    count = run.failed + run.errors
    return f"{count} test{'s' if count != 1 else ''} still fail{'s' if count == 1 else ''}."


def _proves_nothing(problem: str) -> str:
    return f"The tests prove nothing: {problem.rstrip('. ')}."


_WEAKENED = (
    "This is not done: the tests pass, but your changes took something away from them:\n\n{findings}\n\nThe tests "
    "that there were decide. Put back what is listed and mend the code instead. If the task cannot be done without "
    "this, leave it and say exactly why; it will be reported as not verified unless the person agrees."
)

_WEAK_END = "The tests pass only after they were changed, which proves nothing: {}."

_NUDGE = (
    "You changed files and have not run the tests since. Run them now with the tool `test` (it runs `{command}`); "
    "if they cannot show this change, run what can, then end."
)

_VANISHED = (
    "These tests failed before your first edit and are gone or skipped now: {names}. A test is mended by the code that "
    "it tests. Bring them back, unless removing them was the task."
)

_REFUSAL = (
    "This is not done: the project's tests do not pass. What they show:\n\n{digest}\n\nGo on until they pass. "
    "If they cannot pass for a reason outside of your task, say exactly why; it will be reported as not verified."
)
