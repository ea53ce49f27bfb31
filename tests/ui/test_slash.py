import pytest

from mycoder.protocol.blocks import Diff, PlanItem
from mycoder.protocol.commands import Submit
from mycoder.protocol.events import GoalChanged, TestsRan
from mycoder.protocol.usage import Usage
from mycoder.session.slash import NAMES
from mycoder.session.slash.registry import all_commands, closest, find, run_slash
from mycoder.ui.played import PlayedState


class NoFiles:
    """No skills and no commands of the person's own."""

    async def commands(self):
        return {}

    async def slashes(self):
        return ()


class Recorder:
    """A session of whose methods only the calls are kept."""

    def __init__(self, root, results=()):
        self.state = PlayedState(root=root)
        self.calls, self.notices, self.sent = [], [], []
        self.results = list(results)
        self.goal = None
        self.skills = NoFiles()

    def __getattr__(self, name):
        return lambda *arguments: self.calls.append((name, *arguments))

    async def send(self, command):
        self.sent.append(command)

    async def run_tests(self, arguments=()):
        self.calls.append(("run_tests", list(arguments)))
        if self.results:
            self.state.tests = self.results.pop(0)

    async def compact(self):
        self.calls.append(("compact",))

    async def set_model(self, model):
        self.calls.append(("set_model", model))

    def diff(self):
        return [Diff(path="a.py", text="+x", added=1), Diff(path="b.py", text="-x", removed=2)]

    def export(self, form="md"):
        return f"as {form}"

    def fork(self):
        return "id2"

    def notice(self, text, *, level="info", hint="", blocks=()):
        self.notices.append((text, level, hint, blocks))


@pytest.fixture
def session(tmp_path):
    return Recorder(tmp_path)


def test_every_command_is_named_once_and_says_what_it_does():
    commands = all_commands()
    assert [command.name for command in commands] == list(NAMES)
    spellings = [word for command in commands for word in (command.name, *command.aliases)]
    assert len(spellings) == len(set(spellings))
    assert all(command.summary and "\n" not in command.summary for command in commands)


@pytest.mark.parametrize(
    ("typed", "meant"), [("undo", "undo"), ("EXIT", "quit"), ("t", "test"), ("?", "help")]
)
def test_commands_are_found_by_name_and_alias(typed, meant):
    assert find(typed).name == meant


@pytest.mark.parametrize(
    ("typo", "meant"), [("udno", "undo"), ("contxt", "context"), ("compac", "compact"), ("zzzz", "")]
)
def test_a_typo_suggests(typo, meant):
    assert closest(typo) == meant


async def test_an_unknown_command_and_one_of_the_face_are_answered(session):
    await run_slash(session, "tset")
    await run_slash(session, "theme")
    assert "Did you mean /test?" in session.notices[0][2]
    assert "interactive" in session.notices[1][0]


async def test_help_fits_80_columns_and_tells_one_command_in_full(session):
    await run_slash(session, "help")
    await run_slash(session, "help", "/sessions")
    await run_slash(session, "help", "contxt")
    listing, about, unknown = session.notices
    assert all(len(line) <= 74 for line in listing[0].splitlines())
    assert all(f"/{name} " in listing[0] for name in NAMES)
    assert about[0].startswith("/resume [session]\n")
    assert "also /sessions" in about[0]
    assert "Did you mean /context?" in unknown[2]


async def test_status_says_where_the_session_stands(session):
    session.workflow, session.state.model, session.state.mode = "solo", "a/b", "plan"
    session.state.tests = TestsRan(command="pytest", passed=3, failed=1)
    session.state.usage, session.state.context, session.state.window = Usage(input=1200), 900, 4000
    await run_slash(session, "status")
    rows = dict(line.split(None, 1) for line in session.notices[0][0].splitlines())
    assert rows["model"] == "a/b"
    assert rows["mode"] == "plan"
    assert rows["tests"] == "3 passed, 1 failed"
    assert rows["changed"] == "2 files, +1 −2"
    assert rows["context"] == "900 of 4,000 tokens"
    assert rows["turn"] == "none runs"
    assert "goal" not in rows


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("undo", ("undo", 1)),
        ("undo 3", ("undo", 3)),
        ("redo 2", ("redo", 2)),
        ("mode PLAN", ("set_mode", "plan")),
        ("model a/b", ("set_model", "a/b")),
        ("compact", ("compact",)),
        ("test -k 'a b' x", ("run_tests", ["-k", "a b", "x"])),
    ],
)
async def test_commands_act_through_the_session(session, line, call):
    name, _, rest = line.partition(" ")
    await run_slash(session, name, rest)
    assert session.calls == [call]


@pytest.mark.parametrize(
    "line", ["undo x", "undo 0", "undo -1", "redo ²", "test 'open", "undo 99999999999999999999x"]
)
async def test_bad_arguments_change_nothing(session, line):
    name, _, rest = line.partition(" ")
    await run_slash(session, name, rest)
    assert session.calls == []
    assert session.notices[0][1] == "warning"


async def test_fix_takes_the_failures_as_the_task(session):
    session.results = [TestsRan(command="pytest", passed=1, failed=2, failing=("t::a", "t::b"))]
    await run_slash(session, "fix", "and keep it fast")
    (submit,) = session.sent
    assert isinstance(submit, Submit)
    assert "- t::a\n- t::b" in submit.text
    assert "and keep it fast" in submit.text


async def test_fix_changes_nothing_in_plan_mode(session):
    session.state.mode = "plan"
    await run_slash(session, "fix")
    assert session.calls == []
    assert session.sent == []
    assert "/mode auto" in session.notices[0][2]


async def test_fix_does_nothing_when_green_or_when_nothing_ran(session):
    await run_slash(session, "fix")
    assert "test_command" in session.notices[0][2]
    session.results = [TestsRan(command="pytest", passed=3)]
    await run_slash(session, "fix")
    assert session.sent == []
    assert "nothing to fix" in session.notices[1][0]


async def test_fix_works_on_a_run_that_proves_nothing(session):
    session.results = [TestsRan(command="pytest", problem="collection error")]
    await run_slash(session, "fix")
    assert "collection error" in session.sent[0].text


async def test_plan_shows_or_plans(session):
    await run_slash(session, "plan", "a task")
    assert (session.calls, session.sent) == ([("set_mode", "plan")], [Submit(text="a task")])
    session.state.plan = (PlanItem("one", "done"), PlanItem("two"))
    await run_slash(session, "plan")
    assert session.notices[-1][0] == "Plan: 1 of 2 done"


async def test_diff_sums_and_filters(session):
    await run_slash(session, "diff")
    await run_slash(session, "diff", "b.")
    assert session.notices[0][0] == "2 files changed, +1 −2"
    assert [block.path for block in session.notices[1][3]] == ["b.py"]


async def test_export_never_replaces_a_file(session, tmp_path):
    await run_slash(session, "export", "json out.json")
    assert (tmp_path / "out.json").read_text() == "as json"
    (tmp_path / "mine.md").write_text("mine")
    await run_slash(session, "export", "mine.md")
    assert (tmp_path / "mine.md").read_text() == "mine"
    assert session.notices[-1][1] == "warning"
    await run_slash(session, "export", "no/such/folder.md")
    assert session.notices[-1][1] == "error"


async def test_cost_and_context_say_figures(session):
    session.state.usage = Usage(input=2000, cached=500, output=10, cost=0.25)
    session.state.context, session.state.window = 150_000, 200_000
    await run_slash(session, "cost")
    await run_slash(session, "context")
    assert "$0.2500 · 2,000 tokens in (25% cached)" in session.notices[0][0]
    assert "75%" in session.notices[1][0]
    assert session.notices[1][2] == "/compact makes it shorter."


async def test_init_improves_what_is_there(session, tmp_path):
    await run_slash(session, "init")
    (tmp_path / "AGENTS.md").touch()
    await run_slash(session, "init")
    assert [submit.text.split()[0] for submit in session.sent] == ["Write", "Improve"]


async def test_help_lists_every_command(session):
    await run_slash(session, "help")
    assert all(f"/{name}" in session.notices[0][0] for name in NAMES)


async def test_a_goal_is_set_shown_and_given_as_the_task(session):
    await run_slash(session, "goal", '"the suite passes" --check "pytest -q" --check true')
    goal = GoalChanged(text="the suite passes", checks=("pytest -q", "true"))
    assert session.calls == [("set_goal", goal)]
    assert session.sent == [Submit(text="the suite passes")]
    assert "checked by: pytest -q" in session.notices[0][0]


async def test_checks_alone_are_a_goal(session):
    await run_slash(session, "goal", "--check 'make lint' --judge")
    assert session.calls == [
        ("set_goal", GoalChanged(text="`make lint` succeeds", checks=("make lint",), judged=True))
    ]


async def test_a_goal_is_shown_and_taken_away(session):
    await run_slash(session, "goal")
    assert "There is no goal" in session.notices[0][0]
    session.goal = GoalChanged(text="x", status="unmet", reason="`make` fails:\nno rule")
    await run_slash(session, "goal")
    assert "(not reached): x" in session.notices[1][0]
    assert "last seen: `make` fails:" in session.notices[1][0]
    await run_slash(session, "goal", "clear")
    assert session.calls == [("set_goal", GoalChanged(text=""))]


@pytest.mark.parametrize("line", ["--check", "'open", "--bogus x", "--judge"])
async def test_a_goal_that_cannot_be_read_changes_nothing(session, line):
    await run_slash(session, "goal", line)
    assert session.calls == []
    assert session.notices[0][1] == "warning"
