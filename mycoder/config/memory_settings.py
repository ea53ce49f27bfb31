"""The settings of memory and of skills; the fields in `settings.py` hang them in."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct


class Memory(Struct, frozen=True, kw_only=True):
    enabled: Annotated[
        bool,
        Meta(
            description="Remember facts between sessions, tell them to the next one, and let them be searched."
        ),
    ] = True
    budget: Annotated[
        int,
        Meta(ge=0, description="Most tokens of memory in the first request of a session; 0 tells nothing."),
    ] = 1_200
    dream: Annotated[
        Literal["off", "show", "apply"],
        Meta(
            description="When memory is tidied up while a session is idle: off never, show only shows what it "
            "would change, apply does it; both can be undone."
        ),
    ] = "show"
    dream_days: Annotated[
        float, Meta(gt=0, description="Days from one tidying up of a project's memory to the next.")
    ] = 7.0
    idle_seconds: Annotated[
        float, Meta(gt=0, description="Seconds without a turn after which a session counts as idle.")
    ] = 120.0
    dream_tokens: Annotated[
        int,
        Meta(ge=0, description="Most tokens that a model may use to tidy up; 0 does it without a model."),
    ] = 0


class SkillWishes(Struct, frozen=True, kw_only=True):
    enabled: Annotated[
        bool, Meta(description="Tell the model which skills there are, and let it read them.")
    ] = True
    budget: Annotated[
        int,
        Meta(ge=0, description="Most tokens of names and descriptions in the first request of a session."),
    ] = 400
