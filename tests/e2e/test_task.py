import os

import pytest

from mycoder.models.scripted_server import ScriptedServer
from mycoder.sandbox.sandbox import open_sandbox
from tests.e2e.console import call, mycoder, repository, say, task, tree
from tests.e2e.shop import BROKEN, MENDED, files, steps

pytestmark = pytest.mark.e2e
TASK = "make the failing tests pass"


@pytest.fixture
def shop(tmp_path):
    return repository(tmp_path / "shop", files())


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


async def test_a_seeded_bug_is_fixed_in_several_steps(shop, home):
    before = tree(shop)
    async with ScriptedServer(steps()) as server:
        ran = await task(TASK, server=server, cwd=shop, home=home)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    report = ran.report
    assert report["verified"]
    assert (report["before"]["failed"], report["after"]["passed"]) == (1, 3)
    assert report["fixed"] == ["tests/test_totals.py::test_a_discount_never_makes_a_debt"]
    assert [f["path"] for f in report["files"]] == ["shop/totals.py"]
    assert report["steps"] == 5
    assert [(run.get("failed", 0), run.get("passed", 0)) for run in ran.of("TestsRan")] == [
        (1, 2),
        (2, 1),
        (0, 3),
    ]
    after = tree(shop)
    assert {k for k in after if after[k] != before.get(k)} == {"shop/totals.py"}, (
        "only what was meant has changed"
    )
    assert MENDED in after["shop/totals.py"].decode()


async def test_stdout_is_the_result_and_stderr_the_progress(shop, home):
    async with ScriptedServer(steps()) as server:
        ran = await mycoder(
            "--task",
            TASK,
            "--model",
            "openai/scripted",
            "--engine",
            "model",
            cwd=shop,
            home=home,
            url=server.url,
        )
    assert ran.code == 0, ran.err
    assert "at least 0" in ran.out
    assert "shop/totals.py" in ran.out
    assert "grep" not in ran.out
    assert "\x1b" not in ran.out + ran.err


async def test_the_first_request_holds_what_a_model_asks_first(shop, home):
    async with ScriptedServer((say("Nothing to do."),)) as server:
        await task("say hello", server=server, cwd=shop, home=home)
    text = server.requests[0].body.decode()
    for fact in (str(shop), "shop/", "pytest", "start", "main" if "main" in text else "master"):
        assert fact in text
    assert len(server.requests) == 1


async def test_never_fixed_ends_with_6(shop, home):
    wrong = [
        call(("edit", {"path": "shop/totals.py", "old": f"return {a}", "new": f"return {b}"}), ("test", {}))
        for a, b in [("sum", "0 + sum"), ("0 + sum", "1 * sum")]
    ]
    wrong[1] = call(
        ("edit", {"path": "shop/totals.py", "old": "return 0 + sum", "new": "return sum"}), ("test", {})
    )
    async with ScriptedServer((*wrong, *[say("I am done.")] * 9)) as server:
        ran = await task(TASK, server=server, cwd=shop, home=home)
    assert ran.code == 6, ran.err
    assert ran.ended["reason"] == "tests_failing"
    assert not ran.report.get("verified", False)
    assert ran.report["known"] == ["tests/test_totals.py::test_a_discount_never_makes_a_debt"]


async def test_a_claim_of_success_on_red_is_refused(shop, home):
    claim = (
        call(("edit", {"path": "shop/totals.py", "old": "- discount", "new": "-  discount"})),
        say("All tests pass now!"),
        say("Really, they pass."),
        call(("edit", {"path": "shop/totals.py", "old": BROKEN.replace("- d", "-  d"), "new": MENDED})),
        say("Now they do."),
    )
    async with ScriptedServer(claim) as server:
        ran = await task(TASK, server=server, cwd=shop, home=home)
    assert ran.code == 0, ran.err
    nudge, refusal = (e["text"] for e in ran.of("PromptAdded"))
    assert "have not run the tests" in nudge
    assert "not done" in refusal
    assert "test_a_discount_never_makes_a_debt" in refusal


async def test_steps_are_limited(shop, home):
    async with ScriptedServer(
        tuple(call(("read", {"path": f"shop/parts/part_{i}.py"})) for i in range(9))
    ) as server:
        ran = await task(TASK, "--max-steps", "3", server=server, cwd=shop, home=home)
    assert ran.code == 5
    assert len(server.requests) == 3
    assert "--max-steps" in ran.err + ran.ended["message"]


async def test_time_is_limited_and_the_tree_of_processes_ends(shop, home):
    async with ScriptedServer((call(("shell", {"command": "sleep 300"})),)) as server:
        ran = await task(TASK, "--max-time", "1.5", server=server, cwd=shop, home=home)
    assert ran.code == 124
    assert ran.ended["reason"] == "timeout"


async def test_plan_mode_changes_nothing(shop, home):
    before = tree(shop)
    plan = (
        call(("edit", {"path": "shop/totals.py", "old": "- discount", "new": "+ discount"})),
        call(("shell", {"command": "touch x"})),
        say("I would change shop/totals.py."),
    )
    async with ScriptedServer(plan) as server:
        ran = await task(TASK, "--mode", "plan", server=server, cwd=shop, home=home)
    assert tree(shop) == before
    assert ran.code == 4, ran.err
    assert all(not e.get("ok", True) for e in ran.of("ToolFinished"))


async def test_nobody_to_ask_is_a_denial(shop, home):
    async with ScriptedServer((call(("shell", {"command": "touch x"})), say("I may not."))) as server:
        ran = await task("touch x", "--mode", "edit", server=server, cwd=shop, home=home)
    assert not (shop / "x").exists()
    assert ran.of("AskSettled")[0]["choice"] == "deny"
    assert ran.code == 4


async def test_undo_and_redo_from_the_command_line(shop, home):
    before = tree(shop)
    async with ScriptedServer(steps()) as server:
        await task(TASK, server=server, cwd=shop, home=home)
    mended = tree(shop)
    shown = await mycoder("diff", cwd=shop, home=home)
    assert "max(" in shown.out
    assert (await mycoder("undo", "2", cwd=shop, home=home)).code == 0
    assert tree(shop) == before
    assert (await mycoder("redo", "2", cwd=shop, home=home)).code == 0
    assert tree(shop) == mended
    (shop / "shop/totals.py").write_text("mine\n")
    refused = await mycoder("undo", cwd=shop, home=home)
    assert refused.code != 0
    assert "shop/totals.py" in refused.out + refused.err
    assert (shop / "shop/totals.py").read_text() == "mine\n"


async def test_a_session_is_listed_continued_forked_exported_and_deleted(shop, home):
    async with ScriptedServer((say("One."), say("Two."), say("Three."))) as server:
        await task("first words", server=server, cwd=shop, home=home)
        await task("second words", "--continue", server=server, cwd=shop, home=home)
        first, second = (r.body for r in server.requests)
        assert second.startswith(first.rstrip(b"]}")), (
            "the resumed request begins with the bytes of the one before"
        )
        listed = await mycoder("sessions", "list", cwd=shop, home=home)
        assert "first words" in listed.out
        session = (
            listed.out.split()[0]
            if listed.out.startswith("2")
            else next(w for w in listed.out.split() if w[:2] == "20" and w.count("-") == 2)
        )
        forked = await task("third words", "--fork", session, server=server, cwd=shop, home=home)
        assert forked.code == 0
    assert "second words" in (await mycoder("sessions", "export", session, cwd=shop, home=home)).out
    assert (await mycoder("sessions", "delete", session, cwd=shop, home=home)).code == 0
    assert session not in (await mycoder("sessions", "list", cwd=shop, home=home)).out


async def test_an_ephemeral_session_leaves_nothing(shop, home):
    async with ScriptedServer((say("Hello."),)) as server:
        ran = await task("hello", "--ephemeral", server=server, cwd=shop, home=home)
    assert ran.code == 0
    assert not list(home.rglob("*.jsonl"))


async def test_keys_are_in_no_file_and_no_child(shop, home):
    script = (
        call(("shell", {"command": "env; cat /proc/$PPID/environ 2>/dev/null | tr '\\0' '\\n'"})),
        say("Seen."),
    )
    async with ScriptedServer(script) as server:
        ran = await task("look around", server=server, cwd=shop, home=home)
    assert "sk-canary-9f3" not in ran.out + ran.err
    for path in home.rglob("*"):
        if path.is_file():
            assert b"sk-canary-9f3" not in path.read_bytes(), path


async def test_piped_input_is_labelled_context(shop, home):
    async with ScriptedServer((say("Read."),)) as server:
        await mycoder(
            "--task",
            "explain this",
            "--model",
            "openai/scripted",
            cwd=shop,
            home=home,
            url=server.url,
            stdin=b"a log line",
        )
    text = server.requests[0].body.decode()
    assert "a log line" in text
    assert text.index("explain this") != text.index("a log line")


async def test_without_a_key_or_server_it_says_what_to_do(shop, home):
    ran = await mycoder("--task", "explain the shop", "--engine", "model", cwd=shop, home=home)
    assert ran.code == 3
    assert "KEY" in ran.err
    assert "Traceback" not in ran.err


async def test_a_deny_rule_holds_in_every_mode_and_is_told_to_the_model(shop, home):
    config = home / ".config/mycoder/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[policy]\ndeny = ["shell(touch)"]\n')
    async with ScriptedServer((call(("shell", {"command": "ls; touch x"})), say("I may not."))) as server:
        ran = await task("touch x", server=server, cwd=shop, home=home)
    assert not (shop / "x").exists()
    assert "deny shell(touch)" in ran.of("ToolFinished")[0]["output"]


async def test_a_rule_that_cannot_be_read_is_a_configuration_error(shop, home):
    ran = await mycoder("--task", "hello", "--set", "policy.deny=sh(", cwd=shop, home=home)
    assert ran.code == 3, ran.err
    assert "sh(" in ran.err
    assert "Traceback" not in ran.err


async def test_instructions_of_a_folder_are_told_once_when_it_is_worked_in(shop, home):
    (shop / "AGENTS.md").write_text("Root rule: be kind.")
    (shop / "shop" / "AGENTS.md").write_text("Shop rule: cents only.")
    script = (call(("read", {"path": "shop/lines.py"}), ("read", {"path": "shop/totals.py"})), say("Read."))
    async with ScriptedServer(script) as server:
        ran = await task("read", server=server, cwd=shop, home=home)
    first, second = (e["output"] for e in ran.of("ToolFinished"))
    assert "Root rule" in server.requests[0].body.decode()
    assert "Shop rule" in first
    assert "Root rule" not in first
    assert "Shop rule" not in second


async def test_plan_reads_with_commands_and_writes_nothing(shop, home):
    look = ("shell", {"command": "git log --oneline"})
    async with ScriptedServer((call(look, ("shell", {"command": "touch new"})), say("Seen."))) as server:
        ran = await task("look", "--allow-unverified", "--mode", "plan", server=server, cwd=shop, home=home)
    seen, refused = ran.of("ToolFinished")
    level = open_sandbox("auto", shop, env={"PATH": os.environ["PATH"]}).level
    assert seen.get("ok", True) == (level in ("bubblewrap", "landlock")), seen
    assert not refused.get("ok", True)
    assert not (shop / "new").exists()
