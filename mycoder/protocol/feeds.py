"""The raw feed (every delta, for faces) and the merged feed (deltas glued, for the store)."""

from collections.abc import Iterable, Iterator

import msgspec

from mycoder.protocol.events import AnyEvent, TextAdded, ThoughtAdded, ToolProgressed


class Merger:
    """Glues deltas of one kind and agent that follow each other among that agent's events; drops progress, which
    ToolFinished supersedes.

    Several agents may talk at once, so each has a delta of its own that is held; the events of one agent keep their
    order, those of different ones may change places. `push` returns the events that are complete now, `flush` what is
    still held. A merged delta keeps the place (`seq`, `at`) of its first fragment.
    """

    def __init__(self) -> None:
        self._held: dict[str, tuple[TextAdded | ThoughtAdded, list[str]]] = {}

    def push(self, event: AnyEvent) -> list[AnyEvent]:
        if isinstance(event, ToolProgressed):
            return []
        if not isinstance(event, TextAdded | ThoughtAdded):
            return [*self._release(event.agent), event]
        if self._continues(event):
            self._held[event.agent][1].append(event.text)
            return []
        done = self._release(event.agent)
        self._held[event.agent] = (event, [event.text])
        return done

    @property
    def held_since(self) -> float:
        """Unix time of the first fragment that is still held; 0 when none is."""
        return min((first.at for first, _ in self._held.values()), default=0.0)

    def flush(self) -> list[AnyEvent]:
        return [whole for agent in list(self._held) for whole in self._release(agent)]

    def _release(self, agent: str) -> list[AnyEvent]:
        held = self._held.pop(agent, None)
        return [msgspec.structs.replace(held[0], text="".join(held[1]))] if held else []

    def _continues(self, event: TextAdded | ThoughtAdded) -> bool:
        held = self._held.get(event.agent)
        return held is not None and type(held[0]) is type(event) and held[0].turn == event.turn


def merged(events: Iterable[AnyEvent]) -> Iterator[AnyEvent]:
    """The merged feed of `events`."""
    merger = Merger()
    for event in events:
        yield from merger.push(event)
    yield from merger.flush()
