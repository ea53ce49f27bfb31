"""What a person can rewind to: their prompts, and how much was changed since each."""

from collections.abc import Sequence

import msgspec

from mycoder.ui.entries import Prompt
from mycoder.ui.transcript import Transcript

WAYS = {"files": (True, False), "talk": (False, True), "both": (True, True)}
"""How → (files, talk)."""


class Point(msgspec.Struct, frozen=True):
    """A prompt: its position in the log, its words, and how many changes of files came after it."""

    seq: int
    text: str
    changes: int


def points(seen: Transcript) -> Sequence[Point]:
    """Oldest first."""
    prompts = [entry for entry in seen.entries if isinstance(entry, Prompt) and entry.origin == "person"]
    return [
        Point(prompt.seq, prompt.text, sum(made >= prompt.seq for made in seen.undoable))
        for prompt in prompts
    ]
