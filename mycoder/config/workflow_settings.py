"""How turns are composed: the section ``[workflow]``."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct, field


class Workflow(Struct, frozen=True, kw_only=True):
    """The workflow of a session; ``workflow = "tdd"`` is short for a table with its name."""

    SHORTHAND: ClassVar[str] = "name"

    name: Annotated[
        str,
        Meta(
            description="The workflow that does a task: a name that `mycoder workflow list` shows, or a file."
        ),
    ] = "solo"
    set: Annotated[
        dict[str, Any],
        Meta(description="Values in the place of those of the workflow, e.g. limits.max_iterations = 5."),
    ] = field(default_factory=dict)
