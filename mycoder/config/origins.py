"""Where a value comes from."""

from typing import Literal

import msgspec

Layer = Literal["default", "user", "repository", "pyproject", "environment", "flag"]

VARIABLES = "MYCODER_"
"""How the names of environment variables with settings begin."""

COMMAND_LINE = "command line"


class Origin(msgspec.Struct, frozen=True):
    """`place` is a file with its line, the name of a variable, or ``command line``."""

    layer: Layer
    place: str = ""
    before: "Origin | None" = None
    """For a list that adds up: where the elements before these come from."""

    def __str__(self) -> str:
        here = self.place or self.layer
        return f"{self.before} + {here}" if self.before else here


DEFAULT = Origin("default")
