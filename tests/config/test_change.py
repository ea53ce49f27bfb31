"""Changing the settings file, and what is made from the settings' types."""

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.config import keys
from mycoder.config.change import set_value, unset_value
from mycoder.config.errors import ConfigError
from mycoder.config.layers import load
from mycoder.config.schema import SHIPPED, as_json

BEFORE = """\
# my settings
model = "a"  # the good one

[limits]
# not too much
max_steps = 5

[models."x/y"]
window = 3
"""


def test_comments_and_order_stay(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(BEFORE)
    set_value(file, "limits.max_steps", "9")
    assert file.read_text() == BEFORE.replace("max_steps = 5", "max_steps = 9")
    set_value(file, "model", "b")
    assert 'model = "b"  # the good one' in file.read_text()


def test_a_new_key_at_the_top_does_not_fall_into_a_table(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(BEFORE)
    set_value(file, "mode", "plan")
    set_value(file, "tests.baseline", "no")
    set_value(file, 'models."x/y".temperature', "0.5")
    set_value(file, "policy.deny", "a, b")
    assert tomllib.loads(file.read_text()) == {
        "model": "a",
        "mode": "plan",
        "limits": {"max_steps": 5},
        "models": {"x/y": {"window": 3, "temperature": 0.5}},
        "tests": {"baseline": False},
        "policy": {"deny": ["a", "b"]},
    }


def test_a_file_that_is_not_there_is_made_private(tmp_path: Path) -> None:
    file = tmp_path / "new/mycoder/config.toml"
    set_value(file, 'models."a.b/c".window', "7")
    assert file.read_text() == '[models."a.b/c"]\nwindow = 7\n'
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in file.parent.iterdir()] == ["config.toml"]


def test_mode_and_link_are_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.toml", tmp_path / "config.toml"
    real.write_text("")
    real.chmod(0o644)
    link.symlink_to(real)
    set_value(link, "model", "x")
    assert link.is_symlink()
    assert real.read_text() == 'model = "x"\n'
    assert real.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("before", "key", "text", "words"),
    [
        ("", "limits.max_step", "3", "did you mean limits.max_steps"),
        ("", "limits.max_steps", "x", "limits.max_steps: expected int"),
        ("", "limits", "3", "is a section"),
        ("", "mode", "yolo", "plan, ask, edit or auto"),
        ("", "a b", "x", "is not a key"),
        ("limits = 3\n", "limits.max_steps", "3", "one value here"),
        ("x = = 3\n", "model", "x", "not valid TOML"),
        ("", "model", "\udc80", "UTF-8"),
    ],
)
def test_what_cannot_be_set_leaves_the_file(
    tmp_path: Path, before: str, key: str, text: str, words: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(before)
    with pytest.raises(ConfigError, match=words):
        set_value(file, key, text)
    assert file.read_text() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot be (written|read)"):
        set_value(tmp_path / "file/mycoder/config.toml", "model", "x")


def test_unset(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(BEFORE)
    assert unset_value(file, "limits.max_steps")
    assert not unset_value(file, "limits.max_steps")
    assert not unset_value(file, "tests.seconds")
    assert unset_value(file, "models")
    assert tomllib.loads(file.read_text()) == {"model": "a", "limits": {}}
    assert "# my settings" in file.read_text()


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
@settings(max_examples=40, deadline=None)
def test_any_text_that_is_set_is_what_is_loaded(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    home = tmp_path_factory.mktemp("home")
    set_value(home / ".config/mycoder/config.toml", "test_command", text)
    loaded = load(home, flags={}, env={"HOME": str(home)}, is_trusted=False)
    assert loaded.settings.test_command == text


def test_the_shipped_schema_is_that_of_the_types() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == as_json(), "make it anew: mycoder config schema"


def test_every_key_has_words_for_people() -> None:
    listed = list(keys.all_keys())
    assert len({key.name for key in listed}) == len(listed) > 40
    for key in listed:
        assert key.description.endswith("."), key.name
        assert keys.find(key.path) is not None, key.name


def test_the_schema_forbids_unknown_keys_everywhere() -> None:
    definitions = json.loads(as_json())["$defs"]
    tables = [d["anyOf"][-1] if "anyOf" in d else d for d in definitions.values()]
    assert all(table["additionalProperties"] is False for table in tables)
