"""Entries of tool calls, from the events that make and finish them."""

import msgspec

from mycoder.protocol.events import ToolCalled, ToolFinished
from mycoder.ui.entries import AnyEntry, Call

AGENT_TOOL = "agent"
"""The tool whose call begins a sub-agent, with its task as `task`."""


def call_of(event: ToolCalled) -> Call:
    return Call(
        seq=event.seq,
        call_id=event.call_id,
        tool=event.tool,
        title=event.title or event.tool,
        arguments=event.arguments,
        started=event.at,
    )


def finished(call: Call, event: ToolFinished) -> Call:
    return msgspec.structs.replace(
        call,
        state="done" if event.ok else "failed",
        progress="",
        output=event.output,
        blocks=event.blocks,
        seconds=event.seconds,
    )


def starts(entry: AnyEntry, task: str) -> bool:
    """Whether an entry is the running call of a sub-agent for `task`."""
    if not isinstance(entry, Call) or entry.tool != AGENT_TOOL or entry.state != "running":
        return False
    try:
        given = msgspec.json.decode(entry.arguments)
    except msgspec.DecodeError:
        return False
    return isinstance(given, dict) and given.get("task") == task
