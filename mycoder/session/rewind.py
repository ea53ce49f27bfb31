"""Rewinding: which changes were made since a prompt and are still in force."""

from mycoder.protocol.events import FilesChanged
from mycoder.session.parts import Parts


def entries_since(parts: Parts, at: int) -> frozenset[str]:
    """Ids in the undo journal of what was changed by the events from the position `at` on."""
    made = {
        event.entry
        for event in parts.history()
        if event.seq >= at and isinstance(event, FilesChanged) and event.cause not in ("undo", "redo")
    }
    return frozenset(entry.id for entry in parts.workspace.journal.entries() if entry.id in made)
