"""One attempt at one problem: a project of its own, a session of its own, then the judgement."""

import asyncio
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from mycoder.bench.evaluation.judging import Quality, Verdict, judge, quality
from mycoder.bench.evaluation.problems import Problem
from mycoder.config.paths import Paths
from mycoder.config.settings import ModelSettings, Settings
from mycoder.config.workflow_settings import Workflow
from mycoder.protocol.events import TurnEnded, WorkflowSaved
from mycoder.protocol.usage import Usage
from mycoder.sandbox.sandbox import open_sandbox
from mycoder.session.session import Session
from mycoder.workflows.designed import composed
from mycoder.workflows.state import Designed

MODES: dict[str, tuple[str, dict[str, Any]]] = {
    "programmer": ("agentcoder", {"vars.designer": False, "vars.executor": False}),
    "designer": ("agentcoder", {"vars.designer": True, "vars.executor": False}),
    "executor": ("agentcoder", {"vars.designer": False, "vars.executor": True}),
    "all": ("agentcoder", {}),
    "repair": ("solo", {}),
}
"""Name → workflow and what is set in it. Any other mode is the name of a workflow; `repair` asks no model. The first
four are the ablation of AgentCoder (arXiv 2312.13010, table 4)."""
SHOWS_EXAMPLES = frozenset({"executor", "all", "tdd", "best-of-n", "solo"})
"""Modes in which the examples of the statement are tests in the project."""

Kind = Literal["passed", "wrong", "error", "timeout", "no code", "failed"]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is asked for. `settings` are those of the run; `seed` is sent to the model where it takes one."""

    problem: Problem
    rep: int = 1
    mode: str = "programmer"
    seed: int = 0
    settings: dict[str, Any] = {}
    folder: str = ""
    """Where the attempt may keep its files; they are removed afterwards."""

    @property
    def key(self) -> str:
        return f"{self.problem.id}#{self.rep}"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one attempt. `verdict` is `failed` when the attempt itself did not come off, e.g. without a
    provider; such a row counts for nothing and is tried again. Times in seconds, cost in US dollars."""

    task: str
    rep: int
    mode: str
    verdict: str
    message: str = ""
    reason: str = ""
    """How the session ended."""
    seed: int = 0
    seconds: float = 0.0
    steps: int = 0
    usage: Usage = Usage()
    quality: Quality = Quality()
    worker: str = ""
    patch: str = ""
    """Of a task on a repository: what was changed, as git writes it; bytes that are no UTF-8 are replaced."""

    @property
    def key(self) -> str:
        return f"{self.task}#{self.rep}"

    @property
    def has_passed(self) -> bool:
        return self.verdict == "passed"


_AWAY = frozenset({"unavailable", "misconfigured", "crashed"})


async def attempt(order: Order, env: Mapping[str, str] | None = None) -> Row:
    """The row of one attempt. Never raises for what the model, its code or a provider did."""
    env = os.environ if env is None else env
    began = time.monotonic()
    folder = Path(order.folder) / secrets.token_hex(4)  # what a killed worker left is not in the way
    made = Row(
        task=order.problem.id,
        rep=order.rep,
        mode=order.mode,
        verdict="failed",
        seed=order.seed,
        worker=f"{os.uname().nodename}:{os.getpid()}",
    )
    try:
        made = await _attempted(order, folder, env, made)
    except Exception as fault:  # one attempt that breaks must not end the others
        made = msgspec.structs.replace(made, message=f"{type(fault).__name__}: {fault}"[:500])
    finally:
        await asyncio.to_thread(shutil.rmtree, order.folder, True)
    return msgspec.structs.replace(made, seconds=round(time.monotonic() - began, 3))


async def _attempted(order: Order, folder: Path, env: Mapping[str, str], made: Row) -> Row:
    problem = order.problem
    root = folder / "project"
    await asyncio.to_thread(_lay_out, problem, root, has_examples=order.mode in SHOWS_EXAMPLES)
    ended, designed = await _session(order, root, folder, env)
    made = msgspec.structs.replace(
        made,
        reason=ended.reason,
        steps=ended.report.steps,
        usage=ended.report.usage,
        message=ended.message[:500],
    )
    if ended.reason in _AWAY:
        return made
    if problem.repository:
        made = msgspec.structs.replace(made, patch=await asyncio.to_thread(_patch, root))
        if not problem.hidden and not problem.test_command:
            return _as_verified(made, ended)
    user = Paths.from_env(env)
    private = (user.config, user.state, user.data)
    sandbox = open_sandbox("auto", root, env=env, hidden=private)
    try:
        verdict: Verdict = await judge(problem, root, sandbox)
        worth = Quality()
        if designed is not None and designed.tests:
            text = composed(designed, "solution", 0)
            worth = await quality(text, len(designed.tests), problem, root / ".quality", sandbox)
    finally:
        await sandbox.close()
    return msgspec.structs.replace(made, verdict=verdict.kind, message=verdict.message, quality=worth)


def _lay_out(problem: Problem, root: Path, *, has_examples: bool) -> None:
    """The project as the session finds it."""
    if problem.repository:
        _git("clone", "--quiet", "--no-hardlinks", problem.repository, str(root))
        _git("-C", str(root), "checkout", "--quiet", "--detach", problem.base)
        return
    root.mkdir(parents=True)
    for path, text in problem.files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    if problem.examples and has_examples:
        (root / "test_examples.py").write_text(problem.examples, encoding="utf-8")
    _git("init", "--quiet", str(root))


def _as_verified(made: Row, ended: TurnEnded) -> Row:
    """Without hidden tests the session's own verification is the verdict."""
    kind = "passed" if ended.report.verified else "wrong"
    return msgspec.structs.replace(made, verdict=kind, message=ended.message or ended.report.note)


def _patch(root: Path) -> str:
    """All that was changed in the clone, new files too."""
    _git("-C", str(root), "add", "--all")
    return _git("-C", str(root), "diff", "--cached", "--binary", "--no-ext-diff", "--no-textconv")


def _git(*arguments: str) -> str:
    """What git printed. Raises OSError with its own words."""
    safe = ("-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")
    done = subprocess.run(
        ("git", *safe, *arguments), capture_output=True, text=True, errors="replace", check=False, timeout=600
    )
    if done.returncode:
        raise OSError(f"git {arguments[0]}: {done.stderr.strip()[:300]}")
    return done.stdout


async def _session(
    order: Order, root: Path, folder: Path, env: Mapping[str, str]
) -> tuple[TurnEnded, Designed | None]:
    """Runs the task; the end of the turn, and the tests that were designed in it."""
    user = Paths.from_env(env)
    paths = Paths(user.config, folder / "state", user.cache, folder / "data")
    ended = TurnEnded(reason="crashed", message="the session did not end")
    saved: WorkflowSaved | None = None
    async with Session.open(root, settings=_settings(order), env=env, paths=paths) as session:
        async for event in session.run(order.problem.statement):
            if isinstance(event, WorkflowSaved):
                saved = event
            elif isinstance(event, TurnEnded) and not event.agent:
                ended = event
    designed = saved.state.get("designed") if saved is not None else None
    return ended, msgspec.convert(designed, Designed) if designed else None


def _settings(order: Order) -> Settings:
    """Those of the run, for this attempt: nothing is remembered from one problem to the next."""
    settings = msgspec.convert(order.settings, Settings)
    workflow, wanted = MODES.get(order.mode, (order.mode, {}))
    is_repair = order.mode == "repair"
    name = settings.model
    special = settings.models.get(name, ModelSettings())
    if order.seed:
        special = msgspec.structs.replace(special, extra={**special.extra, "seed": order.seed})
    return msgspec.structs.replace(
        settings,
        workflow=Workflow(name=workflow, set={**settings.workflow.set, **wanted}),
        memory=msgspec.structs.replace(settings.memory, enabled=False),
        repair=msgspec.structs.replace(settings.repair, engine="repair" if is_repair else "model"),
        models={**settings.models, name: special} if name and order.seed else settings.models,
        test_command=order.problem.test_command or settings.test_command,
        mode="auto",
    )
