"""From settings to models: which one, where it is served, with which parameters and time limits."""

from collections.abc import Mapping
from typing import Any

import msgspec

from mycoder.config.role_settings import RoleModel
from mycoder.config.settings import ModelSettings, Settings
from mycoder.models.model import Model, Timeouts
from mycoder.models.registry import KeyLookup, ModelUnavailable, open_model

PER_MILLION = 1e-6
SET_UP = (
    "/setup chooses a provider and tries a key; /model PROVIDER/NAME names a model, also of a local server."
)
"""What to do in a session with a person who has no model."""


class Connection:
    """Opens the models of one session. `env` holds keys, base URLs and proxies."""

    def __init__(
        self, settings: Settings, env: Mapping[str, str], key_lookup: KeyLookup | None = None
    ) -> None:
        self._settings, self._env, self._key_lookup = settings, env, key_lookup

    async def first(self, name: str = "", hint: str = "") -> Model:
        """The model `name`, else the configured one, else the first in reach, else none that can be asked.

        `hint` is what to do about having none, instead of what a shell would be told.
        Raises ModelUnavailable for one that was named or found, and cannot be used as the settings say.
        """
        name = name or self._settings.model
        if name:
            return self.open(name)
        from mycoder.models.absent import AbsentModel  # late: only where no model is named
        from mycoder.models.choice import choose_model  # late: as above

        try:
            name = await choose_model(self._env, self._settings.prefer, self._key_lookup)
        except ModelUnavailable as missing:
            return AbsentModel(missing.message, hint or missing.hint)
        return self.open(name)

    def open(self, name: str, role: RoleModel = RoleModel()) -> Model:
        """The model `name`: a section of the settings, or provider/model. Raises ModelUnavailable.

        What `role` sets takes the place of what the model's section says.
        """
        settings = self._settings
        special = _in_role(self._section(name, role), role)
        retry = settings.retry
        return open_model(
            special.name or name,
            base_url=special.base_url or settings.base_url,
            env=self._env,
            timeouts=Timeouts(
                connect=retry.connect_seconds, first_token=retry.first_token_seconds, idle=retry.idle_seconds
            ),
            key_lookup=self._key_lookup,
            key_env=special.key_env,
            tools=special.tools,
            facts=_facts(special),
            parameters=_parameters(special),
        )

    def _section(self, name: str, role: RoleModel) -> ModelSettings:
        """The section `name`. A role that names no model is played by the session's, which is known by its full
        name here: then it is the section that has this name."""
        models = self._settings.models
        if name in models or role.model or role == RoleModel():
            return models.get(name, ModelSettings())
        return next((section for section in models.values() if section.name == name), ModelSettings())


def _in_role(special: ModelSettings, role: RoleModel) -> ModelSettings:
    names = [name for name in ModelSettings.__struct_fields__ if hasattr(role, name)]
    given = {name: value for name in names if (value := getattr(role, name)) is not None}
    shared = {name: value for name, value in given.items() if name != "window" or value}
    return msgspec.structs.replace(special, **shared)


def _parameters(special: ModelSettings) -> dict[str, Any]:
    """Fields of each request to the model."""
    named = {"temperature": special.temperature, "max_tokens": special.max_tokens}
    return {k: v for k, v in named.items() if v is not None} | special.extra


def _facts(special: ModelSettings) -> dict[str, Any]:
    """Fields of the model's card that the settings give; prices there are per million tokens."""
    prices = {
        "input_price": special.input_price,
        "cached_price": special.cached_price,
        "output_price": special.output_price,
    }
    facts: dict[str, Any] = {k: v * PER_MILLION for k, v in prices.items() if v is not None}
    return facts | ({"window": special.window} if special.window else {})
