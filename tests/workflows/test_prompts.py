"""Slash commands in files: finding them, and putting in what was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.workflows.prompts import parse, places, read


def write(folder, name, text):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_the_stronger_place_wins_and_folders_are_part_of_the_name(tmp_path):
    root, config = tmp_path / "root", tmp_path / "config"
    write(config / "commands", "review.md", "Mine.")
    write(
        root / ".claude/commands", "review.md", "---\ndescription: 'Looks: closely'\n---\nTheirs: $ARGUMENTS"
    )
    write(root / ".claude/commands", "git/Tidy.md", "---\nargument-hint: [branch]\n---\nTidy $1.")
    write(root / ".mycoder/commands", "empty.md", "---\ndescription: x\n---\n")
    write(root / ".mycoder/commands", "no name.md", "Body.")
    write(root / ".mycoder/commands", "notes.txt", "Body.")
    found = read(places(root, config, is_trusted=True))
    assert {name: (each.summary, each.usage) for name, each in found.items()} == {
        "git-tidy": ("Tidy $1.", "[branch]"),
        "review": ("Looks: closely", "[words]"),
    }
    assert {name: each.body for name, each in read(places(root, config, is_trusted=False)).items()} == {
        "review": "Mine."
    }


def test_what_a_link_leads_to_was_not_trusted(tmp_path):
    write(tmp_path / "elsewhere", "evil.md", "Body.")
    (tmp_path / "root/.mycoder/commands").mkdir(parents=True)
    (tmp_path / "root/.mycoder/commands/deep").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "root/.claude").mkdir()
    (tmp_path / "root/.claude/commands").symlink_to(tmp_path / "elsewhere")
    assert read(places(tmp_path / "root", tmp_path / "config", is_trusted=True)) == {}


@pytest.mark.parametrize(
    ("body", "typed", "filled"),
    [
        ("Fix $ARGUMENTS now.", "the $1 bug", "Fix the $1 bug now."),
        ("From $1 to $2.", "'a b' c", "From a b to c."),
        ("From $1 to $2.", "it's", "From it's to ."),
        ("Costs $10 and $ARGUMENTSX.", "more", "Costs $10 and $ARGUMENTSX.\n\nmore"),
        ("Fix it.", "", "Fix it."),
    ],
)
def test_what_was_typed_is_put_in_once(body, typed, filled):
    command = parse(body, "x")
    assert command is not None
    assert command.filled(typed) == filled


@given(st.text(min_size=1), st.text())
def test_no_text_and_no_arguments_break_it(text, arguments):
    command = parse(text, "x")
    assert command is None or command.filled(arguments) is not None
    assert parse("Do $ARGUMENTS!", "x").filled(arguments) == f"Do {arguments.strip()}!"
