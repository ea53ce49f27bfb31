"""The tool that writes whole files."""

from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool


@tool(
    effect=Effect.WRITE,
    aliases=("write_file", "create", "create_file", "save_file"),
    title="write {path}",
)
async def write(context: ToolContext, path: str, content: str) -> ToolResult:
    """Does not replace a file that the model has not seen as it is now. A file that is there keeps its
    encoding, newlines and mode."""
    from mycoder.tools import writing  # late: not needed to be offered

    return await writing.run(context, path, content)
