"""From a folder and settings to a session, in the order in which things must happen; `assembly` makes the parts."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mycoder.agent.prompts import system_prompt
from mycoder.config.key_store import KeyStore
from mycoder.config.layers import load
from mycoder.config.paths import Paths, find_root
from mycoder.config.settings import Settings
from mycoder.models.model import Model
from mycoder.protocol.events import AnyEvent, SessionStarted
from mycoder.session.assembly import assemble
from mycoder.session.connection import SET_UP, Connection
from mycoder.session.ground import Ground
from mycoder.session.parts import Parts
from mycoder.session.recovery import Recovery
from mycoder.session.store import Log, Store
from mycoder.testing.detect import detect
from mycoder.version import __version__
from mycoder.workspace import git
from mycoder.workspace.facts import Facts, gather, render
from mycoder.workspace.worktrees import TREES, remove_left


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
    ground = _ground(root, settings, os.environ if env is None else env, paths, can_ask, is_ephemeral)
    is_new = not (resume or fork)
    # While the model is chosen and the parts are made, the project is looked at. It is never left alone: a task that
    # is cancelled while it starts a process may hang the event loop of CPython 3.11.
    gathering = asyncio.ensure_future(gather(ground.root, config=ground.paths.config)) if is_new else None
    try:
        parts, before = await _opened(ground, model, resume, fork)
        parts.reply_schema = reply_schema
        parts.surroundings.entrance.start()
        await remove_left(ground.root, parts.workspace.state / TREES)
    except BaseException:
        if gathering is not None:
            await asyncio.wait([gathering])
        raise
    if ground.store is not None and before:
        recovery = Recovery(parts, (await git.status(ground.root)).branch)
        return Built(parts, recovery.watching(ground.store.read(parts.id)), recovery.events)
    started = await _started(ground, parts, gathering or gather(ground.root, config=ground.paths.config))
    return Built(parts, (), lambda: [started])


def _ground(
    root: Path,
    settings: Settings | None,
    env: Mapping[str, str],
    paths: Paths | None,
    can_ask: bool,
    is_ephemeral: bool,
) -> Ground:
    """Raises ConfigError."""
    paths = paths or Paths.from_env(env)
    root = find_root(root)
    settings = settings or load(root, flags={}, env=env, is_trusted=False).settings
    return Ground(
        root=root,
        settings=settings,
        env=env,
        paths=paths,
        command=detect(root, settings.test_command, env),
        can_ask=can_ask,
        store=None if is_ephemeral else Store(paths.state),
    )


async def _opened(ground: Ground, model: Model | str, resume: str, fork: str) -> tuple[Parts, str]:
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
    try:
        parts = assemble(ground, session, model, connect)
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


async def _started(ground: Ground, parts: Parts, gathering: Awaitable[Facts]) -> SessionStarted:
    """What a new session begins with: the facts of the project and what is remembered of it."""
    facts, told = await asyncio.gather(gathering, parts.told())
    return SessionStarted(
        version=__version__,
        root=str(ground.root),
        model=parts.model.name,
        mode=ground.settings.mode,
        system=system_prompt(has_person=ground.can_ask),
        facts=render(facts, ground.command.text if ground.command else "") + told,
        branch=facts.status.branch if facts.status else "",
    )
