"""What a candidate works with: a second tree of the project with tools, tests and a journal of its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mycoder.agent.toolbox import Toolbox
from mycoder.testing.bench import TestBench
from mycoder.testing.results import TestRun
from mycoder.workspace.workspace import Workspace
from mycoder.workspace.worktrees import Worktree


@dataclass(frozen=True, slots=True)
class SecondTree:
    """Lent by the session; `close` removes it with all that is in it."""

    tree: Worktree
    workspace: Workspace
    tests: TestBench
    tools: Callable[[Sequence[str] | str], Toolbox]
    facts: Callable[[], str]
    find_tests: Callable[[], None]
    start_from: Callable[[TestRun | None], None]
    """Takes a run of the project's tests for the baseline of the tree."""
    close: Callable[[], Awaitable[None]]


MakeTree = Callable[[str], Awaitable[SecondTree]]
"""Makes one for the candidate of that name. Raises WorktreeError."""
