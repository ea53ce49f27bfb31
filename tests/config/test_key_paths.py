"""Dotted keys, and the lines on which they stand in a file."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.config.errors import ConfigError
from mycoder.config.key_paths import join_key, split_key
from mycoder.config.toml_lines import line_of

names = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("model", ("model",)),
        ("limits.max_steps", ("limits", "max_steps")),
        (' models . "openai/gpt-5.1" . window ', ("models", "openai/gpt-5.1", "window")),
        ("models.'a\"b'.window", ("models", 'a"b', "window")),
        ('"a\\u00e9\\"".b', ('aé"', "b")),
        ('""', ("",)),
    ],
)
def test_split(text: str, parts: tuple[str, ...]) -> None:
    assert split_key(text) == parts


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a..b", "a b", "a/b", '"a', "'a", '"a\\', '"', 'a."b"c', '"\\q"']
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a key"):
        split_key(text)


@given(st.lists(names, min_size=1, max_size=4).map(tuple))
@settings(deadline=None)
def test_joined_keys_split_into_the_same_parts(parts: tuple[str, ...]) -> None:
    assert split_key(join_key(parts)) == parts


@given(st.lists(names, min_size=1, max_size=4).map(tuple))
@settings(deadline=None)
def test_joined_keys_are_toml(parts: tuple[str, ...]) -> None:
    value = tomllib.loads(f"{join_key(parts)} = 1")
    for part in parts:
        value = value[part]
    assert value == 1


TEXT = '''\
# a comment = 1
model = "x = y # no"   # b = 2
prefer = [
  "a", # limits = 3
  "[tests]",
]

[limits] # max_steps
  max_steps = 3
"max_cost" = 1.0
[models."a.b]#"]
name = """
window = 3
[ui]
""\\""
"""
literal = \'\'\'
x = 1 \'\'\'\'\'
window = 5
[[hooks]]
run = { inner = 1, other = [1,
 2] }
[a.b.c]
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("model",), 2),
        (("prefer",), 3),
        (("limits",), 8),
        (("limits", "max_steps"), 9),
        (("limits", "max_cost"), 10),
        (("models", "a.b]#"), 11),
        (("models", "a.b]#", "name"), 12),
        (("models", "a.b]#", "literal"), 17),
        (("models", "a.b]#", "window"), 19),
        (("hooks", "run"), 21),
        (("hooks", "run", "inner"), 21),
        (("a", "b", "c"), 23),
        (("ui",), 0),
        (("window",), 0),
    ],
)
def test_line_of(key: tuple[str, ...], line: int) -> None:
    tomllib.loads(TEXT)
    assert line_of(TEXT, key) == line


scalars = st.one_of(st.integers(), st.booleans(), names, st.lists(names, max_size=3))


@given(st.dictionaries(names, st.one_of(scalars, st.dictionaries(names, scalars, max_size=3)), max_size=5))
@settings(deadline=None, max_examples=60)
def test_every_key_of_a_written_file_is_found_on_its_line(tree: dict) -> None:
    import tomlkit  # late: heavy, and only this test needs it

    text = tomlkit.dumps(tree)
    lines = text.split("\n")
    for name, value in tree.items():
        inner_names = value if isinstance(value, dict) else ()
        for key in [(name,), *((name, inner) for inner in inner_names)]:
            line = lines[line_of(text, key) - 1].strip()
            if line.startswith("["):
                assert split_key(line[1:-1]) == key
            else:
                assert " = " in line
                assert line_of(text, key) > 0
