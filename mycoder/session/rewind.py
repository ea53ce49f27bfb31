"""Going back: changes are taken back or done again, and what came of it is told. Nothing is deleted."""

import asyncio
from typing import Literal

from mycoder.protocol.events import FilesChanged, Noticed
from mycoder.session.parts import Parts
from mycoder.session.surroundings import file_changes
from mycoder.workspace.entries import UndoResult


def entries_since(parts: Parts, at: int) -> frozenset[str]:
    """Ids in the undo journal of what was changed by the events from the position `at` on."""
    made = {
        event.entry
        for event in parts.history()
        if event.seq >= at and isinstance(event, FilesChanged) and event.cause not in ("undo", "redo")
    }
    return frozenset(entry.id for entry in parts.workspace.journal.entries() if entry.id in made)


async def take_back_since(parts: Parts, at: int) -> None:
    """Takes back what was changed by the events from the position `at` on."""
    if entries := entries_since(parts, at):
        journal = parts.workspace.journal
        _tell(parts, "undo", await asyncio.to_thread(journal.undo, entries=sorted(entries)))


def step(parts: Parts, which: Literal["undo", "redo"], steps: int) -> None:
    """Takes the last `steps` changes back, or does them again; a file that somebody else touched since is left
    alone."""
    journal = parts.workspace.journal
    _tell(parts, which, journal.undo(steps) if which == "undo" else journal.redo(steps))


def _tell(parts: Parts, which: str, result: UndoResult) -> None:
    for entry in parts.workspace.journal.drain():
        parts.publish(file_changes(entry))
    for refusal in result.refused:
        parts.publish(Noticed(text=f"{which} left {refusal.path} alone: {refusal.why}", level="warning"))
    if not result.undone and not result.refused:
        parts.publish(Noticed(text=f"Nothing to {which}.", level="info"))
