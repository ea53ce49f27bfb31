"""Answers that must be JSON of a given schema (``--output-schema``)."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

LARGEST = 1_000_000


class SchemaError(Exception):
    """The schema file cannot be used; the message says why."""


class AnswerError(Exception):
    """The answer does not match; the message tells the model what to correct."""


class AnswerSchema:
    """A JSON schema that an answer is held against. References to other documents are never fetched."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Raises SchemaError when `schema` is not a valid JSON schema."""
        # late and by name: only this option needs it (60 ms), and the package has no types to check
        self._jsonschema = import_module("jsonschema")
        kind = self._jsonschema.validators.validator_for(schema, self._jsonschema.Draft202012Validator)
        try:
            kind.check_schema(schema)
        except self._jsonschema.SchemaError as error:
            raise SchemaError(f"is not a valid JSON schema: {error.message}") from error
        self.schema = dict(schema)
        self._validator = kind(schema, registry=import_module("referencing").Registry())

    @classmethod
    def read(cls, path: Path) -> "AnswerSchema":
        """Raises SchemaError."""
        try:
            with open(path, "rb") as file:
                schema = msgspec.json.decode(file.read(LARGEST + 1))
        except OSError as error:
            raise SchemaError(f"{path} cannot be read: {error.strerror}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SchemaError(f"{path} is not JSON: {error}") from error
        if not isinstance(schema, dict):
            raise SchemaError(f"{path} does not hold a JSON object")
        try:
            return cls(schema)
        except SchemaError as error:
            raise SchemaError(f"{path} {error}") from error

    def parse(self, answer: str) -> Any:
        """The JSON value in `answer`, which may stand in one code fence. Raises AnswerError."""
        text = unfenced(answer)
        try:
            value = msgspec.json.decode(text)
            fault = self._jsonschema.exceptions.best_match(self._validator.iter_errors(value))
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise AnswerError(f"it is not one JSON value: {error}") from error
        except import_module("referencing").exceptions.Unresolvable as error:
            raise AnswerError(f"the schema refers to {error.ref}, which is not in it") from error
        except RecursionError as error:
            raise AnswerError("it is nested too deeply") from error
        if fault is not None:
            raise AnswerError(f"at {fault.json_path}: {fault.message[:500]}")
        return value

    def request(self) -> str:
        """What the model is told."""
        text = msgspec.json.encode(self.schema).decode()
        return (
            "When you are done, your last message must be exactly one JSON value that is valid under this "
            f"JSON schema, with no words around it:\n{text}"
        )


def unfenced(text: str) -> str:
    """`text` without the one code fence that may stand around all of it."""
    text = text.strip()
    if not (text.startswith("```") and text.endswith("```") and text.count("```") == 2):
        return text
    return text.partition("\n")[2].removesuffix("```").strip()
