"""When a turn is done by a workflow, which one, and whether it goes on with a run that was stopped."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mycoder.config.errors import ConfigError
from mycoder.config.workflow_settings import Workflow as WorkflowSettings
from mycoder.protocol.events import (
    AnyEvent,
    FilesChanged,
    Noticed,
    PromptAdded,
    ToolProgressed,
    TurnEnded,
    WorkflowSaved,
)
from mycoder.session.offline import Opening
from mycoder.workflows.wording import is_go_on

if TYPE_CHECKING:
    from mycoder.workflows.definition import Workflow
    from mycoder.workflows.engine import Engine
    from mycoder.workflows.visit import Services

PLAIN_LOOP = "solo"


class Composed:
    """The workflows of one session. Nothing of them is loaded while the plain loop does the work."""

    def __init__(
        self,
        settings: WorkflowSettings,
        root: Path,
        config: Path,
        env: Mapping[str, str],
        *,
        is_trusted: Callable[[], bool],
        services: "Callable[[dict[str, list[AnyEvent]]], Services]",
    ) -> None:
        self._settings, self._env, self._services = settings, env, services
        self._root, self._config, self._is_trusted = root, config, is_trusted
        self.name = settings.name or PLAIN_LOOP
        self._saved: WorkflowSaved | None = None
        self._stored: dict[str, list[AnyEvent]] = {}
        self._runs = 0
        self._engine: Engine | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the plain loop does the work, without a graph."""
        own = self._config / "workflows" / f"{PLAIN_LOOP}.yaml"
        return self.name == PLAIN_LOOP and not self._settings.set and not own.exists()

    def apply(self, event: AnyEvent) -> None:
        """Reduces an event that no run of this process has made."""
        if isinstance(event, FilesChanged) and self._engine is not None:
            self._engine.see(event)  # of a sub-agent that a node has started
        self._remember(event)

    def _remember(self, event: AnyEvent) -> None:
        """Where a run stands, and what its agents said, for when it goes on."""
        if isinstance(event, WorkflowSaved):
            self._saved = event
            self._runs = max(self._runs, int(event.state.get("run", 1)))
            if not event.nodes:
                self._stored.clear()
        elif isinstance(event, TurnEnded) and not event.agent:
            self._drop_the_finished()
        elif event.agent and not isinstance(event, ToolProgressed):
            self._stored.setdefault(event.agent, []).append(event)

    def _drop_the_finished(self) -> None:
        """What agents said is kept only for a run of a workflow that may go on."""
        if self._saved is None or not self._saved.nodes:
            self._stored.clear()

    def check(self) -> None:
        """Raises ConfigError when the workflow of the settings cannot be used."""
        if self.is_plain:
            return
        if problem := self._problem(self.name):
            raise ConfigError(problem, key="workflow")

    def use(self, name: str) -> str:
        """Takes the workflow `name` from the next turn on; returns what is wrong when it cannot be used."""
        before, self.name = self.name, name
        problem = "" if self.is_plain else self._problem(name)
        if problem:
            self.name = before
        return problem

    def _problem(self, name: str) -> str:
        from mycoder.workflows.errors import WorkflowError  # late: as below

        try:
            self._load(name)
        except WorkflowError as wrong:
            return str(wrong)
        return ""

    def opening(self, prompt: str, mode: str, *, has_schema: bool) -> "Callable[[str], Opening] | None":
        """What does the task instead of the plain loop, given the hints of what came before; None: nothing."""
        unfinished = self._unfinished(prompt)
        if unfinished is None and self.is_plain:
            return None
        if mode == "plan" or has_schema:
            why = (
                "the mode plan only reads" if mode == "plan" else "an answer by a schema needs the plain loop"
            )
            name = unfinished.workflow if unfinished else self.name
            return lambda _: lambda: _told(f"The workflow {name} is left out: {why}.")
        return lambda hints: lambda: self._run(prompt, unfinished, hints)

    def _unfinished(self, prompt: str) -> WorkflowSaved | None:
        """The run that was stopped, when the prompt asks to go on with it: by saying so, or by its own task."""
        saved = self._saved
        if saved is None or not saved.nodes:
            return None
        is_same = prompt.strip() == str(saved.state.get("task", "")).strip()
        return saved if is_same or is_go_on(prompt) else None

    async def _run(self, prompt: str, saved: WorkflowSaved | None, hints: str) -> AsyncIterator[AnyEvent]:
        from mycoder.workflows.engine import Engine, digest_of  # late: most sessions run the plain loop
        from mycoder.workflows.errors import WorkflowError  # late: as above
        from mycoder.workflows.state import State  # late: as above

        try:
            workflow = self._load(saved.workflow if saved else self.name)
        except WorkflowError as wrong:
            yield TurnEnded(reason="misconfigured", message=f"The workflow cannot be used: {wrong}")
            return
        at: list[str] | None = None
        stored: dict[str, list[AnyEvent]] = {}
        state = State(task=prompt, run=self._runs + 1, hints=hints)
        if saved is not None:
            if saved.state.get("source") == digest_of(workflow):
                state = msgspec.convert(saved.state, State)
                at, stored = list(saved.nodes), self._stored
                yield Noticed(text=f"The workflow {workflow.name} goes on at {' and '.join(at)}.")
            else:
                state.task = str(saved.state.get("task", prompt))
                text = f"The graph of {workflow.name} was changed since then, so it begins anew."
                yield Noticed(text=text, level="warning")
        self._engine = Engine(workflow, self._services(stored), state, at)
        try:
            async for event in self._engine.run():
                if isinstance(event, WorkflowSaved) or event.agent:
                    self._remember(event)
                yield event
        finally:
            self._engine = None

    def _load(self, name: str) -> "Workflow":
        from mycoder.workflows.checking import load  # late: as above
        from mycoder.workflows.finding import Folders  # late: as above

        folders = Folders.of(self._root, self._config, is_trusted=self._is_trusted())
        changes: dict[str, Any] = self._settings.set if name == self._settings.name else {}
        return load(name, folders, self._env, changes)


def chained(first: Opening | None, second: Callable[[str], Opening] | None) -> Opening | None:
    """One opening after another: what the first says to a model are hints for the second."""
    if second is None:
        return first

    async def both() -> AsyncIterator[AnyEvent]:
        hints: list[str] = []
        if first is not None:
            async for event in first():
                if isinstance(event, PromptAdded):
                    hints.append(event.text)
                yield event
                if isinstance(event, TurnEnded) and not event.agent:
                    return
        async for event in second("\n\n".join(hints))():
            yield event

    return both


async def _told(text: str) -> AsyncIterator[AnyEvent]:
    yield Noticed(text=text)
