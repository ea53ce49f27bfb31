"""Results as the log holds them: what a command printed stands once, for the model, and people's block points to it.

The block repeats the text for the model, or what that text begins with; both may have a little more at their ends.
`unfolded` gives back exactly what `folded` took. Only the log holds folded events.
"""

import msgspec

from mycoder.protocol.blocks import AnyBlock, Terminal
from mycoder.protocol.events import AnyEvent, ToolFinished

SHORTEST = 40
"""Characters that are worth a pointer."""


def folded(event: AnyEvent) -> AnyEvent:
    """`event` for the log."""
    if not isinstance(event, ToolFinished) or len(event.output) < SHORTEST:
        return event
    blocks = tuple(_pointing(block, event.output) for block in event.blocks)
    return event if blocks == event.blocks else msgspec.structs.replace(event, blocks=blocks)


def unfolded(event: AnyEvent) -> AnyEvent:
    """`event` as it was before it was stored."""
    if not isinstance(event, ToolFinished) or not any(map(_points, event.blocks)):
        return event
    blocks = tuple(_whole(block, event.output) for block in event.blocks)
    return msgspec.structs.replace(event, blocks=blocks)


def _pointing(block: AnyBlock, output: str) -> AnyBlock:
    if not isinstance(block, Terminal) or block.repeats or len(block.output) < SHORTEST:
        return block
    if block.output.startswith(output):
        same = len(output)
    elif output.startswith(block.output):
        same = len(block.output)
    else:
        return block
    return msgspec.structs.replace(block, output=block.output[same:], repeats=same)


def _points(block: AnyBlock) -> bool:
    return isinstance(block, Terminal) and bool(block.repeats)


def _whole(block: AnyBlock, output: str) -> AnyBlock:
    if not isinstance(block, Terminal) or not block.repeats:
        return block
    return msgspec.structs.replace(block, output=output[: block.repeats] + block.output, repeats=0)
