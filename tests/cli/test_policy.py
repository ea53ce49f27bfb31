"""``mycoder policy`` on a real project."""

import json
import os
from pathlib import Path

import pytest

from mycoder.config.paths import Paths
from mycoder.policy.remembered import Remembered
from mycoder.policy.rules import Rule
from tests.cli.conftest import Shell


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["git push -f"], 1, "ask\nrule: guard:git\nreason: `git push` reaches another machine"),
        (["git push -f", "--mode", "plan"], 4, "deny\nrule: mode:plan"),
        (["rm -rf .git"], 4, "deny\nrule: guard:remove"),
        (["ls -la"], 0, "allow\nrule: safe"),
        (["make", "--mode", "ask"], 1, "ask\nrule: mode:ask"),
        (["--tool", "write", ".git/config"], 4, "deny\nrule: guard:write"),
        (["--tool", "write", "a.py", "--mode", "edit"], 0, "allow\nrule: mode:edit"),
    ],
)
def test_check_prints_verdict_rule_and_reason(shell: Shell, arguments, code, words) -> None:
    assert shell("policy", "check", *arguments) == code
    assert words in shell.out


def test_check_as_json_and_with_rules_of_the_settings(shell: Shell) -> None:
    arguments = ("--set", 'policy.deny=["shell(make)"]', "policy", "check", "sudo make x", "--json")
    assert shell(*arguments) == 4
    found = json.loads(shell.out)
    assert (found["verdict"], found["rule"]) == ("deny", "deny:shell(make)")


def test_a_rule_whose_example_does_not_hold_is_told(shell: Shell) -> None:
    rule = '[{"rule": "shell(git push)", "fits": ["git pull"]}]'
    assert shell("--set", f"policy.deny={rule}", "policy", "check", "ls") == 3
    assert "shell(git push) does not fit its example 'git pull'" in shell.err


def test_answers_are_listed_and_forgotten(shell: Shell) -> None:
    root = Path(os.getcwd())
    store = Remembered(Paths.from_env(os.environ).project(root))
    store.add([Rule("shell", "= make x"), Rule("write", "a")])
    assert shell("policy") == 0
    assert "1. allow  shell(= make x)" in shell.out
    assert shell("policy", "check", "make x", "--mode", "ask") == 0
    assert shell("policy", "forget", "1") == 0
    assert "forgotten: shell(= make x)" in shell.out
    assert shell("policy", "check", "make x", "--mode", "ask") == 1
    assert shell("policy", "forget") == 2
    assert shell("policy", "forget", "--all") == 0
    assert store.answers() == ()
