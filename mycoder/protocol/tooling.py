"""The words about tools that both the loop and the tools need."""

from enum import StrEnum

import msgspec

from mycoder.protocol.blocks import AnyBlock
from mycoder.protocol.events import AnyEvent


class Effect(StrEnum):
    """The most that a tool can do; policy decides by it."""

    READ = "read"
    WRITE = "write"
    RUN = "run"
    NET = "net"


class ToolResult(msgspec.Struct, frozen=True):
    """Text for the model, blocks for people, and events for what else became true (TestsRan, PlanChanged).

    An error is a result with `ok` False whose output says what to do next.
    """

    output: str
    ok: bool = True
    blocks: tuple[AnyBlock, ...] = ()
    events: tuple[AnyEvent, ...] = ()
    origin: str = ""
    """Who wrote the output, when that is neither the person nor the project: "the network, by fetch"."""
