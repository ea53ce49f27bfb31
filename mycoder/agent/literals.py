"""Values that must survive byte for byte: ports, paths, flags, ids, addresses, named numbers.

They are collected by shape, without a model, because a summary in a model's words is where they get lost.
"""

import msgspec

MOST_KEPT = 600
MOST_READ = 8_000
"""Characters of one text that are looked through: its first and last halves."""

MOST_WAITING = 200_000
"""Characters that wait to be looked through until a value is asked for."""


class Source(msgspec.Struct, frozen=True):
    """Where a text came from: what it weighs, and whether it can be read again."""

    weight: int


PERSON, MODEL, COMMAND, FILE = Source(4), Source(2), Source(1), Source(0)


class Literal(msgspec.Struct):
    """`text` is what is shown, with the name or the words before it; `order` counts from the first seen."""

    text: str
    weight: int
    order: int
    times: int = 1


class Literals:
    """The values seen so far, the weightiest kept when there are too many."""

    def __init__(self) -> None:
        self._known: dict[str, Literal] = {}
        self._count = 0
        self._unread: list[tuple[str, Source]] = []
        self._waiting = 0

    def see(self, text: str, source: Source) -> None:
        if len(text) > MOST_READ:
            text = f"{text[: MOST_READ // 2]}\n{text[-MOST_READ // 2 :]}"
        self._unread.append((text, source))
        self._waiting += len(text)
        if self._waiting > MOST_WAITING:
            self._read()

    def lines(self) -> list[str]:
        """All of them, those that matter most first; of equal ones the first seen before the rest."""
        self._read()
        ranked = sorted(self._known.values(), key=lambda e: (-e.weight - min(e.times - 1, 2), e.order))
        return [entry.text for entry in ranked]

    def __len__(self) -> int:
        self._read()
        return len(self._known)

    def _read(self) -> None:
        """Looks through what has come since, in its order. Most sessions end before anybody asks for a value."""
        from mycoder.agent.literal_shapes import found  # late: see above

        unread, self._unread, self._waiting = self._unread, [], 0
        for text, source in unread:
            for value, shown, weight in found(text):
                self._take(value, shown, weight + source.weight)
            if len(self._known) > MOST_KEPT:
                self._thin()

    def _take(self, value: str, shown: str, weight: int) -> None:
        known = self._known.get(value)
        if known is None:
            self._count += 1
            self._known[value] = Literal(shown, weight, self._count)
            return
        known.times += 1
        if weight > known.weight:
            known.weight, known.text = weight, shown

    def _thin(self) -> None:
        """Down to three quarters: the lightest go first, of those the ones seen last before the newest quarter."""
        ranked = sorted(self._known.items(), key=lambda item: (-item[1].weight, item[1].order))
        newest = {key for key, entry in self._known.items() if entry.order > self._count - MOST_KEPT // 8}
        kept = [key for key, _ in ranked if key not in newest][: MOST_KEPT * 3 // 4 - len(newest)]
        chosen = newest.union(kept)
        self._known = {key: entry for key, entry in self._known.items() if key in chosen}
