"""May something be run or written that is no call of a model: by the offline repair, or out of a second tree?

By the same rules, in the mode of now, which may be another one than when the work began.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mycoder.policy.decide import RANK, Action
from mycoder.protocol.blocks import AnyBlock, Diff
from mycoder.protocol.events import AnyEvent, Asked, ToolCalled
from mycoder.protocol.tooling import Effect
from mycoder.session.approvals import DENY, Approvals
from mycoder.session.asking import Asking
from mycoder.session.surroundings import Surroundings

if TYPE_CHECKING:
    from mycoder.workspace.worktrees import Worked


class Rights:
    """Those of one session. Each answer is a stream whose last item says why not, and is empty when it may."""

    def __init__(self, surroundings: Surroundings, approvals: Approvals) -> None:
        self._surroundings, self._approvals = surroundings, approvals

    def run(self, call: str, command: str) -> AsyncIterator[AnyEvent | str]:
        """To run the tests, and candidates of the search with them, in the sandbox."""
        title = f"{command} with tries of a repair by search"
        return self._asked(
            ToolCalled(call_id=call, tool="test", title=title), [Action("test", Effect.RUN)], tuple
        )

    def write(
        self, call: str, paths: Sequence[str], diff: Diff, *, is_chosen: bool = False
    ) -> AsyncIterator[AnyEvent | str]:
        """To write a patch over these files. A rule about the tool `edit` is about this too. A person who has
        chosen the patch has seen it: what would be asked is answered."""
        wanted = ToolCalled(call_id=call, tool="edit", title=f"edit {diff.path}")
        return self._asked(wanted, _edits(paths), lambda: (diff,), is_approved=is_chosen)

    def forbids(self, paths: Sequence[str]) -> bool:
        """Whether edits of these files are denied, whatever a person would say."""
        return any(self._surroundings.decide(action).decision == "deny" for action in _edits(paths))

    async def choose(self, question: Asked) -> AsyncIterator[AnyEvent]:
        """Asks the person; the last event is the answer, an AskSettled."""
        asking = Asking(lambda emit: self._approvals.choice(question, emit))
        async for event in asking.events():
            yield event

    def carry(self, title: str, project: Path, worked: "Sequence[Worked]") -> AsyncIterator[AnyEvent | str]:
        """To take what was done in a second tree over into the project."""
        wanted = ToolCalled(call_id=f"carry-{os.urandom(3).hex()}", tool="edit", title=title)
        paths = [item.path for item in worked]
        return self._asked(wanted, _edits(paths), lambda: tuple(_diff(project, item) for item in worked))

    async def _asked(
        self,
        call: ToolCalled,
        actions: Sequence[Action],
        shown: Callable[[], tuple[AnyBlock, ...]],
        *,
        is_approved: bool = False,
    ) -> AsyncIterator[AnyEvent | str]:
        """The strictest verdict holds for all of them."""
        if not actions:
            yield ""
            return
        judged = [(self._surroundings.decide(action), dict(action.arguments)) for action in actions]
        verdict, arguments = max(judged, key=lambda pair: RANK[pair[0].decision])
        if verdict.decision == "allow" or (is_approved and verdict.decision == "ask"):
            yield ""
            return
        reason = verdict.reason or "a rule forbids it"
        if verdict.decision == "deny":
            yield reason
            return
        asking = Asking(lambda emit: self._approvals.approve(call, arguments, verdict, emit, shown()))
        async for event in asking.events():
            yield event
        settled = asking.answer
        yield f"{reason}; {settled.note or 'it was denied'}" if settled.choice == DENY else ""


def _edits(paths: Sequence[str]) -> list[Action]:
    return [Action("edit", Effect.WRITE, {"path": path}) for path in paths]


def _diff(project: Path, item: "Worked") -> Diff:
    from mycoder.workspace.diff import unified  # late: only for a question

    old = b""
    with contextlib.suppress(OSError):
        old = (project / item.path).read_bytes()
    return unified(old.decode("utf-8", "replace"), (item.data or b"").decode("utf-8", "replace"), item.path)
