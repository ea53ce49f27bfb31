"""One visit of a node, and what the session lends to it."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from mycoder.agent.conversation import Conversation
from mycoder.agent.gate import Gate
from mycoder.agent.goal import Ending
from mycoder.agent.keeper import Rules
from mycoder.agent.limits import Meter
from mycoder.agent.stall import Patience
from mycoder.agent.toolbox import Toolbox
from mycoder.models.retry import RetryPolicy
from mycoder.models.roles import Roles
from mycoder.protocol.cleaning import Cleaner
from mycoder.protocol.events import AnyEvent, EndReason
from mycoder.testing.bench import TestBench
from mycoder.workflows.agent_turn import conversation_of
from mycoder.workflows.definition import NodeSpec, Workflow
from mycoder.workflows.likeness import Likeness
from mycoder.workflows.second_trees import MakeTree
from mycoder.workflows.state import State
from mycoder.workspace.retrieval_index import Index
from mycoder.workspace.workspace import Workspace
from mycoder.workspace.worktrees import Worked


@dataclass(slots=True)
class Threads:
    """The conversations of the agents of a run. `stored` are their events of before this process."""

    stored: dict[str, list[AnyEvent]] = field(default_factory=dict)
    _open: dict[str, Conversation] = field(default_factory=dict)

    def open(self, agent: str, system: str, facts: str, *, goes_on: bool) -> Conversation:
        """The conversation of `agent`; with `goes_on` also that of before this process, else a new one there."""
        if agent not in self._open:
            history = self.stored.get(agent, ()) if goes_on else ()
            self._open[agent] = conversation_of(system, facts, history)
        return self._open[agent]


@dataclass(slots=True)
class Services:
    """What the session lends to a run."""

    roles: Roles
    tools: Callable[[Sequence[str] | str], Toolbox]
    """A toolbox of the named tools, of `all`, `none`, or those that only `read`."""
    tests: TestBench
    find_tests: Callable[[], None]
    """Looks again for the command that runs the project's tests, when none was found before."""
    test_seconds: float
    workspace: Workspace
    gate: Gate
    """The session's own, which judges the end."""
    ending: Ending
    """What the end is worth beside the tests: the goal of the session."""
    meter: Meter
    steers: list[str]
    retries: RetryPolicy
    system: Callable[[], str]
    facts: Callable[[], str]
    """System text and facts of the project, as the session's first request has them."""
    rules: Rules
    patience: Patience
    cleaner: Callable[[], Cleaner]
    """How conversations are kept in the window, how long one may go without progress, and what events pass."""
    second_tree: MakeTree
    may_carry: Callable[[str, Path, Sequence[Worked]], AsyncIterator[AnyEvent | str]]
    """Asks whether what was done in a second tree may come into the project, by a title. The last item says why not,
    and is empty when it may."""
    may_change_tests: Callable[[], bool]
    """Whether the task or the person lets tests that exist be changed."""
    cores: int = 1
    likeness: Callable[[str, Index], Awaitable[Likeness]] | None = None
    """What an embeddings endpoint says of the files of the index; None without one."""
    threads: Threads = field(default_factory=Threads)


@dataclass(slots=True)
class Visit:
    """One visit; `state` is shared by all visits of a run. A node fills `ok`, `summary` and, to end the run, `stop`."""

    services: Services
    workflow: Workflow
    name: str
    spec: NodeSpec
    state: State
    ok: bool = True
    summary: str = ""
    stop: EndReason | None = None
    message: str = ""
    is_out_of_time: bool = False
    model: str = ""
    seconds: float = 0.0

    @property
    def agent(self) -> str:
        """The id of the agent of this visit, the same for visits of one thread."""
        thread = getattr(self.spec, "thread", "")
        state = self.state
        if thread:
            return f"{thread}.{state.run}"
        return f"{self.name}.{state.run}.{state.visits.get(self.name, 0) + 1}"


Run = Callable[[Visit], AsyncGenerator[AnyEvent, None]]


class Kind(msgspec.Struct, frozen=True):
    """A kind of node: its keys, what it does, and the role that plays it (empty: it asks no model)."""

    name: str
    about: str
    spec: type[NodeSpec]
    run: Run
    role: str = ""
    prompt: str = ""
    """What is asked when the node says nothing: the name of a packaged prompt."""
