"""What a session that was killed left behind: open calls, asks and turns are closed with what is known of them.

Nothing is done again. A change of a writing tool is in the journal or it is not, so the model is told which; of a
command it is told that it may have run and what it had changed.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from mycoder.agent.owed import Owed
from mycoder.protocol.events import AnyEvent, CheckpointMade, FilesChanged, SessionResumed, ToolCalled
from mycoder.protocol.tooling import Effect
from mycoder.session.checkpoints import Checkpoints
from mycoder.session.parts import Parts
from mycoder.session.surroundings import file_changes
from mycoder.version import __version__
from mycoder.workspace.entries import JournalEntry


class Recovery:
    """Watches the log of a session that is resumed, event by event, and keeps only what `events` needs: what is
    open, which changes the log knows of, and the last checkpoints."""

    def __init__(self, parts: Parts, branch: str = "") -> None:
        self._parts, self._branch = parts, branch
        self._owed = Owed()
        self._known: set[str] = set()
        self._marks: deque[CheckpointMade] = deque(maxlen=2 * parts.settings.checkpoints.kept)

    def watching(self, past: Iterable[AnyEvent]) -> Iterator[AnyEvent]:
        """The events of `past`, each seen on its way."""
        for event in past:
            self._owed.see(event)
            match event:
                case FilesChanged():
                    self._known.add(event.entry)
                case CheckpointMade() if event.digest:
                    self._marks.append(event)
            yield event

    def events(self) -> list[AnyEvent]:
        """The events that close what the log left open and open this run."""
        parts, known = self._parts, self._known
        shelf = parts.keeper.shelf
        if isinstance(shelf, Checkpoints) and (found := shelf.newest(self._marks)) is not None:
            parts.keeper.note = found.note  # what the model noted in the last one that is whole
        journal = parts.workspace.journal
        journal.inherit(known)
        journal.recover()
        journal.drain()
        entries = journal.entries()
        told = {call.call_id: _told(parts, call, entries) for call in self._owed.calls.values()}
        return [
            *(file_changes(entry) for entry in entries if entry.id not in known and entry.changes),
            *self._owed.settle(
                "interrupted", message="mycoder was stopped in the middle of this turn.", told=told
            ),
            SessionResumed(version=__version__, model=parts.model.name, branch=self._branch),
        ]


def _told(parts: Parts, call: ToolCalled, entries: Sequence[JournalEntry]) -> str:
    done = [change.path for entry in entries if entry.label == call.call_id for change in entry.changes]
    paths = ", ".join(dict.fromkeys(done))
    match parts.toolbox.effect(call.tool):
        case Effect.WRITE if done:
            return f"mycoder was stopped, but this had been done before: {paths} changed. Do not do it again."
        case Effect.WRITE:
            return "mycoder was stopped before this was done; nothing was changed. Send it again if it is still right."
        case Effect.RUN:
            what = f" It had changed {paths}." if done else " It had changed no file."
            return f"mycoder was stopped while or before this ran; its output is lost.{what} Check before repeating it."
        case _:
            return "mycoder was stopped before this was answered. Send it again if it is still needed."
