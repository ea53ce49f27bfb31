"""Settings of long work: checkpoints, the stall detector, goals and tasks."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class Checkpoints(Struct, frozen=True, kw_only=True):
    enabled: Annotated[
        bool,
        Meta(
            description="Keep what was asked, done and found through a compaction; off leaves a plain summary."
        ),
    ] = True
    ladder: Annotated[
        tuple[float, ...],
        Meta(
            description="Shares of the window at which a checkpoint is made; empty takes steps that suit the window."
        ),
    ] = ()
    note: Annotated[
        bool,
        Meta(description="Let the model add intent, decisions and next step to a checkpoint: one call each."),
    ] = True
    note_seconds: Annotated[
        float, Meta(gt=0, description="Seconds that the model has for its part of a checkpoint.")
    ] = 90.0
    kept: Annotated[int, Meta(ge=1, description="Checkpoints of a session that stay on disk.")] = 5


def _idle_steps(least: int, then: str) -> Meta:
    """How long a turn may go round in circles before something is done about it."""
    return Meta(ge=least, description=f"Steps without anything new after which {then}.")


class Stall(Struct, frozen=True, kw_only=True):
    enabled: Annotated[
        bool, Meta(description="Notice when a turn goes round in circles, remind the model, then stop.")
    ] = True
    remind: Annotated[int, _idle_steps(2, "the model is reminded")] = 5
    replan: Annotated[int, _idle_steps(3, "it is told to plan anew")] = 9
    stop: Annotated[int, _idle_steps(4, "the turn is ended")] = 14


class Goals(Struct, frozen=True, kw_only=True):
    attempts: Annotated[
        int, Meta(ge=1, description="How often a goal is checked in a turn before it counts as not met.")
    ] = 12
    check_seconds: Annotated[float, Meta(gt=0, description="Seconds that one check of a goal may take.")] = (
        600.0
    )
    open_tasks: Annotated[
        int,
        Meta(ge=0, description="How often a stop with open tasks in the plan is sent back; 0 never does."),
    ] = 3
