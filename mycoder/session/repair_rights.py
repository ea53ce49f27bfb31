"""May the offline repair run the tests, and write what it found? By the same rules as the calls of a model."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from mycoder.policy.decide import RANK, Action
from mycoder.protocol.blocks import AnyBlock, Diff
from mycoder.protocol.events import AnyEvent, AskSettled, ToolCalled
from mycoder.protocol.tooling import Effect
from mycoder.session.approvals import DENY, Approvals
from mycoder.session.surroundings import Surroundings


class RepairRights:
    """`workflows.repair.Rights` of one session. Each answer is a stream whose last item says why not, or ""."""

    def __init__(self, surroundings: Surroundings, approvals: Approvals) -> None:
        self._surroundings, self._approvals = surroundings, approvals

    def run(self, call: str, command: str) -> AsyncIterator[AnyEvent | str]:
        """To run the tests, and candidates of the search with them, in the sandbox."""
        title = f"{command} with tries of a repair by search"
        return self._asked(
            ToolCalled(call_id=call, tool="test", title=title), [Action("test", Effect.RUN)], ()
        )

    def write(self, call: str, paths: Sequence[str], diff: Diff) -> AsyncIterator[AnyEvent | str]:
        """To write a patch over these files. A rule about the tool `edit` is about this too."""
        wanted = ToolCalled(call_id=call, tool="edit", title=f"edit {diff.path}")
        return self._asked(wanted, [Action("edit", Effect.WRITE, {"path": path}) for path in paths], (diff,))

    async def _asked(
        self, call: ToolCalled, actions: Sequence[Action], shown: tuple[AnyBlock, ...]
    ) -> AsyncIterator[AnyEvent | str]:
        """The strictest verdict holds for all of them."""
        judged = [(self._surroundings.decide(action), dict(action.arguments)) for action in actions]
        verdict, arguments = max(judged, key=lambda pair: RANK[pair[0].decision])
        if verdict.decision == "allow":
            yield ""
            return
        reason = verdict.reason or "a rule forbids it"
        if verdict.decision == "deny":
            yield reason
            return
        told: asyncio.Queue[AnyEvent | None] = asyncio.Queue()
        asking: asyncio.Future[AskSettled] = asyncio.ensure_future(
            self._approvals.approve(call, arguments, verdict, told.put_nowait, shown)
        )
        asking.add_done_callback(lambda _: told.put_nowait(None))
        try:
            while (event := await told.get()) is not None:
                yield event
        finally:
            asking.cancel()
        settled = asking.result()
        yield f"{reason}; {settled.note or 'it was denied'}" if settled.choice == DENY else ""
