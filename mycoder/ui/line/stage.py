"""What the parts of the line face use of it."""

from collections.abc import Mapping
from typing import Protocol

from rich.console import Console

from mycoder.protocol.commands import AnyCommand
from mycoder.ui.door import Door, Opening, Options
from mycoder.ui.history import History
from mycoder.ui.line.printer import Printer
from mycoder.ui.line.reader import Reader
from mycoder.ui.themes import ThemeColors


class LineStage(Protocol):
    """The line face, as its commands and keys see it."""

    options: Options
    console: Console
    reader: Reader
    printer: Printer
    history: History
    themes: Mapping[str, ThemeColors]
    door: Door | None

    def send(self, command: AnyCommand) -> None:
        """To the session, without waiting for what comes of it."""
        ...

    async def reopen(self, opening: Opening) -> bool:
        """Close this session and open another one, trusted as this one is; False when it cannot be opened."""
        ...
