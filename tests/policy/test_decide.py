import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.policy.decide import TABLE, Action, Policy
from mycoder.policy.decide import decide as decide_anywhere
from mycoder.policy.rules import Rule, RuleError
from mycoder.protocol.tooling import Effect

RANK = {"allow": 0, "ask": 1, "deny": 2}
MODES = ("plan", "ask", "edit", "auto")


def decide(action, mode, policy=Policy(), **where):
    """In a sandbox that isolates, where nothing else is said."""
    return decide_anywhere(action, mode, policy, **{"sandbox": "bubblewrap", "root": "/w/app", **where})


def shell(command):
    return Action("shell", Effect.RUN, {"command": command})


def write(path):
    return Action("write", Effect.WRITE, {"path": path})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("effect", list(Effect))
def test_without_rules_the_table_decides(mode, effect):
    assert decide(Action("shell", effect), mode).decision == TABLE[mode, effect]


def test_edit_runs_the_projects_tests_without_a_question():
    assert decide(Action("test", Effect.RUN), "edit").decision == "allow"
    assert decide(Action("test", Effect.RUN), "ask").decision == "ask"


@pytest.mark.parametrize(
    ("command", "decision"),
    [
        ("git status", "allow"),
        ("git status --short src/a.py", "allow"),
        ("git  status", "allow"),
        ("git", "ask"),
        ("git statusx", "ask"),
        ("git stash", "ask"),
        ("git status; touch x", "ask"),
        ("git status && touch x", "ask"),
        ("git status\ntouch x", "ask"),
        ("git status & touch x", "ask"),
        ("git status $(touch x)", "ask"),
        ("git status `touch x`", "ask"),
        ("git status > x", "ask"),
        ("git status | sh", "ask"),
        ("git status $X", "ask"),
        ("git status <(touch x)", "ask"),
        ("X=1 git status", "ask"),
        ("git status \x00", "deny"),
        ("git status\rtouch x", "ask"),
        ("ｇit status", "ask"),
        ("", "ask"),
    ],
)
def test_an_allowed_command_is_plain_words_only(command, decision):
    assert decide(shell(command), "ask", Policy.of(allow=["shell(git status)"])).decision == decision


@pytest.mark.parametrize(
    "command",
    [
        "git push",
        "git push --force",
        "ls; git push",
        "ls && git push -f",
        "ls\ngit push",
        "(git push)",
        "x=$(git push)",
        "`git push`",
        "sudo git push",
        "env A=1 git push",
        "timeout 5 git push",
        "A=1 git push",
        "g''it push",
        'git "push"',
        "gi\\t push",
        "if true; then git push; fi",
        "true | xargs git push",
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_a_denied_command_is_found_in_every_part_and_mode(command, mode):
    policy = Policy.of(deny=["shell(git push)"], allow=["shell"])
    assert decide(shell(command), mode, policy).decision == "deny"


def test_a_deny_rule_leaves_other_commands_alone():
    assert decide(shell("git log --oneline"), "auto", Policy.of(deny=["shell(git push)"])).decision == "allow"


@pytest.mark.parametrize("path", ["secrets/key", "./secrets/key", "a/../secrets/key", "secrets/deep/er/key"])
def test_denied_paths_are_found_however_they_are_written(path):
    assert decide(write(path), "auto", Policy.of(deny=["write(secrets/**)"])).decision == "deny"
    assert decide(write(path), "auto", Policy.of(deny=["*(secrets)"])).decision == "deny"


def test_a_patch_is_judged_by_every_path_in_it():
    text = "*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n*** Add File: secrets/k\n+z\n*** End Patch"
    action = Action("patch", Effect.WRITE, {"patch": text})
    assert decide(action, "auto", Policy.of(deny=["patch(secrets/**)"])).decision == "deny"
    assert decide(action, "ask", Policy.of(allow=["patch(*.py)"])).decision == "ask"


@pytest.mark.parametrize("text", ["", "Shell(", "shell)x(", "two words", "9x"])
def test_a_rule_that_is_none_says_how_to_write_one(text):
    with pytest.raises(RuleError, match="tool"):
        Rule.parse(text)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "command",
    ["rm -rf .git", "cd x && rm -rf ./.git", "sudo rm -fr .git/", "rm -rf / ", "rm -rf ~"],
)
def test_what_cannot_be_undone_is_guarded_in_every_mode(command, mode):
    assert decide(shell(command), mode, Policy.of(allow=["shell"])).decision == "deny"


@pytest.mark.parametrize(
    "command", ["rm -rf build", "rm -r .git-old", "rm .gitignore", "ls .git", "rm -rf ./dist"]
)
def test_the_guard_leaves_other_removals_to_the_journal(command):
    assert decide(shell(command), "auto").decision == "allow"


rules = st.sampled_from(
    ["shell", "shell(git push)", "shell(ls)", "write", "write(src/**)", "*", "read(secrets/**)"]
)
actions = st.one_of(
    st.sampled_from(["ls", "git push", "ls; git push", "echo $(git push)", "sudo ls"]).map(shell),
    st.sampled_from(["src/a.py", "secrets/k", "../x", "."]).map(write),
)


@given(
    action=actions,
    mode=st.sampled_from(MODES),
    allow=st.lists(rules, max_size=3),
    ask=st.lists(rules, max_size=3),
    deny=st.lists(rules, max_size=3),
    more=rules,
)
@settings(max_examples=300, deadline=None)
def test_adding_a_deny_never_loosens_and_plan_never_changes_anything(action, mode, allow, ask, deny, more):
    before = decide(action, mode, Policy.of(allow=allow, ask=ask, deny=deny)).decision
    after = decide(action, mode, Policy.of(allow=allow, ask=ask, deny=[*deny, more])).decision
    assert RANK[after] >= RANK[before]
    only_reads = action.arguments.get("command") == "ls"
    assert decide(action, "plan", Policy.of(allow=allow)).decision == ("allow" if only_reads else "deny")


@pytest.mark.parametrize("sandbox", ["bubblewrap", "landlock"])
def test_plan_runs_what_only_reads_where_the_sandbox_holds_it_to_that(sandbox):
    def planned(command, policy=Policy(), **more):
        arguments = {"command": command, **more}
        return decide(Action("shell", Effect.RUN, arguments), "plan", policy, sandbox=sandbox, root="/w/app")

    verdict = planned("git log -3 | head")
    assert (verdict.decision, verdict.rule) == ("allow", "safe")
    assert "--no-ext-diff" in verdict.command, "it runs as it was read"
    for command in (
        "touch x",
        "git log; touch x",
        "git push",
        "pytest",
        "python x.py",
        "git log $(touch x)",
        "cat ~/.ssh/id",
    ):
        assert planned(command).decision == "deny", command
    assert planned("git log", network=True).decision == "deny"
    assert planned("git log", Policy.of(deny=["shell(git log)"])).decision == "deny"
    assert planned("git log", Policy.of(ask=["shell(git log)"])).decision == "ask"
    assert planned("touch x", Policy.of(allow=["shell", "shell(touch)"])).decision == "deny"


@pytest.mark.parametrize("sandbox", ["limits", "off", "container", "seatbelt"])
def test_without_such_a_sandbox_plan_runs_nothing(sandbox):
    action = Action("shell", Effect.RUN, {"command": "git log"})
    assert decide(action, "plan", sandbox=sandbox).decision == "deny"
