"""Which model does which job: the section ``[roles]``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct


class RoleModel(Struct, frozen=True, kw_only=True):
    """The model of one role. What is not set is that of the model itself, and of the session's model."""

    SHORTHAND: ClassVar[str] = "model"
    """``debug = "deepseek/deepseek-reasoner"`` is short for a table with this key."""

    model: Annotated[
        str,
        Meta(
            description="The model, as provider/name or the name of a section of models; empty: the usual one."
        ),
    ] = ""
    temperature: Annotated[
        float | None, Meta(description="Sampling temperature in this role; not set: as the model has it.")
    ] = None
    max_tokens: Annotated[
        int | None, Meta(description="Most tokens of one reply in this role; not set: as the model has it.")
    ] = None
    window: Annotated[
        int, Meta(ge=0, description="Tokens that the model can read; 0 takes what is known of the model.")
    ] = 0
    input_price: Annotated[
        float | None, Meta(description="US dollars per million input tokens; not set: as the model has it.")
    ] = None
    cached_price: Annotated[
        float | None,
        Meta(description="US dollars per million cached input tokens; not set: as the model has it."),
    ] = None
    output_price: Annotated[
        float | None, Meta(description="US dollars per million output tokens; not set: as the model has it.")
    ] = None
    max_calls: Annotated[
        int, Meta(ge=0, description="Most replies of this role in one turn; 0 sets no limit.")
    ] = 0
    budget: Annotated[
        float,
        Meta(ge=0, description="Most US dollars of this role in one turn; 0 sets no limit."),
    ] = 0.0


class Roles(Struct, frozen=True, kw_only=True):
    """Roles of workflows. A role that is not set is played by the session's model."""

    plan: Annotated[RoleModel, Meta(description="Understands the task and plans.")] = RoleModel()
    code: Annotated[RoleModel, Meta(description="Writes and changes code.")] = RoleModel()
    debug: Annotated[
        RoleModel, Meta(description="Finds out why a test fails; a reasoning model suits best.")
    ] = RoleModel()
    design_tests: Annotated[
        RoleModel, Meta(description="Designs tests from the task alone, without seeing code.")
    ] = RoleModel()
    judge: Annotated[RoleModel, Meta(description="Rules on disputes and reviews.")] = RoleModel()
    summarise: Annotated[RoleModel, Meta(description="Makes long texts short.")] = RoleModel()
    title: Annotated[RoleModel, Meta(description="Finds titles; a small model is enough.")] = RoleModel()
