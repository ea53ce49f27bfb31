"""What people type: parsing, completion, history, chips, the grace of approvals."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.ui import fuzzy
from mycoder.ui.chips import Chips, image_path
from mycoder.ui.examples import examples
from mycoder.ui.grace import Grace
from mycoder.ui.history import History, Walk
from mycoder.ui.typed import Completion, Typed, completing, parse


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", Typed("nothing")),
        ("  \n", Typed("nothing")),
        ("fix it", Typed("prompt", "fix it")),
        ("/undo 2", Typed("slash", "undo", "2")),
        ("/plan\nfirst\nthen", Typed("slash", "plan", "first\nthen")),
        ("/usr/bin/env is missing", Typed("prompt", "/usr/bin/env is missing")),
        ("/?", Typed("slash", "?")),
        ("! ls -l", Typed("shell", "ls -l")),
        ("!", Typed("prompt", "!")),
        (":q", Typed("quit")),
        ("exit", Typed("quit")),
        ("exit the loop early", Typed("prompt", "exit the loop early")),
    ],
)
def test_what_a_line_means(line, expected):
    assert parse(line) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("see @src/a", Completion("mention", "src/a", 4)),
        ("@", Completion("mention", "", 0)),
        ("me@example", None),
        ("see @a b", None),
        ("/un", Completion("slash", "un", 0)),
        ("\n/un", None),
        ("a /un", None),
        ("/undo 2", None),
    ],
)
def test_what_is_completed(before, expected):
    assert completing(before) == expected


def test_names_and_beginnings_come_first():
    paths = [
        "docs/attestation.md",
        "src/store/test_helper.py",
        "tests/test_store.py",
        "src/store.py",
        "a/s/t/o/r/e.py",
    ]
    assert fuzzy.best("store", paths)[0] == "src/store.py"
    assert fuzzy.best("tst", paths)[0] in ("tests/test_store.py", "src/store/test_helper.py")
    assert fuzzy.best("STORE.PY", paths)[0] == "src/store.py"
    assert fuzzy.best("zzz", paths) == []
    assert fuzzy.best("", paths, most=2) == paths[:2]


@given(st.text(max_size=8), st.lists(st.text(max_size=20), max_size=20))
@settings(max_examples=100, deadline=None)
def test_only_what_holds_the_characters_in_order_matches(query, candidates):
    for found in fuzzy.best(query, candidates):
        rest = iter(found.casefold())
        assert all(character in rest for character in query.casefold())


def test_a_large_repository_is_searched_while_typing():
    paths = [f"src/package_{n % 97}/module_{n}/file_{n}.py" for n in range(30_000)]
    began = time.thread_time()
    fuzzy.best("mod29file", paths)
    assert time.thread_time() - began < 0.5


def test_history_is_kept_for_the_project_and_read_again(tmp_path):
    history = History.of_project(tmp_path, tmp_path / "one")
    for text in ("first", "two\nlines", "two\nlines", "  secret", "   "):
        history.add(text)
    again = History.of_project(tmp_path, tmp_path / "one")
    assert again.entries == ["first", "two\nlines"]
    assert History.of_project(tmp_path, tmp_path / "other").entries == []
    assert again.file.stat().st_mode & 0o077 == 0


def test_two_runs_share_a_history_and_broken_lines_are_skipped(tmp_path):
    one, two = History(tmp_path / "h"), History(tmp_path / "h")
    one.add("from one")
    two.add("from two")
    with (tmp_path / "h").open("a") as file:
        file.write('{"half": \n"whole"\n')
    assert History(tmp_path / "h").entries == ["from one", "from two", "whole"]


def test_a_history_that_cannot_be_written_stays_in_memory(tmp_path):
    (tmp_path / "blocked").write_text("a file, not a folder")
    history = History(tmp_path / "blocked" / "h")
    history.add("kept")
    history.add("too")
    assert history.entries == ["kept", "too"]


def test_the_draft_is_there_again_at_the_lower_end():
    history = History(None)
    for text in ("a", "b"):
        history.add(text)
    walk = Walk(history)
    assert [walk.older("draft"), walk.older("b"), walk.older("a")] == ["b", "a", None]
    assert [walk.newer(), walk.newer(), walk.newer()] == ["b", "draft", None]


def test_search_finds_all_words_newest_first_and_each_once():
    history = History(None)
    for text in ("fix the cart", "run tests", "fix the cart", "Fix THE tests"):
        history.add(text)
    assert history.search("fix the") == ["Fix THE tests", "fix the cart"]


def test_chips_expand_to_what_was_pasted(tmp_path):
    chips = Chips()
    big = "x\n" * 20
    image = tmp_path / "a]b.png"
    image.touch()
    text = f"see {chips.paste(big, takes_images=True)} and {chips.paste(str(image), takes_images=True)}"
    assert text == "see [pasted text 1: 21 lines] and [image 2: a)b.png] "
    expanded, images = chips.expand(text)
    assert expanded.startswith(f"see {big} and [image 2")
    assert [each.path for each in images] == [str(image)]
    assert chips.expand("[pasted text 1: 21 lines]") == ("[pasted text 1: 21 lines]", ())


def test_examples_are_made_from_the_files():
    assert examples([]) == ()
    assert examples(["README.md"]) == ("does @README.md say what the code does?",)
    assert examples(["notes"]) == ("what is in this repository?",)
    found = examples(["a/__init__.py", "a/core.py", "tests/test_core.py", "README.md"])
    assert found[0] == "/fix"
    assert found[1] == "explain @a/core.py"
    assert len(found) == 3
    assert "\u202e" not in examples(["x\u202e.py"])[0]


@pytest.mark.parametrize("typed", ["no such.png", "a\nb.png", "x" * 2_000 + ".png", "notes.txt", "\0.png"])
def test_what_is_no_image_stays_text(typed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").touch()
    assert image_path(typed) is None


@given(st.lists(st.tuples(st.sampled_from(["type", "key", "ask"]), st.floats(0, 2)), max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_key_is_heard_within_reach_of_typing(steps):
    grace, now, typed, taken = Grace(), 0.0, float("-inf"), None
    for what, passed in steps:
        now += passed
        if what == "type" and taken is None:
            grace.typed(now)
            typed = now
        elif what == "ask" and grace.take(now):
            taken = now
            assert now - typed >= 1.0
        elif what == "key" and grace.hears(now):
            assert taken is not None
            assert now - taken >= 0.5
