"""The list of keys: complete, without clashes, and the same in the documentation."""

from pathlib import Path

from mycoder.session.slash.registry import all_commands
from mycoder.ui.tui import registry
from mycoder.ui.tui.commands.blocks import CHAT_KEYS, steps_since

DOCUMENT = Path(__file__).parents[2] / "docs" / "keys.md"


def test_ids_are_unique_and_no_key_is_taken_twice():
    ids = [command.id for command in registry.all_commands()]
    assert len(ids) == len(set(ids))
    assert registry.key_problems({}) == []
    assert all(registry.find(name) for name in CHAT_KEYS.values())


def test_a_bad_key_map_is_told():
    problems = registry.key_problems({"nothing": "f9", "view.find": "f1"})
    assert problems[0] == "ui.keys: there is no action 'nothing'"
    assert "f1 is both" in problems[1]


def test_every_slash_command_of_a_face_is_carried_out_by_the_face():
    assert all(registry.by_slash(command.name) for command in all_commands() if command.run is None)


def test_the_documentation_lists_the_keys():
    text = DOCUMENT.read_text()
    for command, keys in registry.live_keys({}):
        shown = ", ".join(f"`{key}`" for key in keys.split(","))
        assert f"| `{command.id}` | {shown} | {command.title} |" in text


def test_undo_of_a_block_takes_back_what_came_after_it_too():
    assert steps_since([5, 9, 20], 8, 15) == 2
    assert steps_since([5, 9, 20], 4, 100) == 3
    assert steps_since([5, 9, 20], 10, 15) == 0
    assert steps_since([], 0, 100) == 0
