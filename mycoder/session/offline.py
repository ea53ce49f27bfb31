"""The cheapest rung first: when a turn begins with the offline repair, and what becomes of its result."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mycoder.agent.gate import Ruling
from mycoder.config.settings import Settings
from mycoder.protocol.events import AnyEvent, EndReason, GoalChanged, PromptAdded, TurnEnded
from mycoder.sandbox.sandbox import Sandbox
from mycoder.testing.bench import TestBench
from mycoder.workflows.wording import is_about_failing_tests
from mycoder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from mycoder.workflows.repair import Rights

NEEDS_MODEL = (
    "This task needs a model, and there is none in reach. Set a key (e.g. export ANTHROPIC_API_KEY=… or "
    "OPENAI_API_KEY=…), start a local server (ollama serve, then ollama pull qwen3), or name one with "
    "--model provider/name and --base-url. Without a model mycoder repairs failing Python tests: "
    "mycoder --task 'make the failing tests pass'."
)

NEEDS_MODEL_HERE = (
    "This task needs a model, and there is none in reach. /setup chooses a provider and tries a key; /model "
    "PROVIDER/NAME names a model, also of a local server. Without a model mycoder repairs failing Python tests: /fix"
)
"""The same for a person in a session, who is at no shell."""

Opening = Callable[[], AsyncIterator[AnyEvent]]
Rule = Callable[[], AsyncIterator[AnyEvent | Ruling]]
"""Whether a turn with green tests may end; the last item says so."""


class Offline:
    """Decides by the settings, the words of the task and whether there is a model."""

    def __init__(
        self,
        settings: Settings,
        workspace: Workspace,
        sandbox: Sandbox,
        tests: TestBench,
        changes: Callable[[], Sequence[AnyEvent]],
        home: Path,
        rights: "Rights",
        *,
        has_person: bool = False,
    ) -> None:
        self._has_person = has_person
        self._settings = settings
        self._workspace, self._sandbox, self._tests = workspace, sandbox, tests
        self._changes, self._home, self._rights = changes, home, rights

    def opening(self, prompt: str, mode: str, rule: Rule, *, has_model: bool) -> Opening | None:
        """What comes before the model's part of a turn in `mode`; None when nothing does. `rule` is asked when the
        tests are green: a goal of the session may be open still."""
        engine = self._settings.repair.engine
        if engine == "model" or (has_model and engine == "auto" and not self._settings.repair.enabled):
            return None
        if engine == "auto" and not is_about_failing_tests(prompt):
            return None if has_model else self._needs_model
        if mode == "plan":
            return None if has_model else self._needs_model
        is_alone = engine == "repair" or not has_model
        return lambda: self._repair(rule, is_alone=is_alone)

    async def _repair(self, rule: Rule, *, is_alone: bool) -> AsyncIterator[AnyEvent]:
        from mycoder.workflows.repair import Attempt, Repairer  # late: most turns never search

        settings, attempt = self._settings, Attempt()
        repairer = Repairer(
            self._workspace,
            self._sandbox,
            self._tests,
            self._changes,
            workers=max(1, os.cpu_count() or 1),
            home=self._home,
            rights=self._rights,
            asks=self._has_person and settings.repair.ask,
        )
        seconds = settings.repair.alone_seconds if is_alone else settings.repair.seconds
        async for event in repairer.run(
            seconds,
            settings.tests.seconds,
            attempt,
            is_alone=is_alone,
            endless=settings.repair.endless_seconds,
        ):
            yield event
        done = "\n".join(f"- {line}" for line in attempt.fixed)
        if attempt.is_green:
            answer = (
                f"Mended by search, without a model:\n{done}"
                if done
                else "All tests pass; there was nothing to fix."
            )
            async for event in self._green(answer, rule, is_alone=is_alone):
                yield event
        elif is_alone:
            # why the rest is left is the message of the end, which is told beside the answer
            answer = f"Mended by search, without a model:\n{done}\n\nNot all of it is mended." if done else ""
            reason: EndReason = (
                "tests_failing" if self._has_failing() or attempt.was_stopped else "misconfigured"
            )
            if attempt.denied or attempt.declined:
                reason = "refused"
            yield TurnEnded(reason=reason, message=attempt.left, answer=answer)
        else:
            if attempt.denied and not done:
                return  # nothing was tried or changed that the model should know of
            parts = ["The offline repair engine tried first."]
            if done:
                parts.append(f"It changed:\n{done}")
            elif not attempt.declined:
                parts.append("It found no edit that makes the tests pass.")
            yield PromptAdded(text="\n\n".join([*parts, attempt.hints]).strip())

    async def _green(self, answer: str, rule: Rule, *, is_alone: bool) -> AsyncIterator[AnyEvent]:
        ruling, why = Ruling("done"), ""
        async for item in rule():
            if isinstance(item, Ruling):
                ruling = item
                continue
            why = item.reason if isinstance(item, GoalChanged) else why
            yield item
        if ruling.reason == "done":
            yield TurnEnded(reason="done", message=ruling.message, answer=answer)
        elif ruling.reason is not None:
            yield TurnEnded(reason=ruling.reason, message=ruling.message, answer=answer)
        elif is_alone:
            found = " ".join(why.split())[:300].rstrip(": ") or "tasks of the plan are open"
            message = f"The tests pass, but the goal is not reached, and that needs a model: {found}."
            yield TurnEnded(reason="failed", message=message, answer=answer)
        else:
            yield PromptAdded(text=f"The offline repair engine went first. {answer}\n\n{ruling.words}")

    def _has_failing(self) -> bool:
        return self._tests.last is not None and bool(self._tests.last.failing)

    async def _needs_model(self) -> AsyncIterator[AnyEvent]:
        message = NEEDS_MODEL_HERE if self._has_person else NEEDS_MODEL
        yield TurnEnded(reason="misconfigured", message=message)
