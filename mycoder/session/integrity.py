"""The tests that there were are the oracle: what a turn takes away from them is found before it may be called done."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from mycoder.protocol.events import AnyEvent, FilesChanged, PromptAdded, TestsWeakened, TurnStarted
from mycoder.session.approvals import Approvals
from mycoder.session.asking import Asking
from mycoder.workflows.wording import is_about_changing_tests
from mycoder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from mycoder.testing.integrity.compare import FileVersions

LARGEST = 2 << 20
"""Bytes of a file that is compared; a larger one is data."""
MOST_OTHERS = 2_000
"""Test files that are read to tell whether code has answers written in."""

YES, NO = "the tests may change", "no, they stay as they were"


class TestGuard:
    """Watches which files a turn changes; `agent.gate.Guard` of one session.

    What a stopped turn has done to the tests still counts in the next one.
    """

    __test__ = False  # not a test class, whatever pytest thinks of the name

    def __init__(self, workspace: Workspace, approvals: Approvals, *, may_change: bool) -> None:
        self._workspace, self._approvals, self._may_change = workspace, approvals, may_change
        self._before: dict[str, str] = {}
        """Content hash before the first change, by path; empty for a new file."""
        self._is_settled = True
        self._said: list[str] = []
        """What the person said in this turn, until it is asked what that allows."""
        self._is_allowed = may_change

    @property
    def is_allowed(self) -> bool:
        """Whether the settings or the person's words of this turn allow tests to change."""
        said, self._said = self._said, []
        self._is_allowed = self._is_allowed or any(map(is_about_changing_tests, said))
        return self._is_allowed

    def see(self, event: AnyEvent) -> None:
        match event:
            case TurnStarted(agent=""):
                if self._is_settled:
                    self._before.clear()
                self._is_settled = False
                self._said, self._is_allowed = [event.prompt], self._may_change
            case PromptAdded(origin="steer" | "follow_up"):  # the person's, whichever agent reads it
                self._said.append(event.text)
            case TestsWeakened(allowed="task" | "person"):
                self._is_settled = True
            case FilesChanged():
                for change in event.changes:
                    if change.moved_from:
                        self._before.setdefault(change.moved_from, change.before)
                        self._before.setdefault(change.path, "")
                    else:
                        self._before.setdefault(change.path, change.before)

    async def weakened(self) -> tuple[str, ...]:
        """What the changes take away from the tests, in words for people and models."""
        if not self._before:
            self._is_settled = True
            return ()
        from mycoder.testing.integrity.compare import compare  # late: only after a change

        found = await asyncio.to_thread(lambda: compare(self._versions(), self._others))
        self._is_settled = not found
        return tuple(str(finding) for finding in found)

    async def agree(self, findings: tuple[str, ...]) -> AsyncIterator[AnyEvent | bool]:
        """Asks the person where there is one; the last item says whether they agree."""
        if not self._approvals.can_ask:
            yield False
            return
        question = "Tests were changed so that they say less. May they?\n" + "\n".join(findings[:20])
        asking = Asking(lambda emit: self._approvals.question("", question, (NO, YES), emit))
        async for event in asking.events():
            yield event
        yield asking.answer == YES

    def _versions(self) -> "list[FileVersions]":
        from mycoder.testing.integrity.compare import FileVersions  # late: as above

        return [
            FileVersions(path, self._text_before(hash), self._text_now(path))
            for path, hash in self._before.items()
        ]

    def _text_before(self, content: str) -> str | None:
        if not content:
            return None
        data = self._workspace.journal.content(content)
        return _text(data) if data is not None else None

    def _text_now(self, path: str) -> str | None:
        try:
            full = self._workspace.files.resolve(path)
            return _text(full.read_bytes()) if full.stat().st_size <= LARGEST else ""
        except Exception:  # gone, a link out, unreadable: all of it is no test that runs
            return None

    def _others(self) -> Iterator[str]:
        """The test files that did not change."""
        from mycoder.testing.integrity.places import is_test_file  # late: as above
        from mycoder.workspace.search import files  # late: as above

        root = self._workspace.root
        paths = [p for p in files(root) if p.endswith(".py") and is_test_file(p) and p not in self._before]
        for path in paths[:MOST_OTHERS]:
            if (text := self._text_now(path)) is not None:
                yield text


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace") if len(data) <= LARGEST else ""
