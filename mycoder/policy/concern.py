"""What is found out about a command: a concern, and the ground on which it stands."""

from typing import Literal

import msgspec

MOST_NESTED = 6
"""Shells inside of shells that are looked into."""


class Concern(msgspec.Struct, frozen=True):
    """`argv` is the command that it is about, as far as it is known."""

    level: Literal["ask", "deny"]
    id: str
    reason: str
    argv: tuple[str, ...] = ()


class Ground(msgspec.Struct, frozen=True):
    """Where commands run: root of the project and home folder, empty when they are not known."""

    root: str = ""
    home: str = ""
