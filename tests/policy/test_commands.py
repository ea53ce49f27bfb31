"""Reading of commands: what is plain, what only reads, what is asked about, and what rights a child has."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.config.settings import RuleWithExamples
from mycoder.policy.concern import Ground
from mycoder.policy.decide import RANK, Action, decide
from mycoder.policy.policy import MODES, Policy
from mycoder.policy.reading import Reading
from mycoder.policy.rules import RuleError
from mycoder.policy.safe_table import COMMANDS, GIT
from mycoder.policy.syntax import parse
from mycoder.protocol.tooling import Effect

PLACE = {"root": "/w/app", "home": "/home/u", "sandbox": "bubblewrap"}


def verdict(command, mode="ask", policy=Policy(), **where):
    return decide(Action("shell", Effect.RUN, {"command": command}), mode, policy, **{**PLACE, **where})


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        ("ls -la", "ls -la"),
        ("ls  -la  src/ ", "ls -la src/"),
        ('rg "foo bar" src', "rg 'foo bar' src"),
        ("rg 'it'\"'\"'s' src", "rg 'it'\"'\"'s' src"),
        ("cat a.py | head -n 5", "cat a.py | head -n 5"),
        ("ls src/*.py; pwd", "ls src/*.py; pwd"),
        ("sed -n '1,20p' a.py && wc -l a.py", "sed -n '1,20p' a.py && wc -l a.py"),
        ("find src -name '*.py' -type f", "find src -name '*.py' -type f"),
        ("git status", "git --no-pager -c core.fsmonitor=false status"),
        (
            "git --no-pager log -3 --oneline",
            "git --no-pager -c core.fsmonitor=false log --no-ext-diff --no-textconv -3 --oneline",
        ),
        ("cd src && ls", "cd src && ls"),
        ("awk '{print $1}' f | sort | uniq -c | sort -rn", "awk '{print $1}' f | sort | uniq -c | sort -rn"),
        ("cat /w/app/a.py", "cat /w/app/a.py"),
        ("python --version || python3 -V", "python --version || python3 -V"),
        ("grep -rn 'def f' --include='*.py' .", "grep -rn 'def f' --include='*.py' ."),
        (
            "git diff HEAD~1 -- src",
            "git --no-pager -c core.fsmonitor=false diff --no-ext-diff --no-textconv HEAD~1 -- src",
        ),
    ],
)
def test_what_only_reads_runs_as_the_words_that_were_judged(command, runs):
    found = verdict(command)
    assert (found.decision, found.rule, found.command) == ("allow", "safe", runs)
    assert parse(runs).plain


@pytest.mark.parametrize(
    "name", sorted(set(COMMANDS) - {"git", "echo", ":", "true", "false", "expr", "[", "test"})
)
def test_each_row_refuses_an_option_that_is_not_in_it(name):
    assert Reading(f"{name} --evil-option=x y").why_asked
    assert Reading(f"{name} -@ y").why_asked or name in ("cksum", "rev")


@pytest.mark.parametrize("name", sorted(set(GIT) - {"version"}))
def test_each_git_row_refuses_to_write_a_file(name):
    assert Reading(f"git {name} --output=f").why_asked
    assert Reading(f"git -c core.pager=x {name}").why_asked


@pytest.mark.parametrize(
    "command",
    [
        "pytest -q", "python -m pytest tests/test_a.py -x -k 'a and b'", ".venv/bin/python -m pytest --tb=short",
        "pytest | tail -20", "cargo test", "go test ./...", "npm test", "cd sub && pytest",
    ],
)  # fmt: skip
def test_the_projects_tests_run_without_a_question_where_files_may_be_changed(command):
    assert verdict(command, "edit").decision == "allow"
    assert verdict(command, "ask").decision == "ask"


@pytest.mark.parametrize(
    "command",
    [
        "python script.py", "make -j4", "echo hi > out.txt", "rm -rf build dist", "mkdir -p a/b && touch a/b/c",
        "find . -name '*.pyc' -delete", "find . -name __pycache__ -exec rm -rf {} +", "git add -A && git commit -m 'x'",
        "git checkout -b topic", "git switch main", "git stash && git stash pop", "sed -i 's/a/b/' src/*.py",
        "cat > f.py <<'EOF'\nimport os\nprint('x')\nEOF", "for f in *.py; do python $f; done", "pip install -e .",
        "PYTHONPATH=. python -m pytest -q 2>&1 | tail -5", "source .venv/bin/activate && pytest", "npm run build",
        "python - <<'E'\nimport shutil\nshutil.rmtree('build')\nE", "d=$(mktemp -d) && cp a $d && rm -rf \"$d\"",
        "curl -s http://localhost:8000/health", "cp a.py /tmp/x.py", "(cd sub && make)", "timeout 60 python x.py",
        "python -c 'print(1)'", "git log > /tmp/log.txt 2>/dev/null", "X=1 ./run.sh &", "chmod +x run.sh", "git rm old.py",
        "git commit -m 'do not git push or rm -rf / here'", "rg 'git push'", "echo 'rm -rf /'", "git merge topic",
    ],
)  # fmt: skip
def test_ordinary_work_is_done_in_auto_without_a_question(command):
    assert verdict(command, "auto").decision == "allow"
    assert verdict(command, "auto", sandbox="off").decision == "allow"


def test_without_a_sandbox_only_what_is_known_runs_in_auto():
    assert verdict("python x.py", "auto", sandbox="limits").rule == "sandbox"
    assert verdict("ls", "auto", sandbox="limits").decision == "allow"
    assert verdict("pytest", "auto", sandbox="limits").decision == "allow"
    assert (
        verdict("python x.py", "auto", Policy.of(allow=["shell(python)"]), sandbox="limits").decision
        == "allow"
    )


def test_in_a_folder_that_is_not_trusted_reading_needs_a_wall():
    assert verdict("git status", is_trusted=False, sandbox="limits").decision == "ask"
    assert verdict("git status", is_trusted=False).decision == "allow"


def test_a_rule_that_names_the_command_lifts_a_question_and_no_other_does():
    assert verdict("git push origin main", "auto", Policy.of(allow=["shell(git push)"])).decision == "allow"
    assert verdict("git push origin main", "auto", Policy.of(allow=["shell"])).decision == "ask"
    assert verdict("git push > f", "auto", Policy.of(allow=["shell(git push)"])).decision == "allow"
    assert verdict("git push > f", "ask", Policy.of(allow=["shell(git push)"])).decision == "ask"


def test_examples_of_rules_are_checked():
    good = RuleWithExamples(
        rule="shell(git push)", fits=("git push -f", "sudo git push"), spares=("git pull",)
    )
    assert Policy.of(deny=[good]).deny == Policy.of(deny=["shell(git push)"]).deny
    with pytest.raises(RuleError, match="does not fit its example 'git pull'"):
        Policy.of(deny=[RuleWithExamples(rule="shell(git push)", fits=("git pull",))])
    with pytest.raises(RuleError, match="fits its example 'secrets/x'"):
        Policy.of(deny=[RuleWithExamples(rule="write(secrets/**)", spares=("secrets/x",))])
    with pytest.raises(RuleError, match="does not fit"):
        Policy.of(allow=[RuleWithExamples(rule="shell(ls)", fits=("ls > f",))])


def test_taint_asks_for_network_and_memory_whatever_is_allowed():
    policy = Policy.of(allow=["*", "fetch", "remember"])
    for action in (Action("fetch", Effect.NET), Action("remember", Effect.WRITE)):
        assert decide(action, "auto", policy, is_tainted=True).rule == "taint"
        assert decide(action, "auto", policy).decision == "allow"
    assert verdict("ls", is_tainted=True).decision == "allow"


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "#", "'", "(((", "\udcff", "$(" * 3000, "a" * 600_000, ";;;;", "\x00"]
)
def test_no_text_breaks_it(text):
    for mode in MODES:
        assert verdict(text, mode).decision in RANK


rules = st.sampled_from(
    [
        "shell",
        "shell(git push)",
        "shell(ls)",
        "shell(= make all)",
        "write",
        "write(src/**)",
        "*",
        "read(secrets/**)",
        "*(a)",
    ]
)
commands = st.one_of(
    st.sampled_from(
        [
            "ls",
            "git push",
            "ls; git push",
            "echo $(git push)",
            "sudo ls",
            "make all",
            "cat secrets/x",
            "rm a",
            "pytest",
        ]
    ),
    st.text(alphabet="ls git;&|$()`'\"\\ \n<>*~{}a/.-", max_size=30),
)
actions = st.one_of(
    commands.map(lambda text: Action("shell", Effect.RUN, {"command": text})),
    st.sampled_from(["src/a.py", "secrets/k", "../x", ".", "a"]).map(
        lambda path: Action("write", Effect.WRITE, {"path": path})
    ),
    st.just(Action("fetch", Effect.NET, {"url": "x"})),
)
policies = st.builds(
    lambda allow, ask, deny, at_most: Policy.of(allow=allow, ask=ask, deny=deny, at_most=at_most),
    st.lists(rules, max_size=3), st.lists(rules, max_size=2), st.lists(rules, max_size=2), st.sampled_from(MODES),
)  # fmt: skip
places = st.fixed_dictionaries(
    {
        "sandbox": st.sampled_from(["bubblewrap", "limits", "off"]),
        "is_tainted": st.booleans(),
        "is_trusted": st.booleans(),
        "root": st.just("/w/app"),
    }
)


@given(actions, st.sampled_from(MODES), policies, rules, places)
@settings(max_examples=300, deadline=None)
def test_more_rules_that_forbid_never_loosen_and_taint_neither(action, mode, policy, rule, place):
    before = RANK[decide(action, mode, policy, **place).decision]
    more = Policy.of(deny=[rule]).deny
    assert RANK[decide(action, mode, policy.with_rules(deny=more), **place).decision] >= before
    assert RANK[decide(action, mode, policy.with_rules(ask=more), **place).decision] >= before
    assert RANK[decide(action, mode, policy, **{**place, "is_tainted": True}).decision] >= before


@given(commands)
@settings(max_examples=300, deadline=None)
def test_what_is_run_in_the_place_of_a_command_reads_as_the_same_words(text):
    reading = Reading(text, Ground(root="/w/app"))
    if reading.plain and not any(part.argv[0] == "git" for part in reading.plain):
        assert [part.argv for part in Reading(reading.as_read()).plain] == [
            part.argv for part in reading.plain
        ]
