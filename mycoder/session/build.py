"""The only place that knows every part: settings and a folder become the parts of a session."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mycoder.agent.conversation import Conversation
from mycoder.agent.gate import Gate, GateRules
from mycoder.agent.goal import Ending, EndingRules
from mycoder.agent.keeper import Keeper, Rules
from mycoder.agent.limits import Budget, Meter
from mycoder.agent.loop import Inbox
from mycoder.agent.prompts import system_prompt
from mycoder.agent.toolbox import Toolbox
from mycoder.config.errors import ConfigError
from mycoder.config.key_store import KeyStore
from mycoder.config.layers import load
from mycoder.config.loadable import has_any
from mycoder.config.paths import Paths, find_root
from mycoder.config.settings import Settings
from mycoder.config.trust import TrustStore
from mycoder.models.model import Model
from mycoder.models.roles import Roles
from mycoder.policy.policy import Policy
from mycoder.policy.remembered import Remembered
from mycoder.policy.rules import RuleError
from mycoder.protocol.events import AnyEvent, SessionStarted
from mycoder.protocol.redact import Redactor
from mycoder.sandbox.opening import open_for
from mycoder.session.agents import Lending, maker
from mycoder.session.approvals import Approvals
from mycoder.session.checkpoints import shelf_of
from mycoder.session.composed import Composed
from mycoder.session.connection import SET_UP, Connection
from mycoder.session.entrance import Entrance
from mycoder.session.goals import Checks, Look
from mycoder.session.integrity import TestGuard
from mycoder.session.offline import Offline
from mycoder.session.parts import Parts
from mycoder.session.recovery import Recovery
from mycoder.session.remembering import Remembering
from mycoder.session.store import Log, Store
from mycoder.session.surroundings import Changed, Surroundings, Verifier
from mycoder.testing.bench import TestBench
from mycoder.testing.command import TestCommand
from mycoder.testing.detect import detect
from mycoder.tools import TOOLS
from mycoder.version import __version__
from mycoder.workflows.agents.catalog import Catalog, read
from mycoder.workflows.agents.crew import Crew
from mycoder.workspace import git
from mycoder.workspace.facts import gather, render
from mycoder.workspace.workspace import Workspace
from mycoder.workspace.worktrees import TREES, remove_left

if TYPE_CHECKING:
    from mycoder.workflows.visit import Services


@dataclass(frozen=True, slots=True)
class Built:
    """The parts, the log of a resumed session, to be read once, and the events that open this run, to be asked for
    when that was read: a log may be larger than the memory of the machine."""

    parts: Parts
    past: Iterable[AnyEvent]
    fresh: Callable[[], list[AnyEvent]]


async def build(
    root: Path,
    *,
    settings: Settings | None = None,
    model: Model | str = "",
    resume: str = "",
    fork: str = "",
    is_ephemeral: bool = False,
    can_ask: bool = False,
    reply_schema: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    paths: Paths | None = None,
) -> Built:
    """Makes a session for the repository around `root`.

    `resume` and `fork` are session ids (a prefix will do); `can_ask` says that somebody can answer approvals.
    A model that is named and can't be reached raises ModelUnavailable; where none is named and none is in reach the
    session has none, and only a turn that needs one fails. Raises ConfigError, StoreError, SandboxUnavailable.
    """
    env = os.environ if env is None else env
    paths = paths or Paths.from_env(env)
    root = find_root(root)
    settings = settings or load(root, flags={}, env=env, is_trusted=False).settings
    command = detect(root, settings.test_command, env)
    is_new = not (resume or fork)
    # While the model is chosen and the parts are made, the project is looked at. It is never left alone: a task that
    # is cancelled while it starts a process may hang the event loop of CPython 3.11.
    gathering = asyncio.ensure_future(gather(root, config=paths.config)) if is_new else None
    try:
        store = None if is_ephemeral else Store(paths.state)
        before = store.match(resume or fork) if store is not None and not is_new else ""
        connect = Connection(settings, env, KeyStore(paths.config).get)
        if isinstance(model, str):
            model = await connect.first(
                model or settings.model or (store.last_model(before) if store and before else ""),
                SET_UP if can_ask else "",
            )
        session, log = _log(store, root, resume, fork)
        parts = _parts(root, settings, model, connect, env, paths, session, command, can_ask, store)
    except BaseException:
        if gathering is not None:
            await asyncio.wait([gathering])
        raise
    parts.store_of_all, parts.log, parts.reply_schema = store, log, reply_schema
    parts.composed.check()
    parts.surroundings.entrance.start()
    await remove_left(root, parts.workspace.state / TREES)
    parts.agent_catalog = partial(_catalog, root, paths)
    if settings.agents.enabled:
        _add_agents(parts)
    if store is not None and before:
        recovery = Recovery(parts, (await git.status(root)).branch)
        return Built(parts, recovery.watching(store.read(session)), recovery.events)
    facts, told = await asyncio.gather(gathering or gather(root, config=paths.config), parts.memory.told())
    started = SessionStarted(
        version=__version__,
        root=str(root),
        model=parts.model.name,
        mode=settings.mode,
        system=system_prompt(has_person=can_ask),
        facts=render(facts, command.text if command else "") + told,
        branch=facts.status.branch if facts.status else "",
    )
    return Built(parts, (), lambda: [started])


def _log(store: Store | None, root: Path, resume: str, fork: str) -> tuple[str, Log | None]:
    """The id of the session and its log, which an ephemeral one has not. Raises StoreError."""
    if store is None:
        return "ephemeral", None
    if not (resume or fork):
        return store.create(root, time.time())
    session = store.fork(store.match(fork), root) if fork else store.match(resume)
    return session, store.open(session)


def _parts(
    root: Path,
    settings: Settings,
    model: Model,
    connect: Connection,
    env: Mapping[str, str],
    paths: Paths,
    session: str,
    command: TestCommand | None,
    can_ask: bool,
    store: Store | None,
) -> Parts:
    own = paths.project(root)
    sandbox = open_for(settings, paths, root, env)
    workspace = Workspace(root, own, session)
    changed = Changed()
    tests = TestBench(root, sandbox, command, own / "tests", env=env, is_edited=lambda: changed.is_true)
    conversation = Conversation()
    judge = Verifier(tests, root, settings.tests.seconds)
    rules = GateRules(
        settings.limits.refusals, settings.tests.accept_known_failures, is_on=settings.tests.verify
    )
    approvals = Approvals(can_ask=can_ask, remembered=Remembered(own))
    guard = TestGuard(workspace, approvals, may_change=settings.tests.may_change)
    surroundings = Surroundings(
        workspace=workspace,
        sandbox=sandbox,
        tests=tests,
        approvals=approvals,
        policy=_policy(settings),
        changed=changed,
        entrance=Entrance(_redactor(settings, env, paths), root, own / "outputs"),
        baseline_seconds=settings.tests.baseline_seconds if settings.tests.baseline else 0,
        is_unconfined=settings.sandbox == "off",
        home=os.path.realpath(env["HOME"]) if env.get("HOME") else "",
    )
    surroundings.is_trusted = partial(_is_trusted, root, paths)
    memory = Remembering(settings.memory, paths, root, session, store, has_person=can_ask)
    surroundings.memory = memory if memory.is_on else None
    tools = [tool for tool in TOOLS if memory.is_on or tool.name not in ("remember", "recall")]
    meter = Meter(Budget(settings.limits.max_steps, settings.limits.max_cost))
    parts = Parts(
        id=session,
        root=root,
        settings=settings,
        model=model,
        open_model=connect.open,
        conversation=conversation,
        gate=Gate(judge, rules, guard),
        meter=meter,
        keeper=Keeper(
            conversation,
            meter,
            rules=_keeping(settings),
            shelf=None if store is None else shelf_of(own, session, settings.checkpoints.kept),
            live=Look(root, sandbox),
        ),
        ending=Ending(
            Checks(root, sandbox, surroundings, settings.goals.check_seconds).run,
            EndingRules(settings.goals.attempts, settings.goals.open_tasks),
        ),
        inbox=Inbox(),
        approvals=approvals,
        surroundings=surroundings,
        toolbox=Toolbox(tools, surroundings),
        workspace=workspace,
        sandbox=sandbox,
        tests=tests,
        roles=Roles(settings.roles, connect.open, lambda: parts.model),
        offline=Offline(settings, workspace, sandbox, tests, surroundings.changes, own, has_person=can_ask),
        composed=Composed(
            settings.workflow,
            root,
            paths.config,
            env,
            is_trusted=lambda: TrustStore(paths.trust_file).look(root).is_trusted,
            services=lambda stored: _lend(parts, stored),
        ),
        paths=paths,
        env=env,
        memory=memory,
    )
    return parts


def _add_agents(parts: Parts) -> None:
    """Lets the model start sub-agents."""
    settings = parts.settings
    lending = Lending(parts, lambda: parts.describe())
    crew = Crew(
        settings.agents,
        parts.agent_catalog,
        maker(lending, lambda: crew),
        lambda event: parts.publish(event),
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    )
    parts.crew = parts.inbox.others = crew
    parts.surroundings.spawn = partial(crew.spawn, lender=parts.surroundings)


def _lend(parts: Parts, stored: dict[str, list[AnyEvent]]) -> "Services":
    from mycoder.session.lending import services  # late: the plain loop needs none of it

    return services(parts, stored)


def _is_trusted(root: Path, paths: Paths) -> bool:
    """A folder that would load nothing needs no trust."""
    return not has_any(root) or TrustStore(paths.trust_file).look(root).is_trusted


def _catalog(root: Path, paths: Paths) -> Catalog:
    return read(root, paths.config, is_trusted=TrustStore(paths.trust_file).look(root).is_trusted)


def _redactor(settings: Settings, env: Mapping[str, str], paths: Paths) -> Redactor:
    """Knows the keys of this session by value."""
    names = [special.key_env for special in settings.models.values()]
    return Redactor.of(env, names, KeyStore(paths.config).in_file())


def _keeping(settings: Settings) -> Rules:
    checkpoints, context = settings.checkpoints, settings.context
    return Rules(
        is_on=checkpoints.enabled,
        ladder=checkpoints.ladder,
        asks_note=checkpoints.note,
        note_seconds=checkpoints.note_seconds,
        window=context.window,
        compact_at=context.compact_at,
        tail=context.tail,
    )


def _policy(settings: Settings) -> Policy:
    """Raises ConfigError for a rule that cannot be read."""
    rules = settings.policy
    try:
        return Policy.of(allow=rules.allow, ask=rules.ask, deny=rules.deny)
    except RuleError as wrong:
        raise ConfigError(str(wrong), key="policy") from None
