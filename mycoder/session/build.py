"""From a folder and settings to a session, in the order in which things must happen; `assembly` makes the parts.

First git is asked about the project. While it looks, the modules of the parts are loaded, which takes longer: so what
stands at the head of this file is only what the question needs.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mycoder.agent.prompts import system_prompt
from mycoder.config.layers import load
from mycoder.config.paths import Paths, find_root
from mycoder.config.settings import Settings
from mycoder.protocol.events import AnyEvent, SessionStarted
from mycoder.session.ground import Ground
from mycoder.session.store import Store
from mycoder.version import __version__
from mycoder.workspace import git
from mycoder.workspace.facts import Facts, gather, render

if TYPE_CHECKING:
    from mycoder.models.model import Model
    from mycoder.session.parts import Parts
    from mycoder.session.remembering import Remembering


class Built(msgspec.Struct, frozen=True, eq=False):
    """The parts, the log of a resumed session, to be read once, and the events that open this run, to be asked for
    when that was read: a log may be larger than the memory of the machine."""

    parts: "Parts"
    past: Iterable[AnyEvent]
    fresh: Callable[[], list[AnyEvent]]


async def build(
    root: Path,
    *,
    settings: Settings | None = None,
    model: "Model | str" = "",
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
    looking = (
        None if resume or fork else asyncio.ensure_future(gather(ground.root, config=ground.paths.config))
    )
    await asyncio.sleep(0)  # git starts
    from mycoder.session.remembering import Remembering  # late: see the head of this file

    memory = Remembering(ground.settings.memory, ground.paths, ground.root, ground.store, has_person=can_ask)
    telling = None if looking is None else asyncio.ensure_future(memory.told())
    await asyncio.sleep(0)  # git starts for it, where it needs git
    try:
        parts, before = await _opened(ground, memory, model, resume, fork)
    except BaseException:
        # never left alone: a task that is cancelled while it starts a process may hang the event loop of CPython 3.11
        if left := [task for task in (looking, telling) if task is not None]:
            await asyncio.wait(left)
        raise
    parts.reply_schema = reply_schema
    if ground.store is not None and before:
        from mycoder.session.recovery import Recovery  # late: only for a session that goes on

        recovery = Recovery(parts, (await git.status(ground.root)).branch)
        return Built(parts, recovery.watching(ground.store.read(parts.id)), recovery.events)
    facts = await (looking or gather(ground.root, config=ground.paths.config))
    remembered = await (telling or memory.told())
    started = _started(ground, parts, facts, await parts.skills.told() + remembered)
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
    return Ground(root, settings, env, paths, can_ask, None if is_ephemeral else Store(paths.state))


async def _opened(
    ground: Ground, memory: "Remembering", model: "Model | str", resume: str, fork: str
) -> "tuple[Parts, str]":
    """The parts, and the id of the session that is gone on with; empty for a new one."""
    from mycoder.session.assembly import open_parts  # late: see the head of this file
    from mycoder.workspace.worktrees import TREES, remove_left  # late: as above

    parts, before = await open_parts(ground, memory, model, resume, fork)
    parts.surroundings.entrance.start()
    await remove_left(ground.root, parts.workspace.state / TREES)
    parts.sandbox.sweep()
    return parts, before


def _started(ground: Ground, parts: "Parts", facts: Facts, told: str) -> SessionStarted:
    """What a new session begins with: the facts of the project and what is remembered of it."""
    command = parts.tests.command
    return SessionStarted(
        version=__version__,
        root=str(ground.root),
        model=parts.model.name,
        mode=ground.settings.mode,
        system=system_prompt(has_person=ground.can_ask),
        facts=render(facts, command.text if command else "") + told,
        branch=facts.status.branch if facts.status else "",
    )
