"""What a typed line means, and what could complete it; the same in every face."""

import re
from typing import Literal

import msgspec

_SLASH = re.compile(r"/([A-Za-z?][\w-]*)(?:\s+(.*))?\Z", re.DOTALL)
_MENTION = re.compile(r"(?:^|(?<=\s))@(\S*)\Z")


class Typed(msgspec.Struct, frozen=True):
    """A prompt for the model, a slash command, a command for the shell, or the wish to leave."""

    kind: Literal["prompt", "slash", "shell", "quit", "nothing"]
    text: str = ""
    arguments: str = ""


def parse(line: str) -> Typed:
    """A line that begins with ``/`` and a name is a slash command; ``/usr/bin`` is not, being a path."""
    text = line.strip()
    if not text:
        return Typed("nothing")
    if text in ("exit", "quit", ":q", ":q!", ":wq"):
        return Typed("quit")
    if text.startswith("!") and text[1:].strip():
        return Typed("shell", text[1:].strip())
    if match := _SLASH.match(text):
        return Typed("slash", match[1], (match[2] or "").strip())
    return Typed("prompt", text)


class Completion(msgspec.Struct, frozen=True):
    """What is being completed: the text typed of it and where it begins in the line before the caret."""

    kind: Literal["mention", "slash"]
    query: str
    start: int


def completing(before: str) -> Completion | None:
    """What the text before the caret asks to complete, if anything."""
    if match := _MENTION.search(before):
        return Completion("mention", match[1], match.start(1) - 1)
    if re.fullmatch(r"/[\w?-]*", before):
        return Completion("slash", before[1:], 0)
    return None
