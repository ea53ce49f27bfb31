import json
from typing import Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.agent.arguments import BadArguments, convert, parse


class Pair(msgspec.Struct, forbid_unknown_fields=True):
    old: str
    new: str = ""


class Read(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    path: str
    offset: int = 1
    regex: bool | None = None
    kind: Literal["a", "b"] = "a"
    selection: list[str] = []
    edits: tuple[Pair, ...] = ()


@pytest.mark.parametrize(
    "raw",
    [
        '{"path": "a.py"}',
        '"{\\"path\\": \\"a.py\\"}"',
        '{"path": "a.py",}',
        "{'path': 'a.py'}",
        '```json\n{"path": "a.py"}\n```',
        '[{"path": "a.py"}]',
        ' {"path":\n"a.py"} ',
    ],
)
def test_the_usual_forms_of_nearly_json_are_understood(raw):
    assert parse(raw) == {"path": "a.py"}


@pytest.mark.parametrize("raw", ["", "  ", "null", "{}"])
def test_nothing_means_no_arguments(raw):
    assert parse(raw) == {}


@pytest.mark.parametrize("raw", ['{"path": "a.p', "path=a.py", "[1, 2]", "17", "true"])
def test_what_is_not_an_object_is_answered_in_words(raw):
    with pytest.raises(BadArguments) as wrong:
        parse(raw)
    assert "argument" in str(wrong.value)


def test_a_cut_off_object_is_called_that():
    with pytest.raises(BadArguments, match="cut off"):
        parse('{"path": "a.p')


@pytest.mark.parametrize(
    ("values", "field", "expected"),
    [
        ({"file_path": "a"}, "path", "a"),
        ({"Path": "a"}, "path", "a"),
        ({"path": "a", "offset": "12"}, "offset", 12),
        ({"path": "a", "start_line": 3}, "offset", 3),
        ({"path": "a", "regex": "true"}, "regex", True),
        ({"path": "a", "regex": None}, "regex", None),
        ({"path": "a", "offset": None}, "offset", 1),
        ({"path": "a", "selection": "t.py::x"}, "selection", ["t.py::x"]),
        ({"path": "a", "selection": '["x", "y"]'}, "selection", ["x", "y"]),
        ({"path": "[1]"}, "path", "[1]"),
        ({"path": "7"}, "path", "7"),
        ({"path": "a", "kind": "b"}, "kind", "b"),
        ({"path": "a", "edits": [{"old_string": "x", "new_string": "y"}]}, "edits", (Pair("x", "y"),)),
        ({"path": "a", "edits": '[{"old": "x"}]'}, "edits", (Pair("x"),)),
        ({"path": "a", "edits": {"old": "x"}}, "edits", (Pair("x"),)),
    ],
)
def test_names_and_types_are_mended(values, field, expected):
    assert getattr(convert(values, Read), field) == expected


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "path"),
        ({"path": "a", "colour": "red"}, "colour"),
        ({"path": "a", "offset": "soon"}, "offset"),
        ({"path": "a", "kind": "c"}, "kind"),
        ({"path": {"a": 1}}, "path"),
    ],
)
def test_what_cannot_be_mended_names_the_argument(values, said):
    with pytest.raises(BadArguments, match=said):
        convert(values, Read)


@given(raw=st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_text_crashes_it(raw):
    try:
        parsed = parse(raw)
    except BadArguments:
        return
    assert isinstance(parsed, dict)


@given(
    value=st.dictionaries(
        st.text(max_size=5), st.text(max_size=5) | st.integers() | st.booleans(), max_size=4
    )
)
@settings(max_examples=200, deadline=None)
def test_valid_json_means_itself(value):
    assert parse(json.dumps(value)) == value
