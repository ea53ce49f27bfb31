"""What only the model can say for a checkpoint: intent, decisions, next step; asked for in one call."""

import asyncio
from typing import Any

import msgspec

from mycoder.agent.aside import aside
from mycoder.models.model import Model
from mycoder.protocol.messages import Request
from mycoder.protocol.usage import Usage

TRIES = 2

QUESTION = (
    "[mycoder makes a checkpoint; this is no new task.] Do not call a tool and do not go on. Answer with one JSON "
    'object only: {"intent": what the person wants, in their words, "decisions": [each choice made, and why], '
    '"found": [what you found out that no file says], "next": the next concrete step}. Copy names, numbers and '
    "paths exactly. 300 words at most; empty lists are fine."
)


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    intent: str = ""
    decisions: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    next: str = ""
    step: int = 0
    """After how many replies of the session it was written."""

    def lines(self) -> list[str]:
        """For the model, the parts that matter most first."""
        parts = [f"Intent: {self.intent}" if self.intent else "", f"Next: {self.next}" if self.next else ""]
        parts += [f"- decided: {text}" for text in self.decisions]
        parts += [f"- found: {text}" for text in self.found]
        lines = [part for part in parts if part]
        return (
            [*lines, f"(noted after step {self.step}; later messages say what came since)"] if lines else []
        )


class Noted(msgspec.Struct, frozen=True):
    """What became of a question for a note: `note` is None when it failed. `usage` is what it cost in all."""

    note: Note | None = None
    usage: Usage = Usage()


async def ask_note(model: Model, request: Request, seconds: float, step: int) -> Noted:
    """Asks for a note behind `request`, at most twice and `seconds` in all. Never raises for what the model does."""
    usage = Usage()
    try:
        async with asyncio.timeout(seconds):
            for _ in range(TRIES):
                said = await aside(model, request, QUESTION)
                usage += said.usage
                if (note := read_note(said.text, step)) is not None:
                    return Noted(note, usage)
    except TimeoutError:
        pass
    return Noted(None, usage)


def read_note(text: str, step: int = 0) -> Note | None:
    """The note in a reply, whatever stands around the JSON object; None when there is none."""
    value = object_in(text)
    if value is None:
        return None
    note = Note(
        intent=_line(value.get("intent")),
        decisions=_lines(value.get("decisions")),
        found=_lines(value.get("found")),
        next=_line(value.get("next")),
        step=step,
    )
    return note if note.intent or note.next or note.decisions else None


def object_in(text: str) -> dict[str, Any] | None:
    """The JSON object in `text` that reaches from its first to its last brace."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        value = msgspec.json.decode(text[start : end + 1])
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return value if isinstance(value, dict) else None


def _line(value: Any, most: int = 1000) -> str:
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    return " ".join(str(value).split())[:most] if value else ""


def _lines(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value] if value else []
    return tuple(line for item in values[:12] if (line := _line(item, 400)))
