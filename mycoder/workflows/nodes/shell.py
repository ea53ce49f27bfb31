"""shell: one command, by the same rules and in the same sandbox as a command of a model."""

from collections.abc import AsyncGenerator
from typing import Annotated

import msgspec
from msgspec import Meta

from mycoder.protocol.blocks import Terminal
from mycoder.protocol.events import AnyEvent, ToolFinished
from mycoder.protocol.messages import ToolCall
from mycoder.workflows.definition import NodeSpec
from mycoder.workflows.state import Command
from mycoder.workflows.visit import Kind, Visit


class ShellNode(NodeSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    command: Annotated[
        str, Meta(min_length=1, description="The command; values of the state are not filled in.")
    ]


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    spec, state = visit.spec, visit.state
    assert isinstance(spec, ShellNode)
    toolbox = visit.services.tools(("shell",))
    arguments = msgspec.json.encode({"command": spec.command}).decode()
    called = toolbox.called(ToolCall(f"{visit.agent}-shell", "shell", arguments))
    called = msgspec.structs.replace(called, agent=visit.agent)
    yield called
    told: list[AnyEvent] = []
    await toolbox.run([called], told.append)
    for event in told:
        if isinstance(event, ToolFinished):
            state.shell = _result(event)
            visit.ok = event.ok and state.shell.code == 0
            visit.summary = event.output
        yield event if event.agent else msgspec.structs.replace(event, agent=visit.agent)
    state.denied += toolbox.denied


def _result(event: ToolFinished) -> Command:
    code = next((b.exit_code for b in event.blocks if isinstance(b, Terminal)), None)
    return Command((0 if event.ok else 1) if code is None else code, event.output)


KIND = Kind("shell", "runs a command; the result becomes {{shell.…}}", ShellNode, run)
