"""The tool that finds files and folders by name."""

from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool


@tool(
    effect=Effect.READ,
    aliases=("glob", "find_files", "list_files", "file_search", "list_dir", "ls"),
    title="find {pattern} {path}",
)
async def find(services: ToolContext, pattern: str = "", path: str = ".", limit: int = 100) -> ToolResult:
    """Paths by glob or part of a name, and how many there are in all."""
    from mycoder.tools import paths  # late: not needed to be offered

    return await paths.run(services, pattern, path, limit)
