"""A session as one document: markdown to read, JSON to process."""

from collections.abc import Iterable

from mycoder.protocol import events as told
from mycoder.protocol.cleaning import cleaned
from mycoder.protocol.codec import encode
from mycoder.protocol.events import AnyEvent
from mycoder.protocol.redact import Redactor


def as_json(events: Iterable[AnyEvent]) -> str:
    """All events of the merged feed in one JSON object."""
    lines = b",\n".join(encode(shared(event)) for event in events)
    return '{"format": 1, "events": [\n' + lines.decode("utf-8") + "\n]}\n"


def shared(event: AnyEvent) -> AnyEvent:
    """`event` for others to read: also what only may be a secret is redacted, and the events of versions that
    redacted less."""
    return cleaned(event, Redactor(is_strict=True))


def as_markdown(events: Iterable[AnyEvent]) -> str:
    """What was said and done, for people. Tool output stands in fences that its content cannot close."""
    parts: list[str] = []
    for event in map(shared, events):
        match event:
            case told.SessionStarted():
                parts.append(
                    f"# Session in {event.root}\n\nmodel {event.model} · mode {event.mode} · mycoder {event.version}"
                )
            case told.TurnStarted():
                parts.append(f"## {event.turn}. Task\n\n{event.prompt}")
            case told.PromptAdded():
                parts.append(f"> **{event.origin}**: " + event.text.replace("\n", "\n> "))
            case told.TextAdded():
                parts.append(event.text)
            case told.ToolCalled():
                parts.append(f"**{event.title or event.tool}**")
            case told.ToolFinished():
                parts.append(fenced(event.output))
            case told.TestsRan():
                counts = f"{event.passed} passed, {event.failed} failed, {event.errors} errors"
                parts.append(f"*tests:* `{event.command}` — {event.problem or counts}")
            case told.Noticed():
                parts.append(f"*{event.level}:* {event.text}")
            case told.TurnEnded():
                parts.append(f"*ended: {event.reason}*" + (f" — {event.message}" if event.message else ""))
    return "\n\n".join(parts) + "\n"


def fenced(text: str) -> str:
    """`text` in a code fence longer than any run of backticks in it."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
