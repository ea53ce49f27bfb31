"""The only place that knows every part: settings and a folder become the parts of a session."""

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mycoder import __version__
from mycoder.agent.conversation import Conversation
from mycoder.agent.gate import Gate, GateRules
from mycoder.agent.limits import Budget, Meter
from mycoder.agent.loop import Inbox
from mycoder.agent.owed import Owed
from mycoder.agent.prompts import system_prompt
from mycoder.agent.toolbox import Toolbox
from mycoder.config.layers import load
from mycoder.config.paths import Paths
from mycoder.config.settings import Settings
from mycoder.models.model import Model
from mycoder.models.registry import open_model
from mycoder.protocol.events import AnyEvent, FilesChanged, SessionResumed, SessionStarted
from mycoder.sandbox.sandbox import open_sandbox
from mycoder.session.approvals import Approvals
from mycoder.session.parts import Parts
from mycoder.session.store import Log, Store
from mycoder.session.surroundings import Surroundings, Verifier
from mycoder.testing.bench import TestBench
from mycoder.testing.detect import detect
from mycoder.tools import TOOLS
from mycoder.workspace.facts import gather, render
from mycoder.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Built:
    """The parts, what the log of a resumed session holds, and the events that open this run."""

    parts: Parts
    history: list[AnyEvent]
    fresh: list[AnyEvent]


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
    Raises ConfigError, StoreError, SandboxUnavailable; a model that can't be reached is told when it is asked.
    """
    env = os.environ if env is None else env
    paths = paths or Paths.from_env(env)
    root = repository_root(root.resolve())
    settings = settings or load(root, flags={}, env=env, is_trusted=False).settings
    ...
