"""The terminal's keyboard, which the line face keeps for as long as it runs.

A terminal in its usual mode edits lines itself: it swallows Ctrl+D, stops on Ctrl+S, and makes signals of Ctrl+C
and Ctrl+Z. prompt-toolkit goes back to that mode between two prompts, and for each line that is printed above one;
a key that comes just then would be lost. Here all keys wait for the prompt that is to read them.
"""

import contextlib
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager

from prompt_toolkit.input.vt100 import Vt100Input


class Keyboard(Vt100Input):
    """Standard input, in raw mode while it is `kept`, but for programs that it is lent to."""

    def __init__(self) -> None:
        super().__init__(sys.stdin)
        self.is_lent = False
        """Whether another program, an editor, has the terminal now."""

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """The terminal is as it was when this is left, also by an exception or a cancellation."""
        with self.raw_mode():
            yield

    def cooked_mode(self) -> AbstractContextManager[None]:
        return super().cooked_mode() if self.is_lent else contextlib.nullcontext()
