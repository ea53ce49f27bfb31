"""Every setting is either harmless in the hands of a repository, judged by its value, or out of its reach."""

from typing import Any

import pytest

from mycoder.config.key_paths import KeyPath, join_key
from mycoder.config.keys import ANY, Key, all_keys
from mycoder.config.repository import FREE, JUDGED, forbidden, kind_of
from mycoder.config.settings import Settings

REFUSED = {
    "base_url", "pass_env", "models.*.base_url", "models.*.key_env", "models.*.extra", "models.*.input_price",
    "models.*.cached_price", "models.*.output_price", "policy.allow", "ui.keys", "undo.days", "undo.megabytes",
    "sandbox_network.allow", "sandbox_container.image", "sandbox_container.engine", "memory.budget",
    "retrieval.embeddings_url", "retrieval.embeddings_model", "retrieval.embeddings_key_env", "retrieval.embeddings_seconds",
    "checkpoints.enabled", "tests.may_change", "checkpoints.kept", "memory.dream", "workflow.set", "memory.dream_days", "memory.dream_tokens", "memory.idle_seconds",
    "skills.enabled", "skills.budget",
}  # fmt: skip
"""Where keys are sent, what commands see and reach, what is approved or rebound, what things cost, and what is
kept: nothing for a repository to say."""


def path_of(key: Key) -> KeyPath:
    return tuple("x" if part == ANY else part for part in key.path)


def name_of(key: Key) -> str:
    path = key.path
    return ".".join(
        "*" if part == ANY or (n == 1 and path[0] == "roles") else part for n, part in enumerate(path)
    )


@pytest.mark.parametrize("key", all_keys(), ids=lambda key: join_key(key.path))
def test_every_key_of_the_schema_is_classified(key: Key) -> None:
    name = name_of(key)
    places = [name in FREE, name in JUDGED, name in REFUSED or name.startswith(("roles.*.input", "roles.*.cached",
              "roles.*.output"))]  # fmt: skip
    assert sum(places) == 1, (
        f"{name} is a new setting: may a repository choose it freely (FREE), with conditions (JUDGED and a case in "
        "`forbidden`), or not at all (REFUSED in this test)?"
    )


@pytest.mark.parametrize("key", all_keys(), ids=lambda key: join_key(key.path))
def test_what_is_not_listed_is_refused_with_any_value(key: Key) -> None:
    path = path_of(key)
    values: list[Any] = ["x", ("x",), 1, 0, True, {}]
    if not kind_of(path):
        for value in values:
            assert forbidden(path, value, Settings(), is_set=False)
            assert forbidden(path, value, Settings(), is_set=True)
    elif kind_of(path) == "free":
        assert not forbidden(path, key.default, Settings(), is_set=True)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("mode",), "auto"),
        (("sandbox",), "off"),
        (("model",), "scripted/evil.py"),
        (("prefer",), ("openai", " Scripted/evil.py")),
        (("models", "x", "name"), "SCRIPTED/evil.py"),
        (("roles", "judge", "model"), "scripted/evil.py"),
        (("limits", "max_cost"), 9.0),
        (("limits", "max_cost"), 0),
        (("limits", "max_steps"), 10_000),
        (("agents", "most"), 10_000),
        (("agents", "depth"), 3),
        (("agents", "max_cost"), 0),
        (("roles", "code", "budget"), 0),
        (("memory", "enabled"), True),
        (("repair", "ask"), False),
        (("memory", "budget"), 1),
        (("some", "future", "key"), True),
        (("ui", "keys"), {"allow": "enter"}),
    ],
)
def test_nothing_is_weakened(path: KeyPath, value: Any) -> None:
    from msgspec import convert

    mine = {
        "mode": "ask", "sandbox": "required", "limits": {"max_cost": 2.0, "max_steps": 50},
        "agents": {"max_cost": 1.0}, "roles": {"code": {"budget": 1.0}},
    }  # fmt: skip
    assert forbidden(path, value, convert(mine, Settings), is_set=True)


def test_it_may_be_made_stricter() -> None:
    for path, value in (
        (("mode",), "plan"), (("sandbox",), "required"), (("policy", "deny"), ("shell(rm *)",)),
        (("agents", "most"), 2), (("memory", "enabled"), False), (("limits", "max_steps"), 5),
    ):  # fmt: skip
        assert not forbidden(path, value, Settings(), is_set=True)
