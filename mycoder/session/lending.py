"""What a session lends to a run of a workflow."""

import os
from collections.abc import Mapping, Sequence
from functools import partial

from mycoder.agent.keeper import Rules
from mycoder.agent.toolbox import Tool, Toolbox
from mycoder.models.retry import RetryPolicy
from mycoder.protocol.events import AnyEvent
from mycoder.protocol.redact import Redactor
from mycoder.protocol.tooling import Effect
from mycoder.session.apart import apart_in
from mycoder.session.parts import Parts, patience_of
from mycoder.session.rights import Rights
from mycoder.testing.detect import detect
from mycoder.testing.results import TestRun
from mycoder.workflows.likeness import Likeness, likeness
from mycoder.workflows.second_trees import SecondTree
from mycoder.workflows.visit import Services, Threads
from mycoder.workspace.retrieval_index import Index
from mycoder.workspace.worktrees import TREES, Worktree


def services(parts: Parts, stored: Mapping[str, list[AnyEvent]]) -> Services:
    """`stored` are events of agents of a run that goes on, by agent."""
    settings, context = parts.settings, parts.settings.context

    def tools(names: Sequence[str] | str) -> Toolbox:
        return Toolbox(_chosen(parts.toolbox.tools, names), parts.surroundings)

    def find_tests() -> None:
        if parts.tests.command is None:
            parts.tests.command = detect(parts.root, settings.test_command, parts.env)

    redact = Redactor.of(parts.env).text

    async def alike(text: str, index: Index) -> Likeness:
        return await likeness(text, index, parts.root, settings.retrieval, parts.env, redact)

    return Services(
        likeness=alike if settings.retrieval.embeddings_url else None,
        roles=parts.roles,
        tools=tools,
        tests=parts.tests,
        find_tests=find_tests,
        test_seconds=settings.tests.seconds,
        workspace=parts.workspace,
        gate=parts.gate,
        ending=parts.ending,
        meter=parts.meter,
        steers=parts.inbox.steers,
        retries=RetryPolicy(
            attempts=settings.retry.attempts,
            first_delay=settings.retry.first_delay,
            max_delay=settings.retry.max_delay,
        ),
        system=lambda: parts.conversation.messages[0].text if parts.conversation.messages else "",
        facts=lambda: parts.facts,
        threads=Threads(dict(stored)),
        rules=Rules(asks_note=False, window=context.window, compact_at=context.compact_at, tail=context.tail),
        patience=patience_of(settings),
        cleaner=parts.surroundings.entrance.cleaner,
        second_tree=partial(_second_tree, parts),
        may_carry=Rights(parts.surroundings, parts.approvals).carry,
        may_change_tests=lambda: parts.gate.may_change_tests,
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    )


_ALONE = ("ask", "agent", "remember", "recall")
"""Tools that nobody in a second tree has: a candidate has no person to ask, and leaves nothing but its changes."""


async def _second_tree(parts: Parts, name: str) -> SecondTree:
    """Raises WorktreeError."""
    place = parts.workspace.state / TREES / f"{parts.id}-{name}-{os.urandom(3).hex()}"
    tree = await Worktree(parts.root, place).open()
    try:
        own = apart_in(parts, tree, name)
    except BaseException:
        await tree.close()
        raise
    own.surroundings.mode = parts.surroundings.mode
    every = tuple(tool for tool in parts.toolbox.tools if tool.name not in _ALONE)

    def find_tests() -> None:
        if own.tests.command is None:
            own.tests.command = detect(tree.root, parts.settings.test_command, parts.env)

    def start_from(before: TestRun | None) -> None:
        own.changed.is_true = True  # so that no run of the candidate is taken for the state of before
        own.tests.baseline = before

    async def close() -> None:
        try:
            await own.close()
        finally:
            await tree.close()

    return SecondTree(
        tree=tree,
        workspace=own.workspace,
        tests=own.tests,
        tools=lambda names: Toolbox(_chosen(every, names), own.surroundings),
        facts=lambda: parts.facts.replace(str(parts.root), str(tree.root)),
        find_tests=find_tests,
        start_from=start_from,
        close=close,
    )


def _chosen(every: Sequence[Tool], names: Sequence[str] | str) -> tuple[Tool, ...]:
    match names:
        case "all":
            return tuple(every)
        case "none":
            return ()
        case "read":
            return tuple(tool for tool in every if tool.effect is Effect.READ)
    return tuple(tool for tool in every if tool.name in names)
