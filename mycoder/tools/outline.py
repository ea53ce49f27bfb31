"""The tool that shows the shape of code: the definitions of a file, or a map of the project."""

from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool


@tool(
    effect=Effect.READ,
    aliases=("symbols", "repo_map", "list_symbols", "code_outline"),
    title="outline {path}",
)
async def outline(services: ToolContext, path: str = ".", query: str = "", budget: int = 1500) -> ToolResult:
    """Definitions with their lines, of a file or the most important ones of a folder."""
    from mycoder.tools import outlining  # late: not needed to be offered

    return await outlining.run(services, path, query, budget)
