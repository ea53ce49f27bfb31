"""Which of several patches is right, asked in both faces."""

import pytest

from mycoder.protocol.commands import Answer
from mycoder.ui.line.answers import judge
from mycoder.ui.played import load
from tests.ui.staged import SCENES, app_on, scene, shown
from tests.ui.waiting import at_rest, press

NAME = "repair_choice"


def sent(session):
    return [command for command in session.sent if isinstance(command, Answer)]


@pytest.mark.parametrize(("keys", "choice"), [("1", "patch-0"), ("3", "patch-2")])
async def test_a_number_and_enter_take_a_patch(keys, choice):
    session = scene(NAME)
    app = app_on(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_rest(app)
        for key in (*keys, "enter"):
            app.hands.now += 0.6
            await press(pilot, key)
        await at_rest(app)
        assert sent(session) == [Answer(ask_id="ask-1", choice=choice)]


async def test_none_of_them_takes_words_about_why():
    session = scene(NAME)
    app = app_on(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_rest(app)
        for key in ("5", "enter"):
            app.hands.now += 0.6
            await press(pilot, key)
        await press(pilot, *"raise", "enter")
        await at_rest(app)
        assert sent(session) == [Answer(ask_id="ask-1", choice="deny", note="raise")]


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (200, 60)])
async def test_every_choice_is_in_view_with_what_it_does(size):
    app = app_on(scene(NAME))
    async with app.run_test(size=size):
        await at_rest(app)
        seen = shown(app)
        for words in (
            "What should clamp(-3, 4, 10) do?",
            "returns 4",
            "returns False",
            "returns 40",
            "none of them",
        ):
            assert words in seen
        assert "+         return low" in seen
        assert "Esc" in seen


async def test_the_page_keys_scroll_the_diffs_and_not_the_session():
    app = app_on(scene(NAME))
    async with app.run_test(size=(60, 20)) as pilot:
        await at_rest(app)
        chat = app.conversation.chat.scroll_y
        assert "return high - high" not in shown(app)
        for _ in range(6):
            await press(pilot, "pagedown")
        await at_rest(app)
        assert "return high - high" in shown(app)
        assert app.conversation.chat.scroll_y == chat
        for _ in range(6):
            await press(pilot, "pageup")
        await at_rest(app)
        assert "return low" in shown(app)


async def test_a_terminal_that_becomes_small_keeps_the_choices():
    app = app_on(scene(NAME))
    async with app.run_test(size=(200, 60)) as pilot:
        await at_rest(app)
        await pilot.resize_terminal(60, 20)
        await at_rest(app)
        assert "none of them" in shown(app)
        assert "stops the turn" in shown(app)


@pytest.mark.parametrize(
    ("line", "choice", "note"),
    [
        ("2", "patch-1", ""),
        ("5 it should raise", "deny", "it should raise"),
        ("2 because", "", ""),
        ("6", "", ""),
    ],
)
def test_the_line_face_takes_a_number_and_a_reason_only_for_none(line, choice, note):
    asked = load(SCENES / f"{NAME}.jsonl")[-1]
    verdict = judge(asked, line, waited=2.0, was_typing=False)
    assert (verdict.kind, verdict.choice, verdict.note) == ("answer" if choice else "unclear", choice, note)
