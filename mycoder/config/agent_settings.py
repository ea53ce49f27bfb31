"""The section ``[agents]``: how many sub-agents there may be and when one is stopped."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class Agents(Struct, frozen=True, kw_only=True):
    enabled: Annotated[bool, Meta(description="Let the model hand parts of its work to sub-agents.")] = True
    at_once: Annotated[
        int,
        Meta(ge=0, description="Most sub-agents that work side by side; 0 takes twice the cores, at most 8."),
    ] = 0
    most: Annotated[int, Meta(ge=0, description="Most sub-agents that one turn may start.")] = 24
    depth: Annotated[
        int, Meta(ge=0, le=3, description="How deep sub-agents may start others; 1 lets only the main agent.")
    ] = 1
    max_steps: Annotated[int, Meta(ge=1, description="Most model replies of one sub-agent.")] = 60
    max_cost: Annotated[
        float, Meta(ge=0, description="Most US dollars that one sub-agent may cost; 0 sets no limit.")
    ] = 0.0
    stall_seconds: Annotated[
        float, Meta(gt=0, description="Seconds without a sign of life after which a sub-agent is stopped.")
    ] = 360.0
    approval_seconds: Annotated[
        float,
        Meta(gt=0, description="Seconds after which an approval that a sub-agent waits for is a denial."),
    ] = 300.0
