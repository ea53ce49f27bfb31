import os
import threading

import pytest

from mycoder.policy.decide import Action, Policy, decide
from mycoder.policy.reading import Reading
from mycoder.policy.remembered import FILE, Remembered, rules_for_command, rules_for_paths
from mycoder.policy.rules import Rule
from mycoder.protocol.tooling import Effect


def verdict(command, rules):
    return decide(Action("shell", Effect.RUN, {"command": command}), "ask", Policy().with_rules(allow=rules))


@pytest.mark.parametrize(
    "command",
    ["make all", "npm run 'my build'", "ls && make x | tail -5", "git push origin main", './run "it\'s"'],
)
def test_a_remembered_command_is_allowed_again_and_nothing_longer(command):
    rules = rules_for_command(Reading(command))
    assert rules
    assert verdict(command, rules).decision == "allow"
    assert verdict(f"{command} -x", rules).decision == "ask"
    assert verdict(f"{command}; touch x", rules).decision == "ask"


@pytest.mark.parametrize(
    "command", ["make > x", "make $X", "make\nls", "echo $(ls)", "rm *.pyc", "make ''", ""]
)
def test_what_rules_cannot_name_is_not_remembered(command):
    assert rules_for_command(Reading(command)) == ()


def test_paths_that_would_be_patterns_are_not_remembered():
    assert rules_for_paths("write", ["src/a.py"]) == (Rule("write", "src/a.py"),)
    assert rules_for_paths("write", ["src/*.py"]) == ()
    assert rules_for_paths("write", []) == ()


def test_answers_survive_and_are_private(tmp_path):
    folder = tmp_path / "state" / "project"
    Remembered(folder).add([Rule("shell", "= make"), Rule("write", "a")])
    Remembered(folder).add([Rule("shell", "= make")])
    again = Remembered(folder)
    assert [answer.rule for answer in again.answers()] == ["shell(= make)", "write(a)"]
    assert os.stat(folder / FILE).st_mode & 0o077 == 0
    assert os.stat(folder).st_mode & 0o077 == 0
    assert [answer.rule for answer in again.forget([1, 9])] == ["shell(= make)"]
    assert again.rules() == (Rule("write", "a"),)
    assert len(again.forget()) == 1
    assert again.rules() == ()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"answers": [{"rule": 3}]}', "\x00\xff"])
def test_a_broken_file_allows_nothing_and_is_kept(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    store = Remembered(tmp_path)
    assert store.rules() == ()
    store.add([Rule("write", "a")])
    assert store.rules() == (Rule("write", "a"),)
    assert (tmp_path / "permissions.broken").read_text() == text


def test_what_is_no_rule_allows_nothing(tmp_path):
    (tmp_path / FILE).write_text('{"answers": [{"rule": "Shell(", "at": 1}, {"rule": "write", "at": 1}]}')
    assert Remembered(tmp_path).rules() == (Rule("write"),)


def test_sessions_that_answer_at_once_lose_nothing(tmp_path):
    def answer(number):
        for step in range(10):
            Remembered(tmp_path).add([Rule("write", f"{number}-{step}")])

    threads = [threading.Thread(target=answer, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Remembered(tmp_path).answers()) == 40
