from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.agent.chronicle import Chronicle
from mycoder.agent.notes import Note, read_note
from mycoder.agent.rebuild import FINISHED, WORKING, Live, rebuilt_text
from mycoder.models.tokens import estimate_text
from mycoder.protocol.blocks import PlanItem
from mycoder.protocol.events import (
    FilesChanged,
    GoalChanged,
    PlanChanged,
    PromptAdded,
    TestsRan,
    TextAdded,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.report import FileChange
from mycoder.protocol.usage import Usage
from tests.protocol.events_strategy import events

REPLIED = UsageChanged(model="m", usage=Usage(), total=Usage())
FEED = [
    TurnStarted(prompt="Move the ledger to port 48213, keep --strict."),
    GoalChanged(text="the suite passes", checks=("pytest -q",)),
    PlanChanged(
        items=(
            PlanItem("read", "done", "T1"),
            PlanItem("move", "active", "T2"),
            PlanItem("x", "open", "T2.1"),
        )
    ),
    TextAdded(text="I look "),
    TextAdded(text="first."),
    ToolCalled(call_id="1", tool="shell", title="shell make"),
    REPLIED,
    FilesChanged(changes=(FileChange(path="src/a.py", added=3, removed=1, after="0123456789abcdef"),)),
    ToolFinished(call_id="1", ok=False, output="make: *** no rule\nexit code 2"),
    TestsRan(command="pytest -q", passed=8, failed=1, failing=("tests/test_a.py::test_b",)),
    PromptAdded(text="and mind /srv/data/ledger.db", origin="steer"),
    PromptAdded(text="You have called this 3 times.", origin="harness"),
]


def told(*feed, budget=4000, **options):
    chronicle = Chronicle()
    for event in feed:
        chronicle.apply(event)
    return rebuilt_text(
        chronicle, options.pop("live", Live()), options.pop("note", None), budget=budget, **options
    )


def test_everything_that_is_known_for_certain_is_told():
    note = Note("move it", ("keep the old port open",), (), "edit b.py", 7)
    live = Live("main", ("src/a.py",), ("handle 1: sleep 90",))
    text = told(*FEED, note=note, live=live, whole="/tmp/x/before-rebuild-1.txt")
    for part in (
        WORKING,
        "the suite passes (not reached yet)",
        "`pytest -q`",
        "[active] T2 move",
        "[open]   T2.1 x",
        "> Move the ledger to port 48213, keep --strict.",
        "> and mind /srv/data/ledger.db",
        "port 48213",
        "--strict",
        "keep the old port open",
        "Next: edit b.py",
        "8 passed, 1 failed",
        "tests/test_a.py::test_b",
        "src/a.py (+3 −1) 456789abcdef",
        "branch main",
        "handle 1: sleep 90",
        "shell make (failed)",
        "exit code 2",
        "I look first.",
        "/tmp/x/before-rebuild-1.txt",
    ):
        assert part in text, part
    assert "3 times" not in text, "words of the harness are not the person's"


def test_a_finished_session_is_told_to_wait():
    done = PlanChanged(items=(PlanItem("read", "done", "T1"),))
    text = told(*FEED, done, TurnEnded(reason="done", answer="Done."))
    assert FINISHED in text
    assert WORKING not in text


def test_it_is_not_finished_while_tasks_are_open_or_after_new_words():
    assert WORKING in told(*FEED, TurnEnded(reason="done"))
    done = PlanChanged(items=())
    assert WORKING in told(*FEED, done, TurnEnded(reason="done"), TurnStarted(prompt="more"))
    assert WORKING in told(*FEED, done, TurnEnded(reason="interrupted"))


def test_the_newest_words_and_the_first_ones_survive_a_flood():
    many = [PromptAdded(text=f"word {i} " + "x y z " * 200, origin="steer") for i in range(200)]
    text = told(
        TurnStarted(prompt="the first task"), *many, PromptAdded(text="the last word", origin="steer")
    )
    assert "the first task" in text
    assert "the last word" in text


def test_a_huge_prompt_is_cut_in_the_middle():
    text = told(TurnStarted(prompt="START " + "lorem ipsum " * 100_000 + " FINISH"), budget=2000)
    assert "START" in text
    assert "FINISH" in text
    assert estimate_text(text) <= 2100


@given(
    feed=st.lists(events, max_size=40),
    budget=st.integers(300, 20_000),
    scale=st.floats(0.5, 2.0),
    long=st.integers(0, 60_000),
)
@settings(max_examples=120, deadline=None)
def test_it_never_takes_more_than_its_budget(feed, budget, scale, long):
    text = told(TurnStarted(prompt="w " * long), *feed, budget=budget, scale=scale)
    assert estimate_text(text) * scale <= budget * 1.1 + 60


def test_a_note_is_read_from_whatever_stands_around_it():
    said = 'Sure!\n```json\n{"intent": "a", "decisions": ["b", 3], "next": "c", "found": null}\n```'
    assert read_note(said, 4) == Note("a", ("b", "3"), (), "c", 4)


def test_what_is_no_note_is_none():
    for said in ("", "no", "{", "{}", "[]", '{"intent": ""}', "}{", '{"a": {"b": 1}'):
        assert read_note(said) is None
