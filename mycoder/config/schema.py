"""The JSON schema of `config.toml`, for editors that complete and check as one types."""

from pathlib import Path
from typing import Any

import msgspec

from mycoder.config.role_settings import RoleModel
from mycoder.config.settings import Settings
from mycoder.config.workflow_settings import Workflow

SHIPPED = Path(__file__).with_name("schema.json")
"""Made by ``mycoder config schema > mycoder/config/schema.json``; a test holds it against the types."""

_SHORT = tuple(kind.__name__ for kind in (RoleModel, Workflow))
"""Sections for which a bare text may stand."""


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12. Keys that are not known are forbidden, so that an editor marks a typing error."""
    (reference,), definitions = msgspec.json.schema_components((Settings,), ref_template="#/$defs/{name}")
    for name, definition in definitions.items():
        definition["additionalProperties"] = False
        if name in _SHORT:
            definitions[name] = {"anyOf": [{"type": "string"}, definition]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of mycoder",
        **reference,
        "$defs": dict(sorted(definitions.items())),
    }


def as_json() -> str:
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"
