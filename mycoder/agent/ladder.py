"""When checkpoints are made: early and often enough that the newest is never far behind."""

from collections.abc import Sequence


def rungs(window: int) -> tuple[float, ...]:
    """Shares of a window of so many tokens: 20/40/60/80 % up to 200 k, every 10 % up to 500 k, every 5 % above.

    The larger the window, the more work lies between two shares of it.
    """
    if window <= 200_000:
        return (0.2, 0.4, 0.6, 0.8)
    step = 10 if window <= 500_000 else 5
    return tuple(percent / 100 for percent in range(step, 100, step))


class Ladder:
    """Remembers which rung was reached, so that each fires once until a rebuild steps back down."""

    def __init__(self, shares: Sequence[float] = ()) -> None:
        self._own = tuple(sorted(share for share in shares if 0 < share < 1))
        self._reached = 0.0

    def due(self, tokens: int, window: int) -> float:
        """The rung that is newly reached, the highest when several are; 0 for none. `window` is what of it a request
        may fill."""
        rung = self._highest(tokens, window)
        if rung <= self._reached:
            return 0.0
        self._reached = rung
        return rung

    def rebuilt(self, tokens: int, window: int) -> None:
        """After a rebuild only the rungs above what is left fire again."""
        self._reached = self._highest(tokens, window)

    def _highest(self, tokens: int, window: int) -> float:
        reached = [rung for rung in self._own or rungs(window) if tokens >= rung * window]
        return reached[-1] if reached else 0.0
