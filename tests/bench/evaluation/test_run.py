"""Whole evaluations on small data in the forms of the public files, against the scripted model over HTTP."""

import asyncio
import importlib.util
import json
import os
import signal
from pathlib import Path

import msgspec
import pytest

from mycoder.bench.evaluation.problems import DataError, load
from mycoder.bench.evaluation.rows import RunError
from mycoder.bench.evaluation.run import Plan, evaluate
from mycoder.config.settings import Settings
from mycoder.models.scripted_server import ScriptedServer
from tests.bench.evaluation.reference_model import play
from tests.bench.evaluation.writing import human_eval
from tests.e2e.console import call, git, repository

PUBLIC = Path(__file__).parents[4] / "shared" / "data"
SETTINGS = Settings(model="openai/scripted")


@pytest.fixture
def data(tmp_path):
    """Eight tasks as HumanEval has them."""
    return human_eval(tmp_path / "data", 8)


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    return lambda url: monkeypatch.setenv("OPENAI_BASE_URL", url)


async def run(data, out, *, at_home, spoil=0, dataset="humaneval", model=None, **options):
    plan = Plan(dataset=dataset, data=data, out=out, max_concurrency=2, **options)
    player = model or play(load(dataset, data), spoil)
    async with ScriptedServer(play=player) as server:
        at_home(server.url)
        figures, _ = await evaluate(plan, SETTINGS, lambda text: None)
        return figures, len(server.requests)


def verdicts(out):
    rows = [json.loads(line) for line in (out / "rows.jsonl").read_text().splitlines()]
    return {(row["task"], row["rep"]): row["verdict"] for row in rows}


async def test_references_pass_and_spoilt_ones_do_not(data, tmp_path, at_home):
    figures, sent = await run(data, tmp_path / "good", at_home=at_home)
    assert (figures.passed, figures.pass_at) == (8, {1: 1.0})
    assert sent == 8
    figures, _ = await run(data, tmp_path / "spoilt", at_home=at_home, spoil=3)
    assert figures.passed == 6
    assert verdicts(tmp_path / "spoilt")["HumanEval/2", 1] == "wrong"
    assert not (tmp_path / "good/work").exists() or not list((tmp_path / "good/work").iterdir())


async def test_repetitions_and_going_on(data, tmp_path, at_home):
    out = tmp_path / "out"
    _, sent = await run(data, out, at_home=at_home, reps=2, limit=3)
    assert sent == 6
    with pytest.raises(RunError, match="--skip-completed"):
        await run(data, out, at_home=at_home, reps=2, limit=3)
    lines = (out / "rows.jsonl").read_bytes().splitlines(keepends=True)
    (out / "rows.jsonl").write_bytes(b"".join(lines[:4]) + lines[4][:20])  # killed while it wrote
    figures, sent = await run(data, out, at_home=at_home, reps=2, limit=3, skip_completed=True, ks=(1, 2))
    assert sent == 2
    assert (figures.attempts, figures.passed, figures.pass_at) == (6, 6, {1: 1.0, 2: 1.0})
    with pytest.raises(RunError, match="another mode"):
        await run(data, out, at_home=at_home, mode="all", skip_completed=True)


async def test_a_worker_that_is_killed_loses_nothing(data, tmp_path, at_home):
    player = play(load("humaneval", data))
    killed = []

    def deadly(request):
        if len(killed) < 1 and "plus_4" in request.messages[1].text:
            killed.append(kill_a_worker())
        return player(request)

    figures, _ = await run(data, tmp_path / "out", at_home=at_home, model=deadly)
    assert killed == [True]
    assert (figures.attempts, figures.passed, figures.failed) == (8, 8, 0)


def kill_a_worker():
    """Kills the first worker process of this one; True when there was one."""
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"evaluation.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
                return True
    return False


async def test_designed_tests_are_measured_on_the_reference(data, tmp_path, at_home):
    figures, _ = await run(data, tmp_path / "out", at_home=at_home, mode="designer", limit=2)
    assert figures.designed == 4
    assert figures.test_accuracy == 0.5, "one of the two designed tests is wrong"
    assert figures.coverage is not None
    assert figures.coverage < 1


async def test_a_provider_that_is_away_is_no_verdict_on_the_model(data, tmp_path, at_home):
    at_home("http://127.0.0.1:9/v1")
    settings = msgspec.structs.replace(SETTINGS, retry=msgspec.structs.replace(SETTINGS.retry, attempts=1))
    plan = Plan(dataset="humaneval", data=data, out=tmp_path / "out", limit=2)
    figures, _ = await evaluate(plan, settings, lambda text: None)
    assert (figures.failed, figures.attempts, figures.pass_at) == (2, 2, {})


async def test_tasks_on_repositories_are_judged_by_hidden_tests(tmp_path, at_home):
    repository(tmp_path / "calc", {"solution.py": "def add(a, b):\n    return a - b\n"})
    (tmp_path / "hidden.py").write_text(
        "from solution import add\n\ndef test_add():\n    assert add(2, 3) == 5\n"
    )
    (tmp_path / "tasks.toml").write_text(
        '[[task]]\nid = "add"\nrepository = "calc"\nstatement = "add must add"\n'
        'hidden_tests = { "test_hidden.py" = "hidden.py" }\n'
    )

    def answer(request):
        if not any(message.role == "tool" for message in request.messages):
            return call(("read", {"path": "solution.py"}))
        return {"text": "```python path=solution.py\ndef add(a, b):\n    return a + b\n```"}

    options = {"at_home": at_home, "dataset": "repo", "model": answer}
    figures, _ = await run(tmp_path / "tasks.toml", tmp_path / "out", **options)
    assert figures.passed == 1, verdicts(tmp_path / "out")
    assert git(tmp_path / "calc", "status", "--porcelain") == "", "the repository itself is not touched"


async def test_a_batch_without_hidden_tests_goes_by_its_own_verification_and_keeps_patches(tmp_path, at_home):
    test = "from solution import add\n\ndef test_add():\n    assert add(2, 3) == 5\n"
    repository(tmp_path / "calc", {"solution.py": "def add(a, b):\n    return a - b\n", "test_add.py": test})
    (tmp_path / "tasks.toml").write_text(
        '[[task]]\nid = "add it"\nrepository = "calc"\nstatement = "make the failing test pass"\n'
    )

    def mend(request):
        if not any(message.role == "tool" for message in request.messages):
            edit = ("edit", {"path": "solution.py", "old": "a - b", "new": "a + b"})
            return call(("read", {"path": "solution.py"}), edit, ("test", {}))
        return {"text": "Mended."}

    options = {"at_home": at_home, "dataset": "repo", "model": mend, "mode": "solo"}
    figures, _ = await run(tmp_path / "tasks.toml", tmp_path / "out", **options)
    assert figures.passed == 1, verdicts(tmp_path / "out")
    git(tmp_path / "calc", "apply", str(tmp_path / "out/patches/add_it-1.patch"))
    assert "a + b" in (tmp_path / "calc/solution.py").read_text()


@pytest.mark.parametrize("told", ["nothing", "humaneval", "repo"])
def test_data_that_is_missing_or_broken_is_said(tmp_path, told):
    with pytest.raises(DataError, match=r"data set|--data|cannot be read"):
        load(told, tmp_path if told != "repo" else tmp_path / "none.toml")


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="needs the public data files")
@pytest.mark.parametrize("dataset", ["humaneval", "humaneval+", "mbpp", "mbpp+"])
async def test_a_sample_of_the_public_data(dataset, tmp_path, at_home):
    """All of it is a documented command, see docs/evaluation.md."""
    figures, _ = await run(PUBLIC, tmp_path / "out", at_home=at_home, dataset=dataset, every=80)
    assert figures.passed == figures.attempts, verdicts(tmp_path / "out")


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the extra ray")
async def test_a_cluster_gives_the_same_report_also_when_a_worker_is_killed(data, tmp_path, at_home):
    local, _ = await run(data, tmp_path / "local", at_home=at_home, spoil=4)
    player = play(load("humaneval", data), 4)
    killed = []

    def deadly(request):
        if not killed and "plus_5" in request.messages[1].text:
            killed.append(kill_a_ray_worker())
        return player(request)

    distributed, _ = await asyncio.wait_for(
        run(data, tmp_path / "ray", at_home=at_home, model=deadly, engine="ray"), 120
    )
    assert killed == [True]
    assert verdicts(tmp_path / "ray") == verdicts(tmp_path / "local")
    assert (distributed.passed, distributed.pass_at) == (local.passed, local.pass_at)


def kill_a_ray_worker():
    """Kills one process that makes an attempt now."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if words.startswith(b"ray::made"):
            os.kill(int(folder.name), signal.SIGKILL)
            return True
    return False


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "tddd"}, "no mode 'tddd'.*did you mean 'tdd'"),
        ({"engine": "spark"}, "no engine 'spark'"),
        ({"ks": (1, 5), "reps": 2}, "pass@5 needs at least 5 attempts"),
        ({"ks": (0,)}, "at least 1"),
    ],
)
async def test_what_would_come_to_nothing_is_said_before_anything_is_asked(
    data, tmp_path, at_home, options, words
):
    with pytest.raises(RunError, match=words):
        await run(data, tmp_path / "out", at_home=at_home, **options)
    assert not (tmp_path / "out").exists()


def test_the_last_example_of_a_docstring_is_read(data):
    assert [p.examples.count("assert plus_") for p in load("humaneval", data)] == [1] * 8
