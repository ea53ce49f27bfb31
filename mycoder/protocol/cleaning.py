"""Events on their way out of whoever makes them: secrets redacted, and what only a machine would read made
visible.

It stands where an event enters the conversation and the feed, so that the model, the log, the faces and every
program that listens get the same words, now and after a resume.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from mycoder.protocol.events import (
    AnyEvent,
    PromptAdded,
    SessionStarted,
    TextAdded,
    ThoughtAdded,
    ToolCalled,
    ToolFinished,
    ToolProgressed,
    TurnEnded,
    TurnStarted,
)
from mycoder.protocol.inert import inert
from mycoder.protocol.redact import Redactor, Stream

_Delta = TextAdded | ThoughtAdded | ToolProgressed

_READ_BY_MODEL: tuple[tuple[type, tuple[str, ...]], ...] = (
    (SessionStarted, ("facts",)),
    (TurnStarted, ("prompt",)),
    (PromptAdded, ("text",)),
    (ToolFinished, ("output",)),
)
"""Words of others; what the model says itself is shown by faces, which escape it."""


def cleaned(event: AnyEvent, redactor: Redactor) -> AnyEvent:
    """`event` with every text in it clean; the same object when it was. Not for one of several deltas."""
    for kind, fields in _READ_BY_MODEL:
        if isinstance(event, kind):
            changed = {f: new for f in fields if (new := inert(old := getattr(event, f))) is not old}
            event = msgspec.structs.replace(event, **changed) if changed else event
    if isinstance(event, ToolCalled) and event.opaque and not is_clean(event.opaque, redactor):
        event = msgspec.structs.replace(event, opaque="")  # a signature holds for the very words only
    result: AnyEvent = _redacted(event, redactor)
    return result


def _redacted(value: Any, redactor: Redactor) -> Any:
    match value:
        case str():
            return redactor.text(value) if len(value) >= 8 else value
        case msgspec.Struct():
            changed = {}
            for name in value.__struct_fields__:
                if name == "opaque":
                    continue
                old = getattr(value, name)
                new = _redacted(old, redactor)
                if new is not old:
                    changed[name] = new
            return msgspec.structs.replace(value, **changed) if changed else value
        case tuple():
            items = tuple(_redacted(item, redactor) for item in value)
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value


def is_clean(opaque: str, redactor: Redactor) -> bool:
    """Whether no text for people or models in `opaque`, a JSON text, holds a secret or a hidden character.
    Signatures and what is encrypted look like secrets and are none."""
    try:
        value = msgspec.json.decode(opaque)
    except (msgspec.MsgspecError, UnicodeError):
        return False
    return all(redactor.text(text) == text == inert(text) for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for key, item in value.items():
                if not (key in _SEALED and isinstance(item, str)):
                    yield from _texts(item)


_SEALED = ("signature", "thought_signature", "data", "encrypted_content", "id")


class Cleaner:
    """Cleans a feed: a key that is split over two deltas is found as well.

    `push` returns the events that are certain now, `flush` what is still held back.
    """

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self._streams: dict[tuple[str, ...], tuple[_Delta, Stream]] = {}

    def push(self, event: AnyEvent) -> list[AnyEvent]:
        if isinstance(event, TextAdded | ThoughtAdded | ToolProgressed):
            return self._push_delta(event)
        if isinstance(event, ToolFinished):  # supersedes its progress
            self._streams.pop(_key_of_progress(event.agent, event.call_id), None)
        is_all = isinstance(event, TurnEnded) and not event.agent
        return [*self._flushed(None if is_all else event.agent), cleaned(event, self.redactor)]

    def flush(self) -> list[AnyEvent]:
        return self._flushed(None)

    def _push_delta(self, event: _Delta) -> list[AnyEvent]:
        before: list[AnyEvent] = []
        if isinstance(event, ToolProgressed):
            key = _key_of_progress(event.agent, event.call_id)
        else:
            key = (event.agent, type(event).__name__)
            if key not in self._streams:  # text after a thought, or the other way round
                before = self._flushed(event.agent)
        _, stream = self._streams.get(key) or (event, Stream(self.redactor))
        self._streams[key] = event, stream
        text = stream.push(event.text)
        return [*before, msgspec.structs.replace(event, text=text)] if text else before

    def _flushed(self, agent: str | None) -> list[AnyEvent]:
        """The ends of texts and thoughts of `agent`, or of everything for None."""
        events: list[AnyEvent] = []
        for key, (last, stream) in list(self._streams.items()):
            if agent is None or (key[0] == agent and len(key) == 2):
                del self._streams[key]
                if text := stream.flush():
                    events.append(msgspec.structs.replace(last, text=text))
        return events


def _key_of_progress(agent: str, call_id: str) -> tuple[str, ...]:
    return (agent, "progress", call_id)
