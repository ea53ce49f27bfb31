"""The tool that replaces pieces of one file: all of them, or none."""

import msgspec

from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool


class Replacement(msgspec.Struct, frozen=True):
    """One change in a call of several."""

    old: str
    new: str
    replace_all: bool = False


@tool(
    effect=Effect.WRITE,
    aliases=("str_replace", "search_replace", "edit_file", "replace", "multi_edit", "multiedit"),
    title="edit {path}",
)
async def edit(
    context: ToolContext,
    path: str,
    old: str = "",
    new: str = "",
    replace_all: bool = False,
    edits: tuple[Replacement, ...] = (),
) -> ToolResult:
    """Refuses, with what to do, when a piece is not found exactly once, when the file has changed since it
    was read, and when the result would not parse although the file did."""
    from mycoder.tools import editing  # late: not needed to be offered

    return await editing.run(context, path, old, new, replace_all, edits)
