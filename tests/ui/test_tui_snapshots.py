"""Whole screens, fed by event files. `pytest --snapshot-update` on this file accepts new ones."""

import pytest

from mycoder.ui.door import OpenError
from tests.ui.staged import PROVIDERS, SCENES, TRUST, app_on, scene
from tests.ui.waiting import at_rest, press

LOOKS = {"small": ((80, 24), "dusk"), "medium": ((120, 36), "paper"), "large": ((200, 60), "ansi")}
"""Every scene in every size and in every kind of theme."""
MATRIX = [(size, theme) for size in ((80, 24), (120, 36), (200, 60)) for theme in ("dusk", "paper", "ansi")]
ALL = sorted(file.stem for file in SCENES.glob("*.jsonl"))


def waiting(*keys):
    async def before(pilot):
        await at_rest(pilot.app)
        for key in keys:
            if key.startswith("run:"):
                pilot.app.run_command(key.removeprefix("run:"))
            else:
                await press(pilot, key)
            await at_rest(pilot.app)

    return before


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ALL)
def test_scene(snap_compare, name, look):
    size, theme = LOOKS[look]
    keys = ("ctrl+b",) if name == "sidebar" else ()
    assert snap_compare(app_on(scene(name), theme=theme), terminal_size=size, run_before=waiting(*keys))


@pytest.mark.parametrize(("size", "theme"), MATRIX)
def test_conversation_in_every_combination(snap_compare, size, theme):
    assert snap_compare(app_on(scene("conversation"), theme=theme), terminal_size=size, run_before=waiting())


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("sessions", ("f3",)),
        ("settings", ("f2", "down")),
        ("keys", ("f1",)),
        ("palette", ("ctrl+p",)),
        ("themes", ("run:look.theme",)),
        ("mention", ("at", "c", "a")),
        ("queue", ("l", "a", "t", "e", "r", "enter", "m", "o", "r", "e", "enter")),
        ("cursor", ("alt+up", "alt+up", "alt+up")),
        ("find", ("ctrl+f", "s", "h", "o", "p")),
    ],
)
def test_what_is_opened_by_keys(snap_compare, name, keys, look):
    size, theme = LOOKS[look]
    app = app_on(scene("tools" if name == "queue" else "conversation"), theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=waiting(*keys))


@pytest.mark.parametrize("look", LOOKS)
def test_first_run(snap_compare, look):
    size, theme = LOOKS[look]
    error = OpenError("No model is in reach.", "Set a key, or start a local server.", needs_model=True)
    app = app_on(error, theme=theme, providers=PROVIDERS)
    assert snap_compare(app, terminal_size=size, run_before=waiting())


@pytest.mark.parametrize("look", LOOKS)
def test_trust(snap_compare, look):
    size, theme = LOOKS[look]
    assert snap_compare(app_on(theme=theme, trust=TRUST), terminal_size=size, run_before=waiting())


def test_the_choices_of_a_question_stay_in_view_on_a_small_terminal(snap_compare):
    app = app_on(scene("repair_choice"), theme="dusk")
    assert snap_compare(app, terminal_size=(60, 20), run_before=waiting())


def test_ascii_signs(snap_compare):
    assert snap_compare(app_on(scene("tests_red"), is_ascii=True), run_before=waiting())


def test_no_color(snap_compare, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(app_on(scene("conversation")), run_before=waiting())
