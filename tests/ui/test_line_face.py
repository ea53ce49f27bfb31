"""The line face on recorded sessions, with lines handed in."""

import asyncio
import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.theme import Theme

from mycoder.protocol import events as ev
from mycoder.protocol.commands import Answer, Interrupt, RunSlash, SetModel, Submit
from mycoder.ui import entries as tr
from mycoder.ui.chips import Chips
from mycoder.ui.committing import Committer
from mycoder.ui.door import OpenError, Options, Tried
from mycoder.ui.line import draw
from mycoder.ui.line.answers import judge
from mycoder.ui.line.app import LineFace
from mycoder.ui.line.printer import REPLAYED, Printer
from mycoder.ui.line.reader import Sources, complete
from mycoder.ui.played import PlayedSession, load
from tests.ui.staged import FILES, PROVIDERS, SCENES, SESSIONS, SETTINGS, TRUST, Hands, scene

ALL = sorted(file.stem for file in SCENES.glob("*.jsonl"))
ASKED = ev.Asked(
    ask_id="a", options=(ev.AskOption("once", "Allow"), ev.AskOption("deny", "Deny, and say why"))
)


class Lines:
    """A reader whose lines a test hands in; None is the end of input."""

    has_status = True

    def __init__(self):
        self.chips, self.lines, self.is_typing, self.prompts = Chips(), asyncio.Queue(), False, []
        self.secrets = []
        self.is_waiting = False

    async def read(self, prompt):
        self.prompts.append(prompt())
        self.is_waiting = True
        line = await self.lines.get()
        self.is_waiting = False
        if line is None:
            raise EOFError
        if line == "^C":
            raise KeyboardInterrupt
        return line

    async def read_secret(self, prompt):
        self.secrets.append(prompt)
        return await self.read(lambda: prompt)

    def refresh(self):
        pass

    @contextlib.contextmanager
    def open(self):
        yield


def face_on(session, **changes):
    async def open_session(opening):
        if isinstance(session, OpenError):
            raise session
        return session

    console = Console(
        file=io.StringIO(),
        width=90,
        theme=draw.console_theme(None),
        highlight=False,
        markup=False,
        emoji=False,
    )
    given = {"open_session": open_session, "list_sessions": lambda: SESSIONS, **changes}
    options = Options(root=Path("/home/me/shop"), **given)
    hands = Hands()
    face = LineFace(options, Lines(), console, hands)
    face.hands = hands
    return face


async def at_rest(face, session):
    """Returns when every line was taken, every event printed, and the next line is waited for."""
    still = 0
    async with asyncio.timeout(60):
        while still < 12:
            told = not any(queue.qsize() for queue in getattr(session, "_listeners", ()))
            is_still = face.reader.is_waiting and face.reader.lines.empty() and not face._sending and told
            still = still + 1 if is_still and (face.opened is None or face.opened.done()) else 0
            await asyncio.sleep(0 if still else 0.005)


async def played(session, *lines, waits=0.0, **changes):
    """Runs the face with `lines` and returns (face, what was printed). `waits` is put on its clock before each."""
    face = face_on(session, **changes)
    running = asyncio.ensure_future(face.run())
    await first_of(running, at_rest(face, session))
    for line in lines:
        face.hands.now += waits
        if callable(line):
            line()
        else:
            face.reader.lines.put_nowait(line)
        await first_of(running, at_rest(face, session))
    if session and isinstance(session, PlayedSession):
        session.state.is_running = False
        session.state.queue = ()
    face.reader.lines.put_nowait(None)
    await asyncio.wait_for(running, 60)
    return face, face.console.file.getvalue()


async def first_of(running, resting):
    """Until the face rests, or has ended."""
    resting = asyncio.ensure_future(resting)
    await asyncio.wait({running, resting}, return_when=asyncio.FIRST_COMPLETED)
    if not resting.done():
        resting.cancel()
    elif resting.exception():
        raise resting.exception()


async def test_clear_opens_a_new_session_and_names_the_old_one():
    opened = []
    first, second = scene("conversation"), PlayedSession()

    async def open_session(opening):
        opened.append(opening)
        return first if len(opened) == 1 else second

    _, out = await played(first, "/clear", "hello", open_session=open_session, prompt="from the command line")
    assert [opening.resume for opening in opened] == ["", ""]
    assert first.sent == [Submit(text="from the command line")], "and not again in the second session"
    assert second.sent == [Submit(text="hello")]
    assert "A new session; /resume 20260101-120000-ab12 goes back to this one." in out


async def test_settings_are_shown_and_changed():
    session, saved = PlayedSession(), []
    _, out = await played(
        session,
        "/settings mode",
        "/settings mode plan",
        setting_fields=lambda: SETTINGS,
        save_setting=lambda key, value: saved.append((key, value)),
    )
    assert "What it may do. One of plan, ask, auto." in out
    assert saved == [("mode", "plan")]


async def test_a_conversation_is_printed_once_and_in_order():
    session = PlayedSession()
    events = load(SCENES / "conversation.jsonl")
    _, out = await played(session, lambda: session.feed(*events))
    places = [
        out.index(words)
        for words in (
            "mycoder 0.1.0",
            "the total of the cart",
            "I will look at the cart",
            "read shop/cart.py",
            "+         prices",
            "48 passed",
            "two pens",
            "done, verified",
        )
    ]
    assert places == sorted(places)
    assert out.count("I will look at the cart") == 1
    assert "go on: mycoder --resume 20260101-120000-ab12" in out


@pytest.mark.parametrize("name", ALL)
async def test_every_scene_can_be_printed_without_control_characters(name):
    session = PlayedSession()
    events = load(SCENES / f"{name}.jsonl")
    _, out = await played(session, lambda: session.feed(*events))
    assert not [character for character in out if ord(character) < 32 and character != "\n"]
    assert "\u202e" not in out


async def test_what_is_typed_is_not_printed_again_and_is_queued_while_it_works():
    session = PlayedSession()
    start = lambda: session.feed(ev.TurnStarted(prompt="do it"))  # noqa: E731
    _, out = await played(session, "do it", start, "and then", "/undo 2", "!exit 3")
    assert session.sent == [
        Submit(text="do it"),
        Submit(text="and then"),
        RunSlash(name="undo", arguments="2"),
    ]
    assert "do it" not in out
    assert "queued" in out
    assert "exit 3" in out


async def test_an_ask_is_answered_by_number_and_denied_with_a_reason():
    session = scene("approval_command")
    face, out = await played(session, "yes", "4 not today", waits=0.6)
    assert "1  Allow it once" in out
    assert "remembers: `git push *` in this session" in out
    assert "number from 1 to 4" in out
    assert session.sent[0] == Answer(ask_id="a1", choice="deny", note="not today")
    assert face.reader.prompts[-1] == "answer: "


async def test_a_line_that_was_on_its_way_answers_nothing():
    session = scene("approval_command")
    _, out = await played(session, "1")
    assert not [command for command in session.sent if isinstance(command, Answer)]
    assert "before the question could be read" in out


async def test_a_line_begun_before_the_question_goes_to_the_model():
    session = PlayedSession()
    face = face_on(session)
    face.reader.is_typing = True
    running = asyncio.ensure_future(face.run())
    await at_rest(face, session)
    session.feed(*load(SCENES / "approval_command.jsonl"))
    await at_rest(face, session)
    face.hands.now += 0.7
    face.reader.lines.put_nowait("1")
    await at_rest(face, session)
    assert session.sent == [Submit(text="1")]
    session.state.is_running, session.state.queue = False, ()
    face.reader.lines.put_nowait(None)
    await running


async def test_ctrl_c_stops_the_turn_and_leaves_when_idle():
    session = scene("streaming")
    await played(session, "^C")
    assert session.sent[0] == Interrupt(hard=False)
    idle = PlayedSession()
    _, out = await played(idle, "^C", "^C")
    assert "Ctrl+C again leaves" in out
    assert idle.is_closed


async def test_a_resumed_session_prints_its_end_only():
    from mycoder.ui.door import Opening

    _, out = await played(scene("resume"), opening=Opening(resume="x"))
    assert "Reply number 29" in out
    assert "Reply number 2." not in out
    assert "earlier entries; /export" in out


async def test_commands_of_the_face():
    saved = []
    lines = ("/keys", "/theme", "/theme Paper", "/theme papper", "/resume", "/quit")
    _, out = await played(PlayedSession(), *lines, save_setting=lambda *setting: saved.append(setting))
    assert "Ctrl+S  steer" in out
    assert "dusk" in out
    assert "no theme 'papper'. Did you mean paper?" in out
    assert saved == [("ui.theme", "paper")]
    assert "fix the total of the cart" in out


async def test_setup_tries_a_key_until_it_works_keeps_it_and_uses_the_model():
    kept, saved = [], []

    async def test_key(provider, key):
        return Tried(model="openai/new") if key == "good" else Tried(problem="the provider says 401")

    def save_key(provider, key):
        kept.append((provider, key))
        return "a file"

    session = PlayedSession()
    face, out = await played(
        session,
        "/setup",
        "1",
        "bad",
        "good",
        providers=PROVIDERS,
        test_key=test_key,
        save_key=save_key,
        save_setting=lambda *setting: saved.append(setting),
    )
    assert "1  OpenAI" in out
    assert "the provider says 401" in out
    assert "stored in a file" in out
    assert len(face.reader.secrets) == 2
    assert kept == [("openai", "good")]
    assert saved == [("model", "openai/new")]
    assert session.sent == [SetModel(model="openai/new")]


@pytest.mark.parametrize("left", ["", "9", "^C"])
async def test_setup_can_be_left_and_changes_nothing(left):
    session = PlayedSession()
    _, out = await played(session, "/setup", left, "/keys", providers=PROVIDERS)
    assert session.sent == []
    assert "Ctrl+S  steer" in out


async def test_rewind_lists_the_prompts_and_goes_back_to_before_one():
    session = scene("sidebar")
    session.feed(ev.TurnEnded(reason="interrupted"))
    prompt = next(event for event in session.past if isinstance(event, ev.TurnStarted))
    opened = []

    async def open_session(opening):
        opened.append(opening.resume)
        return session if not opening.resume else PlayedSession()

    _, out = await played(session, "/rewind", "/rewind 7 both", "/rewind 1 both", open_session=open_session)
    assert "1  the total of the cart" in out
    assert "(1 change since)" in out
    assert "that is no prompt and way" in out
    assert "Back before: the total of the cart" in out
    assert session.rewound == [(prompt.seq, True, True)]
    assert opened == ["", "rewound"]
    assert session.is_closed


async def test_rewind_of_the_files_alone_stays_in_the_session():
    session = scene("sidebar")
    session.feed(ev.TurnEnded(reason="interrupted"))
    await played(session, "/rewind 1 files")
    assert [(files, talk) for _, files, talk in session.rewound] == [(True, False)]


async def test_no_session_and_no_trust_are_told_with_what_to_do():
    answers = []
    face, out = await played(
        OpenError("No key.", "Set OPENAI_API_KEY."), "maybe", trust=TRUST, remember_trust=answers.append
    )
    assert face.code == 3
    assert "Set OPENAI_API_KEY." in out
    assert "- .mycoder/config.toml (settings)" in out
    assert answers == []
    await played(PlayedSession(), "yes", trust=TRUST, remember_trust=answers.append)
    assert answers == [True]


@given(st.text(alphabet="ab`\n #~-", max_size=80), st.lists(st.integers(1, 9), max_size=30))
@settings(max_examples=150, deadline=None)
def test_committed_blocks_do_not_depend_on_how_the_stream_is_cut(text, cuts):
    whole, parts = Committer(), Committer()
    expected = whole.push(text) + whole.finish()
    found, rest = [], text
    for cut in cuts:
        found += parts.push(rest[:cut])
        rest = rest[cut:]
    assert found + parts.push(rest) + parts.finish() == expected
    assert "".join("".join(expected).split()) == "".join(text.split())


def test_a_fence_is_never_torn():
    committer = Committer()
    assert committer.push("```py\na\n\nb\n") == []
    assert committer.push("```\n\nafter\n") == ["```py\na\n\nb\n```"]
    assert committer.finish() == ["after"]


@pytest.mark.parametrize(
    ("line", "kind", "choice", "note"),
    [
        ("1", "answer", "once", ""),
        (" 2. because", "answer", "deny", "because"),
        ("2", "answer", "deny", ""),
        ("1 please", "unclear", "", ""),
        ("0", "unclear", "", ""),
        ("3", "unclear", "", ""),
        ("y", "unclear", "", ""),
        ("", "unclear", "", ""),
    ],
)
def test_what_answers_an_ask(line, kind, choice, note):
    verdict = judge(ASKED, line, waited=2, was_typing=False)
    assert (verdict.kind, verdict.choice, verdict.note) == (kind, choice, note)
    assert judge(ASKED, line, waited=0.1, was_typing=False).kind == "early"
    assert judge(ASKED, line, waited=2, was_typing=True).kind == "prompt"


def test_completion_of_files_and_commands():
    sources = Sources()
    sources.files, sources.slashes = FILES, {"undo": "take back", "redo": "bring back"}
    assert complete("look at @tcart", sources)[0] == ("@tests/test_cart.py", -6, "")
    assert complete("/un", sources) == [("/undo", -3, "take back")]
    assert complete("plain words", sources) == []


def test_what_is_printed_of_a_long_session_is_held_no_more():
    console = Console(file=io.StringIO(), width=80, theme=Theme({"muted": "dim", "accent": "bold"}))
    printer = Printer(console, LineFace(Options(root=Path())).glyphs, Lines(), lambda: 0.0)
    for number in range(200):
        for event in (
            ev.ToolCalled(call_id=str(number), tool="shell", title=f"call {number}", seq=2 * number),
            ev.ToolFinished(call_id=str(number), output="x" * 1000, seq=2 * number + 1),
        ):
            printer.take(event)
    entries = printer.transcript.entries
    assert [entry.seq for entry in entries] == list(range(0, 400, 2))
    assert sum(isinstance(entry, tr.Call) for entry in entries) == REPLAYED
    printer.show_end()
    out = console.file.getvalue()
    assert "180 earlier entries" in out
    assert "call 199" in out
    assert "call 179" not in out
    for number in range(200, 300):
        printer.see(ev.ToolCalled(call_id=str(number), tool="shell", title=f"call {number}"))
        printer.see(ev.ToolFinished(call_id=str(number), output="x"))
    assert sum(isinstance(entry, tr.Call) for entry in entries) == REPLAYED
    assert console.file.getvalue().count("call 299") == 1
