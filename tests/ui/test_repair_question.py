"""Which of several patches is right, asked in both faces."""

import msgspec
import pytest

from mycoder.protocol import commands
from mycoder.protocol.events import AskSettled
from mycoder.repair.outcome import Answer, Choice, Patch, RepairOutcome
from mycoder.ui.line.answers import judge
from mycoder.ui.played import load
from mycoder.workflows.repair_choice import Picked, pick
from tests.ui.staged import SCENES, app_on, scene, shown
from tests.ui.waiting import at_rest, press

NAME = "repair_choice"


def sent(session):
    return [command for command in session.sent if isinstance(command, commands.Answer)]


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
        assert sent(session) == [commands.Answer(ask_id="ask-1", choice=choice)]


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
        assert sent(session) == [commands.Answer(ask_id="ask-1", choice="deny", note="raise")]


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


def long_choices(calls):
    """Four patches whose answers are as long as the engine lets them be, on so many calls."""
    found = []
    for number in range(4):
        bare = f"--- a/x.py\n+++ b/x.py\n@@ -{number + 1} +{number + 1} @@\n-a\n+b\n"
        patch = Patch(
            files={}, diff=bare, bare=bare, operator="x", line=number + 1, path="package/some_module.py"
        )
        answers = [Answer(f"f({'7' * 296})", f"returns [{str(number) * 498}]") for _ in range(calls)]
        found.append(Choice(patch, tuple(answers)))
    return tuple(found)


@pytest.mark.parametrize("calls", [1, 2, 3])
async def test_very_long_answers_leave_the_choices_in_view(calls):
    choices, told = long_choices(calls), []
    outcome = RepairOutcome(status="fixed", best=choices[0].patch, choices=choices, plausible=4)

    async def choose(question):
        asked = msgspec.structs.replace(question, ask_id="ask-1")
        for event in (asked, AskSettled(ask_id="ask-1", choice="deny", note="no")):
            yield event

    picked = Picked()
    told = [event async for event in pick(outcome, choose, None, picked, "repair-1")]
    assert picked.patch is None
    assert picked.declined == "None of the 4 patches that were shown was wanted (no), so nothing was written."
    session = scene("conversation")
    app = app_on(session)
    async with app.run_test(size=(60, 20)):
        await at_rest(app)
        session.feed(told[0])
        await at_rest(app)
        for words in ("(line 4)", "none of them", "stops the turn"):
            assert words in shown(app), shown(app)


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
