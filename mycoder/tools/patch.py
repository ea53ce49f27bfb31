"""The tool that changes several files by one patch: all of them, or none."""

from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool


@tool(effect=Effect.WRITE, aliases=("apply_patch", "applypatch", "apply_diff"), title="patch")
async def patch(context: ToolContext, patch: str) -> ToolResult:
    """Refuses the whole, with each hunk that does not fit and the closest place for it."""
    from mycoder.tools import patching  # late: not needed to be offered

    return await patching.run(context, patch)
