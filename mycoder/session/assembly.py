"""The parts of a session, made out of what it stands on and handed to each other."""

import os
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mycoder.agent.conversation import Conversation
from mycoder.agent.gate import Gate, GateRules
from mycoder.agent.goal import Ending, EndingRules
from mycoder.agent.keeper import Keeper, Rules
from mycoder.agent.limits import Budget, Meter
from mycoder.agent.loop import Inbox
from mycoder.agent.toolbox import Toolbox
from mycoder.config.errors import ConfigError
from mycoder.config.key_store import KeyStore
from mycoder.config.settings import Settings
from mycoder.models.model import Model
from mycoder.models.roles import Roles
from mycoder.policy.policy import Policy
from mycoder.policy.remembered import Remembered
from mycoder.policy.rules import RuleError
from mycoder.protocol.events import AnyEvent
from mycoder.protocol.tooling import ToolResult
from mycoder.sandbox.opening import open_for
from mycoder.sandbox.sandbox import Sandbox
from mycoder.session.approvals import Approvals
from mycoder.session.checkpoints import shelf_of
from mycoder.session.composed import Composed
from mycoder.session.connection import SET_UP, Connection
from mycoder.session.entrance import Entrance
from mycoder.session.goals import Checks, Look
from mycoder.session.ground import Ground
from mycoder.session.integrity import TestGuard
from mycoder.session.offline import Offline
from mycoder.session.parts import Parts
from mycoder.session.remembering import Remembering
from mycoder.session.rights import Rights
from mycoder.session.skilled import Skilled
from mycoder.session.store import Log
from mycoder.session.surroundings import Changed, Surroundings, Verifier
from mycoder.testing.bench import TestBench
from mycoder.testing.detect import detect
from mycoder.tools import TOOLS
from mycoder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from mycoder.workflows.agents.catalog import Catalog
    from mycoder.workflows.agents.crew import Crew
    from mycoder.workflows.visit import Services


async def open_parts(
    ground: Ground, memory: Remembering, model: Model | str, resume: str, fork: str
) -> tuple[Parts, str]:
    """The parts with their log, and the id of the session that is gone on with; empty for a new one.

    Raises StoreError, ModelUnavailable, ConfigError, SandboxUnavailable.
    """
    store = ground.store
    before = store.match(resume or fork) if store is not None and (resume or fork) else ""
    connect = Connection(ground.settings, ground.env, KeyStore(ground.paths.config).get)
    if isinstance(model, str):
        model = await connect.first(
            model or ground.settings.model or (store.last_model(before) if store and before else ""),
            SET_UP if ground.can_ask else "",
        )
    session, log = _log(ground, resume, fork)
    memory.session = session
    try:
        parts = _assembled(ground, session, model, connect, memory)
        parts.composed.check()
    except BaseException:
        if log is not None:
            log.close(drops_empty=True)
        raise
    parts.log = log
    return parts, before


def _log(ground: Ground, resume: str, fork: str) -> tuple[str, Log | None]:
    """The id of the session and its log, which an ephemeral one has not. Raises StoreError."""
    store = ground.store
    if store is None:
        return "ephemeral", None
    if not (resume or fork):
        return store.create(ground.root, time.time())
    session = store.fork(store.match(fork), ground.root) if fork else store.match(resume)
    return session, store.open(session)


def _assembled(ground: Ground, session: str, model: Model, connect: Connection, memory: Remembering) -> Parts:
    settings, root, own, env = ground.settings, ground.root, ground.own, ground.env
    sandbox = open_for(settings, ground.paths, root, env)
    workspace = Workspace(root, own, session)
    changed = Changed()
    command = detect(root, settings.test_command, env)
    tests = TestBench(root, sandbox, command, own / "tests", env=env, is_edited=lambda: changed.is_true)
    approvals = Approvals(can_ask=ground.can_ask, remembered=Remembered(own))
    surroundings = _surroundings(ground, workspace, sandbox, tests, approvals, changed, memory)
    skills = surroundings.skills = Skilled(settings.skills, ground.paths, root, memory, ground.may_run)
    conversation = Conversation()
    meter = Meter(Budget(settings.limits.max_steps, settings.limits.max_cost))
    parts = Parts(
        id=session,
        root=root,
        settings=settings,
        model=model,
        open_model=connect.open,
        conversation=conversation,
        gate=_gate(settings, tests, TestGuard(workspace, approvals, may_change=settings.tests.may_change)),
        meter=meter,
        keeper=_keeper(ground, session, conversation, meter, sandbox),
        ending=_ending(ground, sandbox, surroundings),
        inbox=Inbox(),
        approvals=approvals,
        surroundings=surroundings,
        toolbox=Toolbox(
            [tool for tool in TOOLS if memory.is_on or tool.name not in ("remember", "recall")], surroundings
        ),
        workspace=workspace,
        sandbox=sandbox,
        tests=tests,
        roles=Roles(settings.roles, connect.open, lambda: parts.model),
        offline=Offline(
            settings,
            workspace,
            sandbox,
            tests,
            surroundings.changes,
            own,
            Rights(surroundings, approvals),
            has_person=ground.can_ask,
        ),
        composed=_composed(ground, lambda stored: _lend(parts, stored)),
        paths=ground.paths,
        env=env,
        memory=memory,
        skills=skills,
        agent_catalog=partial(_catalog, ground),
        store_of_all=ground.store,
    )
    if settings.agents.enabled:
        parts.make_crew = partial(_crew, parts)
        surroundings.spawn = partial(_spawn, parts)
    return parts


# -- what a call works with -----------------------------------------------------------------------------------------


def _surroundings(
    ground: Ground,
    workspace: Workspace,
    sandbox: Sandbox,
    tests: TestBench,
    approvals: Approvals,
    changed: Changed,
    memory: Remembering,
) -> Surroundings:
    settings, env = ground.settings, ground.env
    surroundings = Surroundings(
        workspace=workspace,
        sandbox=sandbox,
        tests=tests,
        approvals=approvals,
        policy=_policy(settings),
        changed=changed,
        entrance=Entrance(ground.redactor(), ground.root, ground.own / "outputs"),
        baseline_seconds=settings.tests.baseline_seconds if settings.tests.baseline else 0,
        is_unconfined=settings.sandbox == "off",
        home=os.path.realpath(env["HOME"]) if env.get("HOME") else "",
    )
    surroundings.is_trusted = ground.may_run
    surroundings.memory = memory if memory.is_on else None
    return surroundings


def _policy(settings: Settings) -> Policy:
    """Raises ConfigError for a rule that cannot be read."""
    rules = settings.policy
    try:
        return Policy.of(allow=rules.allow, ask=rules.ask, deny=rules.deny)
    except RuleError as wrong:
        raise ConfigError(str(wrong), key="policy") from None


# -- how a turn is kept up and ends ---------------------------------------------------------------------------------


def _gate(settings: Settings, tests: TestBench, guard: TestGuard) -> Gate:
    return Gate(
        Verifier(tests, tests.root, settings.tests.seconds),
        GateRules(
            settings.limits.refusals, settings.tests.accept_known_failures, is_on=settings.tests.verify
        ),
        guard,
    )


def _keeper(
    ground: Ground, session: str, conversation: Conversation, meter: Meter, sandbox: Sandbox
) -> Keeper:
    checkpoints, context = ground.settings.checkpoints, ground.settings.context
    return Keeper(
        conversation,
        meter,
        rules=Rules(
            is_on=checkpoints.enabled,
            ladder=checkpoints.ladder,
            asks_note=checkpoints.note,
            note_seconds=checkpoints.note_seconds,
            window=context.window,
            compact_at=context.compact_at,
            tail=context.tail,
        ),
        shelf=None if ground.store is None else shelf_of(ground.own, session, checkpoints.kept),
        live=Look(ground.root, sandbox),
    )


def _ending(ground: Ground, sandbox: Sandbox, surroundings: Surroundings) -> Ending:
    goals = ground.settings.goals
    return Ending(
        Checks(ground.root, sandbox, surroundings, goals.check_seconds).run,
        EndingRules(goals.attempts, goals.open_tasks),
    )


# -- who else works -------------------------------------------------------------------------------------------------


def _composed(ground: Ground, lend: Callable[[dict[str, list[AnyEvent]]], "Services"]) -> Composed:
    return Composed(
        ground.settings.workflow,
        ground.root,
        ground.paths.config,
        ground.env,
        is_trusted=ground.is_trusted,
        services=lend,
    )


def _lend(parts: Parts, stored: dict[str, list[AnyEvent]]) -> "Services":
    from mycoder.session.lending import services  # late: the plain loop needs none of it

    return services(parts, stored)


def _crew(parts: Parts) -> "Crew":
    """What starts the sub-agents of the session."""
    from mycoder.session.agents import Lending, maker  # late: most turns start none
    from mycoder.workflows.agents.crew import Crew  # late: as above

    crew = Crew(
        parts.settings.agents,
        parts.agent_catalog,
        maker(Lending(parts, lambda: parts.describe()), lambda: crew),
        lambda event: parts.publish(event),
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    )
    return crew


async def _spawn(parts: Parts, task: str, name: str = "general", *, background: bool = False) -> ToolResult:
    """Starts a sub-agent for the main agent."""
    if parts.crew is None:
        return ToolResult("Sub-agents are switched off.", ok=False)
    return await parts.crew.spawn(task, name, lender=parts.surroundings, background=background)


def _catalog(ground: Ground) -> "Catalog":
    from mycoder.workflows.agents.catalog import read  # late: as above

    return read(ground.root, ground.paths.config, is_trusted=ground.is_trusted())
