"""Answers that must match a schema."""

import json
from pathlib import Path

import pytest

from mycoder.ui.headless.answers import AnswerError, AnswerSchema, SchemaError, unfenced

SCHEMA = {
    "type": "object",
    "properties": {"bug": {"type": "string"}, "line": {"type": "integer", "minimum": 1}},
    "required": ["bug", "line"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "answer",
    ['{"bug": "x", "line": 3}', '\n```json\n{"bug": "x", "line": 3}\n```\n', '```\n{"bug":"x","line":3}```'],
)
def test_json_with_or_without_one_fence(answer: str) -> None:
    assert AnswerSchema(SCHEMA).parse(answer) == {"bug": "x", "line": 3}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", "not one JSON value"),
        ('Here it is: {"bug": "x", "line": 3}', "not one JSON value"),
        ('{"bug": "x", "line": 3} {}', "not one JSON value"),
        ('```json\n{"bug": "x", "line": 3}\n```\n```json\n{}\n```', "not one JSON value"),
        ('{"bug": "x"}', r"at \$: 'line' is a required property"),
        ('{"bug": "x", "line": 0}', r"at \$\.line: 0 is less than the minimum of 1"),
        ('{"bug": "x", "line": true}', r"at \$\.line: True is not of type 'integer'"),
        ('{"bug": "\ud800", "line": 1}', "not one JSON value"),
    ],
)
def test_what_does_not_match_is_explained(answer: str, words: str) -> None:
    with pytest.raises(AnswerError, match=words):
        AnswerSchema(SCHEMA).parse(answer)


def test_deep_nesting_is_no_crash() -> None:
    with pytest.raises(AnswerError, match="nested too deeply"):
        AnswerSchema(SCHEMA).parse("[" * 100_000)


def test_any_type_can_be_asked_for() -> None:
    assert AnswerSchema({"type": "array", "items": {"type": "integer"}}).parse("[1, 2]") == [1, 2]
    assert AnswerSchema({"enum": [None, "x"]}).parse("null") is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "does not hold a JSON object"),
        ('{"type": "strange"}', "is not a valid JSON schema"),
        ('{"type": 3}', "is not a valid JSON schema"),
    ],
)
def test_a_schema_that_cannot_be_used(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "schema.json"
    file.write_text(content)
    with pytest.raises(SchemaError, match=words) as caught:
        AnswerSchema.read(file)
    assert str(file) in str(caught.value)


def test_a_schema_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="cannot be read: No such file"):
        AnswerSchema.read(tmp_path / "none")


def test_nothing_is_fetched_for_a_reference() -> None:
    schema = AnswerSchema({"$ref": "http://127.0.0.1:9/schema.json"})
    with pytest.raises(AnswerError, match=r"refers to http://127\.0\.0\.1:9/schema\.json"):
        schema.parse("{}")


def test_references_inside_work() -> None:
    schema = AnswerSchema({"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}})
    assert schema.parse("3") == 3
    with pytest.raises(AnswerError):
        schema.parse('"3"')


def test_the_model_is_told_the_whole_schema() -> None:
    assert json.dumps(SCHEMA, separators=(",", ":")) in AnswerSchema(SCHEMA).request()


@pytest.mark.parametrize("text", ["no fence", "```only one", "a ```b``` c", ""])
def test_what_is_no_whole_fence_stays(text: str) -> None:
    assert unfenced(text) == text
