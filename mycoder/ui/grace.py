"""When an approval may take keys: never in the middle of typing.

An ask waits until nothing was typed for `QUIET` seconds before it takes the keyboard, and is then deaf for
`DEAF` seconds; keys that follow each other faster than a hand can are a paste and do nothing. The clock is
handed in.
"""

QUIET = 1.0
DEAF = 0.5
BURST = 0.03


class Grace:
    def __init__(self) -> None:
        self._typed = float("-inf")
        self._taken: float | None = None
        self._last_key = float("-inf")

    @property
    def has_keys(self) -> bool:
        """Whether the ask has the keyboard."""
        return self._taken is not None

    def typed(self, now: float) -> None:
        """A key went to the prompt."""
        self._typed = now

    def take(self, now: float) -> bool:
        """Whether the ask may take the keyboard now; True only at the moment when it does."""
        if self._taken is not None or now - self._typed < QUIET:
            return False
        self._taken, self._last_key = now, float("-inf")
        return True

    def hears(self, now: float) -> bool:
        """Whether a key that comes now counts. Every key is to be told, since a burst of them does not."""
        before, self._last_key = self._last_key, now
        return self._taken is not None and now - self._taken >= DEAF and now - before >= BURST

    def leave(self) -> None:
        """The ask is settled or gives the keyboard back."""
        self._taken = None
