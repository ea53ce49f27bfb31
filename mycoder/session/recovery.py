"""What a session that was killed left behind: open calls, asks and turns are closed with what is known of them.

Nothing is done again. A change of a writing tool is in the journal or it is not, so the model is told which; of a
command it is told that it may have run and what it had changed.
"""

from collections.abc import Sequence

from mycoder.agent.owed import Owed
from mycoder.protocol.events import AnyEvent, FilesChanged, SessionResumed, ToolCalled
from mycoder.protocol.tooling import Effect
from mycoder.session.parts import Parts
from mycoder.session.surroundings import file_changes
from mycoder.version import __version__
from mycoder.workspace.entries import JournalEntry


def recovered(parts: Parts, history: Sequence[AnyEvent], branch: str = "") -> list[AnyEvent]:
    """The events that close what `history` left open and open this run."""
    owed = Owed()
    known: set[str] = set()
    for event in history:
        owed.see(event)
        if isinstance(event, FilesChanged):
            known.add(event.entry)
    journal = parts.workspace.journal
    journal.inherit(known)
    journal.recover()
    journal.drain()
    entries = journal.entries()
    told = {call.call_id: _told(parts, call, entries) for call in owed.calls.values()}
    return [
        *(file_changes(entry) for entry in entries if entry.id not in known and entry.changes),
        *owed.settle("interrupted", message="mycoder was stopped in the middle of this turn.", told=told),
        SessionResumed(version=__version__, model=parts.model.name, branch=branch),
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
