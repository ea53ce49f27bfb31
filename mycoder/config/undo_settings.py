"""How long changes can be taken back."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class Undo(Struct, frozen=True, kw_only=True):
    days: Annotated[
        float, Meta(gt=0, description="Days after which a change can no longer be taken back.")
    ] = 30.0
    megabytes: Annotated[
        int,
        Meta(ge=1, description="Most megabytes of contents kept for undo per project; the oldest go first."),
    ] = 512
