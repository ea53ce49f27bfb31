"""Who listens to a session: each gets every event from when it joined on, at its own pace."""

import asyncio
import contextlib
from collections.abc import Iterator

from mycoder.protocol.events import AnyEvent

Feed = asyncio.Queue[AnyEvent | None]
"""What one listener has not taken yet; None is the end."""


class Listeners:
    """The feeds of all who listen."""

    def __init__(self) -> None:
        self._feeds: list[Feed] = []

    @contextlib.contextmanager
    def joined(self) -> Iterator[Feed]:
        """A feed of what is told from now until the block is left."""
        feed: Feed = asyncio.Queue()
        self._feeds.append(feed)
        try:
            yield feed
        finally:
            self._feeds.remove(feed)

    def tell(self, event: AnyEvent | None) -> None:
        """Hands `event` to everyone; None ends all feeds."""
        for feed in self._feeds:
            feed.put_nowait(event)
