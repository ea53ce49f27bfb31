"""The section ``[skills]``: what the model is told of skills."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class SkillWishes(Struct, frozen=True, kw_only=True):
    enabled: Annotated[
        bool, Meta(description="Tell the model which skills there are, and let it read them.")
    ] = True
    budget: Annotated[
        int,
        Meta(ge=0, description="Most tokens of names and descriptions in the first request of a session."),
    ] = 400
