"""Roles → models: who plans, codes, debugs, designs tests, judges, summarises and finds titles.

A role that is not configured is played by the session's model, whichever that is at the moment.
"""

from collections.abc import Callable

import msgspec

from mycoder.config.role_settings import RoleModel
from mycoder.config.role_settings import Roles as RoleSettings
from mycoder.models.model import Model

ROLES: tuple[str, ...] = RoleSettings.__struct_fields__
"""Names as they stand in ``[roles]``; ``design-tests`` is another spelling of ``design_tests``."""

_UNSET = RoleModel()

OpenRole = Callable[[str, RoleModel], Model]
"""Opens the model of that name with the parameters of a role. Raises ModelUnavailable."""


def role_name(role: str) -> str:
    """The name of a role as the settings have it. Raises KeyError, naming the known ones, for any other."""
    name = role.strip().lower().replace("-", "_")
    if name not in ROLES:
        raise KeyError(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
    return name


class Roles:
    """Opens each role's model once. `usual` gives the session's model, which may change while it runs."""

    def __init__(self, settings: RoleSettings, open_role: OpenRole, usual: Callable[[], Model]) -> None:
        self._settings, self._open, self._usual = settings, open_role, usual
        self._opened: dict[tuple[str, RoleModel], Model] = {}

    def settings(self, role: str) -> RoleModel:
        """What is configured for `role`: parameters, prices and limits. Raises KeyError."""
        found: RoleModel = getattr(self._settings, role_name(role))
        return found

    def open(self, role: str, *, model: str = "", temperature: float | None = None) -> Model:
        """The model that plays `role`. Raises KeyError for an unknown role, ModelUnavailable.

        `model` and `temperature` take the place of what is configured, e.g. for one node of a workflow.
        """
        wanted = self.settings(role)
        changes = {"model": model} if model else {}
        wanted = msgspec.structs.replace(wanted, **changes)
        if temperature is not None:
            wanted = msgspec.structs.replace(wanted, temperature=temperature)
        if _about_the_model(wanted) == _UNSET:
            return self._usual()
        name = wanted.model or self._usual().name
        key = (name, _about_the_model(wanted))
        if key not in self._opened:
            self._opened[key] = self._open(name, wanted)
        return self._opened[key]

    def has_opened(self, model: Model) -> bool:
        """Whether `model` is one of those that are closed here."""
        return any(model is opened for opened in self._opened.values())

    def spent(self, role: str, calls: int, cost: float) -> str:
        """Which limit of `role` so many replies and so many dollars have reached, with what to do; or nothing."""
        limits, name = self.settings(role), role_name(role)
        if limits.max_calls and calls >= limits.max_calls:
            return f"The role {name} has used its {limits.max_calls} replies: raise roles.{name}.max_calls."
        if limits.budget and cost >= limits.budget:
            return f"The role {name} has used its ${limits.budget:g}: raise roles.{name}.budget."
        return ""

    async def aclose(self) -> None:
        """Closes what was opened here; the session's own model is left to the session."""
        opened, self._opened = list(self._opened.values()), {}
        for model in opened:
            await model.aclose()


def _about_the_model(role: RoleModel) -> RoleModel:
    """Without the limits, which are not the model's."""
    return msgspec.structs.replace(role, max_calls=0, budget=0.0)
