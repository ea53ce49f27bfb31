"""Keys and focus, driven through the real app on recorded sessions."""

import asyncio
import itertools

import pytest
from textual import events as keyboard

from mycoder.protocol import events as ev
from mycoder.protocol.blocks import Diff
from mycoder.protocol.commands import Answer, Interrupt, RunSlash, SetMode, SetModel, Steer, Submit, Undo
from mycoder.ui.door import OpenError, Tried
from mycoder.ui.played import PlayedSession
from tests.ui.staged import FILES, PROVIDERS, TRUST, app_on, scene, shown
from tests.ui.waiting import at_rest, key_event, press, until


async def settled(pilot):
    await at_rest(pilot.app)


async def test_enter_sends_and_shift_enter_makes_a_line():
    session = PlayedSession(files=FILES)
    async with app_on(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "a", "ctrl+j", "b", "enter")
        await settled(pilot)
        assert session.sent == [Submit(text="a\nb")]
        assert pilot.app.conversation.composer.text == ""


async def test_what_is_sent_before_the_session_is_open_is_not_lost():
    session, gate = PlayedSession(), asyncio.Event()

    async def slow(opening):
        await gate.wait()
        return session

    async with app_on(session, open_session=slow, prompt="from the command line").run_test() as pilot:
        for key in ("h", "i", "enter"):
            pilot.app.post_message(key_event(key))
        await until(lambda: "opening" in shown(pilot.app))
        gate.set()
        await settled(pilot)
        assert session.sent == [Submit(text="from the command line"), Submit(text="hi")]


async def test_a_prompt_sent_while_it_works_is_queued_seen_and_taken_back():
    session = scene("tools")
    async with app_on(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"later", "enter", *"last", "enter")
        await settled(pilot)
        assert session.state.queue == ("later", "last")
        assert "queued 1: later" in shown(pilot.app)
        await press(pilot, "ctrl+x")
        await settled(pilot)
        assert session.state.queue == ("later",)
        assert pilot.app.conversation.composer.text == "last"


async def test_steer_goes_to_the_running_turn():
    session = scene("tools")
    async with app_on(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"use x", "ctrl+s")
        await settled(pilot)
        assert session.sent == [Steer(text="use x")]


async def test_esc_stops_then_stops_hard_and_gives_the_queue_back():
    session = scene("streaming")
    async with app_on(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"next", "enter", "escape")
        await settled(pilot)
        assert session.sent[-1] == Interrupt()
        assert "stopping" in shown(pilot.app)
        assert session.state.queue == ()
        assert pilot.app.conversation.composer.text == "next"
        await press(pilot, "escape")
        await settled(pilot)
        assert session.sent[-1] == Interrupt(hard=True)
        session.feed(ev.TurnEnded(reason="interrupted", message="1 command was left running"))
        await settled(pilot)
        assert "stopping" not in shown(pilot.app)
        assert "1 command was left running" in shown(pilot.app)


async def test_typing_never_approves():
    session = scene("approval_command")
    app = app_on(session)
    conversation = app.conversation
    conversation.approval.typed()
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        assert "stop typing" in shown(app)
        for key in ("1", "y", "enter", "down", "enter"):
            await press(pilot, key)
        await settled(pilot)
        assert not [command for command in session.sent if isinstance(command, Answer)]
        assert app.focused is conversation.composer


async def test_an_ask_takes_the_keys_after_a_second_and_is_deaf_for_half_of_one():
    session = scene("approval_command")
    app = app_on(session)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        bar = app.conversation.approval
        assert app.focused is bar
        await press(pilot, "1", "enter")
        assert bar.marked is None
        app.hands.now += 0.6
        await press(pilot, "enter")
        app.hands.now += 0.2
        await press(pilot, "1")
        assert bar.marked == 0
        assert session.sent == []
        app.hands.now += 0.2
        await press(pilot, "enter")
        await settled(pilot)
        assert session.sent == [Answer(ask_id="a1", choice="once")]
        session.feed(ev.AskSettled(ask_id="a1", choice="once"))
        await settled(pilot)
        assert app.focused is app.conversation.composer


async def test_keys_in_a_burst_and_pastes_do_not_answer():
    session = scene("approval_command")
    app = app_on(session)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        app.hands.now += 1.0
        await press(pilot, "1", "enter")
        app.conversation.approval.post_message(keyboard.Paste("1\n\n"))
        await settled(pilot)
        assert session.sent == []


async def test_deny_says_why_and_esc_goes_back():
    session = scene("approval_command")
    app = app_on(session)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        for key in ("4", "enter", "escape", "4", "enter"):
            app.hands.now += 0.6
            await press(pilot, key)
        await press(pilot, *"not today", "enter")
        await settled(pilot)
        assert session.sent == [Answer(ask_id="a1", choice="deny", note="not today")]


async def test_a_question_without_options_takes_free_text():
    session = scene("question")
    app = app_on(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"yes, it is", "enter")
        await settled(pilot)
        assert session.sent == [Answer(ask_id="q1", choice="yes, it is")]


@pytest.mark.parametrize(("key", "choice"), [("y", "once"), ("n", "deny")])
async def test_letters_answer_after_the_quiet_time(key, choice):
    session = scene("approval_command")
    app = app_on(session)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await press(pilot, key)
        await settled(pilot)
        assert not answers(session), "deaf for half a second"
        app.hands.now += 1
        await press(pilot, key)
        await settled(pilot)
        if key == "n":
            await press(pilot, "enter")
            await settled(pilot)
        assert [answer.choice for answer in answers(session)] == [choice]


async def test_a_word_that_begins_with_y_approves_nothing():
    session = scene("approval_command")
    app = app_on(session)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        bar = app.conversation.approval
        bar.clock = itertools.count(app.hands.now + 1, 0.1).__next__
        for letter in "yes":
            app.post_message(key_event(letter))
        await settled(pilot)
        assert bar.asked is not None
        assert not answers(session)


async def test_a_paste_without_marks_that_begins_with_y_approves_nothing():
    session = scene("approval_command")
    app = app_on(session)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        app.conversation.approval.clock = itertools.count(app.hands.now + 1, 0.001).__next__
        for letter in "yes":
            app.post_message(key_event(letter))
        await settled(pilot)
        assert not answers(session)


async def test_the_key_after_one_that_moves_the_focus_goes_where_it_moved():
    app = app_on(scene("conversation"))
    copied = []
    app.copy = copied.append
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        for key in ("alt+up", "alt+up", "c"):
            app.post_message(key_event(key))
        await settled(pilot)
        assert copied
        assert app.conversation.composer.text == ""


async def test_what_is_typed_after_a_key_that_opens_a_screen_goes_to_that_screen():
    app = app_on(scene("conversation"))
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        for key in ("ctrl+p", *"colours"):
            app.post_message(key_event(key))
        await settled(pilot)
        assert app.screen.query_one("Input").value == "colours"
        assert app.conversation.composer.text == ""


async def test_what_is_new_is_followed_after_the_screen_was_filled_from_the_past():
    session = scene("resume")
    app = app_on(session)
    async with app.run_test(size=(120, 60)) as pilot:
        await settled(pilot)
        assert app.conversation.chat.first > 0
        session.feed(ev.TurnStarted(prompt="one more"), ev.TextAdded(text="line\n\n" * 40 + "the newest"))
        await settled(pilot)
        assert "the newest" in shown(app)
        assert "new ↓" not in shown(app)


def answers(session):
    return [command for command in session.sent if isinstance(command, Answer)]


async def test_the_draft_survives_an_approval():
    session = scene("tools")
    app = app_on(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"half a tho")
        app.hands.now += 5
        session.feed(
            ev.Asked(ask_id="z", question="May it?", options=(ev.AskOption("once", "Allow it once"),))
        )
        await settled(pilot)
        assert app.focused is app.conversation.approval
        session.feed(ev.AskSettled(ask_id="z", choice="once"))
        await settled(pilot)
        await press(pilot, *"ught")
        assert app.conversation.composer.text == "half a thought"


async def test_mentions_complete_from_the_files_of_the_repository():
    session = PlayedSession(files=FILES)
    async with app_on(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"see @tcart")
        await settled(pilot)
        assert "> tests/test_cart.py" in shown(pilot.app)
        await press(pilot, "tab")
        await settled(pilot)
        assert pilot.app.conversation.composer.text == "see @tests/test_cart.py "
        assert not pilot.app.conversation.popup.is_open


async def test_slash_commands_complete_run_and_suggest():
    session = PlayedSession()
    async with app_on(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"/undp")
        await settled(pilot)
        assert "/undo [n]" in shown(pilot.app)
        await press(pilot, "escape", "enter")
        await settled(pilot)
        await press(pilot, *"/cos", "enter")
        await settled(pilot)
        assert session.sent == [RunSlash(name="undp"), RunSlash(name="cost")]


async def test_slash_commands_of_ones_own_complete_as_well_and_none_takes_the_place_of_ours():
    session = PlayedSession(slashes=(("explain", "Explains a file", "<file>"), ("undo", "Wipes", "")))
    async with app_on(session).run_test() as pilot:
        await settled(pilot)
        await pilot.press(*"/expl")
        await settled(pilot)
        assert "/explain <file>" in shown(pilot.app)
        await pilot.press("tab", *"a.py", "enter")
        await settled(pilot)
        assert session.sent == [RunSlash(name="explain", arguments="a.py")]
        assert "Wipes" not in [item.summary for item in pilot.app.conversation.composer.completer.slashes]


async def test_a_slash_of_the_face_is_not_sent_to_the_session():
    session = PlayedSession()
    async with app_on(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"/theme paper ", "enter")
        await settled(pilot)
        assert pilot.app.theme == "paper"
        assert session.sent == []


async def test_history_goes_up_and_down_and_is_searched(tmp_path):
    session = PlayedSession()
    async with app_on(session, state_dir=tmp_path).run_test() as pilot:
        await settled(pilot)
        composer = pilot.app.conversation.composer
        for text in ("first thing", "second thing"):
            await press(pilot, *text, "enter")
        await press(pilot, *"draft", "up", "up")
        assert composer.text == "first thing"
        await press(pilot, "down", "down")
        assert composer.text == "draft"
        await press(pilot, "ctrl+r", *["backspace"] * 5, *"irst")
        await settled(pilot)
        await press(pilot, "enter")
        assert composer.text == "first thing"


async def test_a_large_paste_is_a_placeholder_until_it_is_sent():
    session = PlayedSession()
    async with app_on(session).run_test() as pilot:
        await settled(pilot)
        composer = pilot.app.conversation.composer
        big = "\n".join(f"line {n}" for n in range(40))
        composer.post_message(keyboard.Paste(big))
        await settled(pilot)
        assert composer.text == "[pasted text 1: 40 lines]"
        await press(pilot, *" why?", "enter")
        await settled(pilot)
        assert session.sent == [Submit(text=f"{big} why?")]


async def test_the_path_of_an_image_becomes_a_chip(tmp_path):
    image = tmp_path / "my shot.png"
    image.write_bytes(b"\x89PNG")
    session = PlayedSession()
    async with app_on(session).run_test() as pilot:
        await settled(pilot)
        pilot.app.conversation.composer.post_message(keyboard.Paste(str(image).replace(" ", "\\ ")))
        await settled(pilot)
        await press(pilot, "x", "enter")
        await settled(pilot)
        (submit,) = session.sent
        assert submit.text == "[image 1: my shot.png] x"
        assert [attachment.path for attachment in submit.attachments] == [str(image)]


async def test_a_shell_command_is_shown_in_the_session(tmp_path):
    session = PlayedSession()
    async with app_on(session, root=tmp_path).run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"!echo $((6*7))", "enter")
        await settled(pilot)
        (noticed,) = [event for event in session.past if isinstance(event, ev.Noticed)]
        assert noticed.blocks[0].output == "42\n"
        assert "42" in shown(pilot.app)


async def test_ctrl_c_clears_and_twice_leaves():
    session = PlayedSession()
    app = app_on(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, *"abc", "ctrl+c")
        assert app.conversation.composer.text == ""
        app.hands.now += 5
        await press(pilot, "ctrl+c")
        assert app.return_value is None
        app.hands.now += 0.2
        await press(pilot, "ctrl+c")
    assert app.return_value == 0


async def test_ctrl_c_stops_a_running_turn_and_leaves_nothing_else():
    session = scene("streaming")
    app = app_on(session)
    async with app.run_test(notifications=True) as pilot:
        await press(pilot, *"next", "ctrl+c")
        assert session.sent == [Interrupt()]
        assert app.conversation.composer.text == "next"
        assert "Ctrl+C again" in shown(app)
        await press(pilot, "ctrl+c")
        assert session.sent == [Interrupt(), Interrupt(hard=True)]
        session.feed(ev.TurnEnded(reason="interrupted"))
        await press(pilot, "ctrl+c")
        assert app.conversation.composer.text == ""
        await press(pilot, "ctrl+c")
        assert "Ctrl+C again leaves" in shown(app)
        assert app.return_value is None
        app.post_message(key_event("ctrl+c"))
        await until(lambda: app.return_value == 0)


async def test_a_key_that_is_changed_in_the_settings_holds_at_once():
    session, saved = scene("conversation"), []
    app = app_on(session, save_setting=lambda *setting: saved.append(setting))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await press(pilot, "f2", *"next mode", "enter", *["backspace"] * 9, *"F7", "enter")
        assert saved == [('ui.keys."mode.next"', "f7")]
        assert "holds from the next session" not in shown(app)
        await press(pilot, "escape", "f7")
        assert session.sent == [SetMode(mode="edit")]
        await press(pilot, "shift+tab", "f1")
        assert session.sent == [SetMode(mode="edit")]
        assert "F7 " in shown(app)


async def test_a_key_that_is_taken_is_refused():
    saved = []
    app = app_on(save_setting=lambda *setting: saved.append(setting))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await press(pilot, "f2", *"next mode", "enter", *["backspace"] * 9, *"f1", "enter")
        assert "f1 is both" in shown(app)
    assert saved == []


async def test_shift_tab_changes_the_mode():
    session = scene("conversation")
    async with app_on(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "shift+tab")
        await settled(pilot)
        assert session.sent == [SetMode(mode="edit")]


async def test_keys_can_be_remapped_by_id_and_the_list_shows_it():
    session = scene("conversation")
    app = app_on(session, keys={"mode.next": "f7", "nonsense": "f9"})
    async with app.run_test(size=(110, 50), notifications=True) as pilot:
        await settled(pilot)
        assert "no action 'nonsense'" in shown(pilot.app)
        await press(pilot, "f7")
        await settled(pilot)
        assert session.sent == [SetMode(mode="edit")]
        await press(pilot, "f1")
        await settled(pilot)
        assert "F7 " in shown(pilot.app)


async def test_reading_above_is_not_disturbed_and_the_new_is_counted():
    session = scene("resume")
    app = app_on(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "pageup")
        await settled(pilot)
        before = shown(app).split("\n")[:18]
        session.feed(ev.TurnStarted(prompt="unseen"), ev.TextAdded(text="also unseen"))
        await settled(pilot)
        assert shown(app).split("\n")[:18] == before
        assert "2 new ↓" in shown(app)
        await press(pilot, "ctrl+end")
        await settled(pilot)
        assert "also unseen" in shown(app)
        assert "new ↓" not in shown(app)


async def test_history_is_filled_in_while_scrolling_up():
    session = scene("resume")
    app = app_on(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        chat = app.conversation.chat
        assert chat.first > 0
        await press(pilot, "ctrl+home")
        await settled(pilot)
        assert chat.first == 0
        assert "task 0" in shown(app)


async def test_block_cursor_copies_folds_and_undoes():
    session = scene("sidebar")
    app = app_on(session)
    copied = []
    app.copy = copied.append
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        chat = app.conversation.chat
        edit = next(i for i, entry in enumerate(chat.entries) if getattr(entry, "tool", "") == "edit")
        while chat.cursor != edit:
            await press(pilot, "alt+up")
        assert "Sum of all prices, in cents" in shown(app)
        await press(pilot, "enter")
        await settled(pilot)
        assert "Sum of all prices, in cents" not in shown(app)
        await press(pilot, "c", "u")
        await settled(pilot)
        assert copied[0].startswith("edit shop/cart.py")
        assert session.sent == [Undo(steps=1)]
        await press(pilot, "x")
        assert app.conversation.composer.text == "x"


async def test_what_was_tidied_up_is_taken_back_by_one_key_where_it_is_shown():
    session = PlayedSession()
    app = app_on(session)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        shown_diff = Diff(path="MEMORY.md", text="@@ says the same\n-- The port is 8431.")
        session.feed(ev.Noticed(text="Tidied up.", blocks=(shown_diff,), undo="memory dream undo"))
        await settled(pilot)
        assert "Alt+Up to it, then u." in shown(app)
        await pilot.press("alt+up", "u")
        await settled(pilot)
        assert session.sent == [RunSlash(name="memory", arguments="dream undo")]


async def test_memory_is_edited_in_the_persons_editor(tmp_path, monkeypatch):
    session = PlayedSession()
    session.memory = "- The port is 8431.\n"
    app = app_on(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        seen = []

        def edited(stage, text):
            seen.append(text)
            return text.replace("8431", "9000")

        monkeypatch.setattr("mycoder.ui.tui.commands.memory.edit_in", edited)
        await pilot.press(*"/memory edit", "enter")
        await settled(pilot)
        assert (seen, session.memory, session.sent) == (
            ["- The port is 8431.\n"],
            "- The port is 9000.\n",
            [],
        )
        await pilot.press(*"/memory edit 3fa Other words.", "enter")
        await settled(pilot)
        assert session.sent == [RunSlash(name="memory", arguments="edit 3fa Other words.")]


async def test_find_reaches_entries_without_a_view():
    session = scene("resume")
    app = app_on(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "ctrl+f", *"task 3")
        await settled(pilot)
        assert "› task 3" in shown(app)
        await press(pilot, "escape")
        await settled(pilot)
        assert app.focused is app.conversation.composer


async def test_rewind_gives_prompt_and_files_back():
    session = scene("sidebar")
    session.feed(ev.TurnEnded(reason="interrupted"))
    app = app_on(session)
    async with app.run_test(size=(110, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "escape", "escape")
        await settled(pilot)
        assert "1 change since" in shown(app)
        await press(pilot, "enter")
        await settled(pilot)
        assert "takes back 1 change" in shown(app)
        await press(pilot, "enter")
        await settled(pilot)
        prompt = next(event for event in session.past if isinstance(event, ev.TurnStarted))
        assert session.rewound == [(prompt.seq, True, True)]
        assert app.conversation.opening.resume == "rewound"
        assert app.conversation.composer.text.startswith("the total of the cart")


async def test_examples_from_the_files_stand_there_until_something_is_said():
    session = PlayedSession(files=FILES)
    app = app_on(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert "explain @shop/cart.py" in shown(app)
        session.feed(ev.TurnStarted(prompt="go"))
        await settled(pilot)
        assert "explain @" not in shown(app)


async def test_another_session_is_opened_from_the_picker():
    opened = []

    async def open_session(opening):
        opened.append(opening.resume)
        return scene("resume") if opening.resume else scene("conversation")

    app = app_on(open_session=open_session)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "f3")
        await settled(pilot)
        await press(pilot, *"fix", "enter")
        await settled(pilot)
        assert opened == ["", "s1"]
        assert "Reply number 29" in shown(app)


@pytest.mark.parametrize("size", [(40, 12), (200, 60)])
async def test_extreme_sizes_and_resizing_keep_the_end_in_view(size):
    app = app_on(scene("conversation"))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.resize_terminal(*size)
        await settled(pilot)
        assert "files: shop/cart.py +3 −2" in shown(app)


async def test_a_session_that_cannot_be_opened_is_told_and_what_to_do():
    app = app_on(OpenError("The configuration is broken.", "Mend line 3."))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert "The configuration is broken." in shown(app)
        assert "Mend line 3." in shown(app)
        assert "no session" in shown(app)


async def test_the_first_run_takes_a_key_tries_it_and_opens():
    tried, saved = [], []

    async def test_key(provider, key):
        tried.append((provider, key))
        return Tried(model="openai/new") if key == "good" else Tried(problem="the provider says 401")

    def save_key(provider, key):
        saved.append((provider, key))
        return "a file"

    error = OpenError("No model is in reach.", "Set a key.", needs_model=True)
    app = app_on(error, test_key=test_key, save_key=save_key)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", *"bad", "enter")
        await settled(pilot)
        assert "the provider says 401" in shown(app)
        await press(pilot, *["backspace"] * 3, *"good", "enter")
        await settled(pilot)
        assert saved == [("openai", "good")]
        await press(pilot, "down", "enter")
        await settled(pilot)
        assert app.conversation.opening.model == "openai/new"
        assert app.conversation.door is not None


async def test_trust_is_asked_before_anything_is_opened():
    opened, remembered = [], []

    async def open_session(opening):
        opened.append(opening.is_trusted)
        return PlayedSession()

    app = app_on(open_session=open_session, trust=TRUST, remember_trust=remembered.append)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert opened == []
        await press(pilot, "down", "enter")
        await settled(pilot)
    assert (opened, remembered) == ([True], [True])


async def test_settings_change_at_once_and_say_what_is_wrong():
    saved = []

    def save(key, value):
        if value == "x":
            raise ValueError("limits.max_steps must be a number")
        saved.append((key, value))

    app = app_on(save_setting=save)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "f2", *"reduced", "enter")
        await settled(pilot)
        assert saved == [("ui.reduced_motion", True)]
        await press(pilot, *["backspace"] * 7, *"max", "enter")
        await settled(pilot)
        await press(pilot, *["backspace"] * 3, "x", "enter")
        await settled(pilot)
        assert "must be a number" in shown(app)


async def test_people_are_told_only_while_they_look_away():
    session = scene("streaming")
    app = app_on(session)
    written = []
    app._write = written.append
    async with app.run_test() as pilot:
        await settled(pilot)
        session.feed(ev.Asked(ask_id="1", question="May it?"))
        await settled(pilot)
        assert not [text for text in written if "\x1b]9;" in text]
        app.app_focus = False
        session.feed(ev.AskSettled(ask_id="1", choice="once"), ev.TurnEnded(reason="done"))
        await settled(pilot)
        assert [text for text in written if "\x1b]9;mycoder: done" in text]


async def test_a_setting_holds_at_once_or_says_when():
    session = scene("conversation")
    saved = []
    app = app_on(session, save_setting=lambda key, value: saved.append((key, value)))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settled(pilot)
        for key, value in (("mode", "plan"), ("model", "openai/y"), ("ui.ascii", True), ("ui.notify", "off")):
            assert app.apply_setting(key, value)
        await settled(pilot)
        assert session.sent == [SetMode(mode="plan"), SetModel(model="openai/y")]
        assert (app.options.is_ascii, app.options.notify) == (True, "off")
        assert "✓" not in shown(app)
        await press(pilot, "f2", *"max_steps", "enter", "1", "enter")
        await settled(pilot)
        assert saved == [("limits.max_steps", "1")]
        assert "max_steps holds from the next session" in shown(app)


async def test_every_theme_can_follow_every_other():
    app = app_on(scene("conversation"), theme="dusk")
    async with app.run_test() as pilot:
        for name in ("ansi", "dusk", "paper", "ansi", "contrast"):
            app.theme = name
            await settled(pilot)
            assert app.theme == name


async def test_enter_right_after_a_command_sends_what_was_typed():
    session = PlayedSession(files=FILES)
    app = app_on(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        composer = app.conversation.composer
        for letter in ("/", *"cost"):
            composer.post_message(keyboard.Key("slash" if letter == "/" else letter, letter))
        composer.post_message(keyboard.Key("enter", "\r"))
        await settled(pilot)
        assert session.sent == [RunSlash(name="cost")]


async def test_setup_can_be_opened_at_any_time_and_changes_the_model():
    async def test_key(provider, key):
        return Tried(model="openai/new")

    session = scene("conversation")
    app = app_on(session, providers=PROVIDERS, test_key=test_key)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "/", *"setup", "enter")
        await settled(pilot)
        assert "Welcome to mycoder" in shown(app)
        await press(pilot, "enter", *"key", "enter")
        await settled(pilot)
        assert "openai/new answers" in shown(app)
        await press(pilot, "enter")
        await settled(pilot)
        assert session.sent == [SetModel(model="openai/new")]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("name", ["tools", "conversation", "approval_command"])
async def test_the_status_line_tells_what_matters_most_in_whole_words(name, width):
    session = scene(name)
    session.state.branch = "a-branch-with-quite-a-long-name*"
    app = app_on(session)
    async with app.run_test(size=(width, 20)) as pilot:
        await settled(pilot)
        row = shown(app).splitlines()[-1].strip()
        full = app.conversation.status.render().plain.strip()
        assert row == full, "nothing is cut off"
        assert row.split(" · ")[0] == app.conversation.transcript.mode
        assert ("a-branch" in row) == (width == 200)
        assert "bubblewrap" in row or width < 60
