"""Going back: changes are taken back or done again, and what came of it is told. Nothing is deleted."""

import asyncio
from typing import TYPE_CHECKING, Literal

from mycoder.protocol.events import FilesChanged, Noticed
from mycoder.session.parts import Parts
from mycoder.session.surroundings import file_changes
from mycoder.workspace.entries import UndoResult

if TYPE_CHECKING:
    from mycoder.session.session import Session


def entries_since(parts: Parts, at: int) -> frozenset[str]:
    """Ids in the undo journal of what was changed by the events from the position `at` on."""
    made = {
        event.entry
        for event in parts.history()
        if event.seq >= at and isinstance(event, FilesChanged) and event.cause not in ("undo", "redo")
    }
    return frozenset(entry.id for entry in parts.workspace.journal.entries() if entry.id in made)


async def rewind(session: "Session", parts: Parts, at: int, *, files: bool, talk: bool) -> str:
    """See `Session.rewind`."""
    if session.state.is_running:
        session.notice("A turn is running: stop it first, then rewind.", level="warning")
        return ""
    if files and (entries := entries_since(parts, at)):
        journal = parts.workspace.journal
        _tell(parts, "undo", await asyncio.to_thread(journal.undo, entries=sorted(entries)))
    if not talk:
        return ""
    new = session.fork(at)
    if not new:
        session.notice("This session is not stored, so its talk cannot be rewound.", level="warning")
    return new


def step(session: "Session", parts: Parts, which: Literal["undo", "redo"], steps: int) -> None:
    """Takes the last `steps` changes back, or does them again; a file that somebody else touched since is left
    alone."""
    if session.state.is_running:
        session.notice(f"A turn is running: stop it first, then {which}.", level="warning")
        return
    journal = parts.workspace.journal
    _tell(parts, which, journal.undo(steps) if which == "undo" else journal.redo(steps))


def _tell(parts: Parts, which: str, result: UndoResult) -> None:
    for entry in parts.workspace.journal.drain():
        parts.publish(file_changes(entry))
    for refusal in result.refused:
        parts.publish(Noticed(text=f"{which} left {refusal.path} alone: {refusal.why}", level="warning"))
    if not result.undone and not result.refused:
        parts.publish(Noticed(text=f"Nothing to {which}.", level="info"))
