"""A workflow as data: nodes, the edges between them, limits. Every node kind adds keys of its own."""

from __future__ import annotations

import re
from typing import Annotated, Any

from msgspec import Meta, Struct, field

END = "end"
"""Where a run ends. What it was worth is then decided by a run of the project's tests."""


PLACEHOLDER = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
"""A value of the state in a prompt, as {{task}}."""


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one run of the workflow."""

    max_iterations: Annotated[
        int, Meta(ge=0, description="For conditions: most visits of nodes of the kind fix.")
    ] = 3
    max_rounds: Annotated[
        int, Meta(ge=1, description="For conditions: most visits of nodes of the kinds generate and fix.")
    ] = 5
    max_visits: Annotated[
        int, Meta(ge=1, le=10_000, description="Most visits of nodes in all; the run ends then.")
    ] = 100


class NodeLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one node; 0 sets no limit."""

    max_visits: Annotated[
        int, Meta(ge=0, description="An edge to the node is not taken after so many visits.")
    ] = 0
    max_steps: Annotated[int, Meta(ge=0, description="Most replies of the model in one visit.")] = 0
    max_cost: Annotated[float, Meta(ge=0, description="Most US dollars of one visit.")] = 0.0
    seconds: Annotated[float, Meta(ge=0, description="Most seconds of one visit.")] = 0.0


class Edge(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go on. The first edge whose condition holds is taken."""

    to: Annotated[
        str | tuple[str, ...],
        Meta(description="The next node, or several that run side by side; end ends the run."),
    ]
    when: Annotated[str, Meta(description="A condition on the state; empty always holds.")] = ""

    @property
    def targets(self) -> tuple[str, ...]:
        return (self.to,) if isinstance(self.to, str) else self.to


class NodeSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys that every node has."""

    kind: Annotated[str, Meta(description="What the node does.")]
    about: Annotated[str, Meta(description="What it is for, in a few words for people.")] = ""
    next: Annotated[
        str | tuple[str | Edge, ...],
        Meta(description="Where to go on: the name of a node, or edges with conditions."),
    ] = END
    limits: Annotated[NodeLimits, Meta(description="When a visit stops at the latest.")] = NodeLimits()

    @property
    def edges(self) -> tuple[Edge, ...]:
        return edges_of(self.next)


RoleName = Annotated[str, Meta(description="The role of [roles] that plays it; empty: the kind's own.")]
ModelName = Annotated[str, Meta(description="A model in the place of the role's, as provider/name.")]
Warmth = Annotated[float, Meta(ge=0, le=2)]
Temperature = Annotated[Warmth | None, Meta(description="Sampling temperature in the place of the role's.")]
_ASKED = "What is asked, as text or file://…, with {{name}} for values of the state."
_SYSTEM = "The system text, as text or file://…; empty: the one that suits its tools."
_TOOLS = "Names of tools that the model may call; all, none, or read (those that only look)."
_THREAD = "Nodes with the same word go on with one conversation; empty: a new one each visit."


class ModelNode(NodeSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a node that asks a model."""

    role: RoleName = ""
    model: ModelName = ""
    temperature: Temperature = None
    prompt: Annotated[str, Meta(description=_ASKED)] = ""
    system: Annotated[str, Meta(description=_SYSTEM)] = ""
    tools: Annotated[str | tuple[str, ...], Meta(description=_TOOLS)] = "all"
    thread: Annotated[str, Meta(description=_THREAD)] = ""


class Workflow(Struct, frozen=True, kw_only=True):
    """A checked workflow. `source` is its file, `is_foreign` says that it belongs to a repository."""

    name: str
    about: str = ""
    start: tuple[Edge, ...] = ()
    limits: Limits = Limits()
    vars: dict[str, bool | int | float | str] = field(default_factory=dict)
    nodes: dict[str, NodeSpec] = field(default_factory=dict)
    source: str = ""
    is_foreign: bool = False


TOP: dict[str, str] = {
    "about": "What it is for, in a sentence.",
    "base": "Another workflow to build on: its name, or a file beside this one. Maps are merged, what stands "
    "here wins.",
    "start": "The first node, several that begin side by side, or edges with conditions; else the first in the "
    "file.",
    "limits": "Limits of one run.",
    "vars": "Values of your own for conditions, as vars.NAME.",
    "nodes": "The nodes by name.",
}
"""Keys of a file, with what they mean."""


def edges_of(value: Any) -> tuple[Edge, ...]:
    """Edges as they may be written: a name, or a list of names and edges."""
    if isinstance(value, str):
        return (Edge(to=value),)
    return tuple(Edge(to=item) if isinstance(item, str) else item for item in value)
