"""The raw feed (every delta, for faces) and the merged feed (deltas glued, for the store)."""

from collections.abc import Iterable, Iterator

import msgspec

from mycoder.protocol.events import AnyEvent, TextAdded, ThoughtAdded, ToolProgressed


class Merger:
    """Glues neighbouring deltas of one kind and agent; drops progress, which ToolFinished supersedes.

    `push` returns the events that are complete now, `flush` what is still held.
    A merged delta keeps the place (`seq`, `at`) of its first fragment.
    """

    def __init__(self) -> None:
        self._held: TextAdded | ThoughtAdded | None = None
        self._fragments: list[str] = []

    def push(self, event: AnyEvent) -> list[AnyEvent]:
        if isinstance(event, ToolProgressed):
            return []
        if isinstance(event, TextAdded | ThoughtAdded):
            if self._continues(event):
                self._fragments.append(event.text)
                return []
            done = self.flush()
            self._held, self._fragments = event, [event.text]
            return done
        return [*self.flush(), event]

    def flush(self) -> list[AnyEvent]:
        if self._held is None:
            return []
        whole = msgspec.structs.replace(self._held, text="".join(self._fragments))
        self._held, self._fragments = None, []
        return [whole]

    def _continues(self, event: TextAdded | ThoughtAdded) -> bool:
        held = self._held
        return (
            held is not None
            and type(held) is type(event)
            and (held.agent, held.turn) == (event.agent, event.turn)
        )


def merged(events: Iterable[AnyEvent]) -> Iterator[AnyEvent]:
    """The merged feed of `events`."""
    merger = Merger()
    for event in events:
        yield from merger.push(event)
    yield from merger.flush()
