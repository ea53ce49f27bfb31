"""The tool that finds lines by content, with the line numbers that read and edit use."""

from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool


@tool(
    effect=Effect.READ,
    aliases=("search", "ripgrep", "rg", "search_files", "grep_search", "search_code"),
    title="grep {pattern} {path}",
)
async def grep(
    services: ToolContext,
    pattern: str,
    path: str = ".",
    glob: str = "",
    regex: bool | None = None,
    ignore_case: bool = False,
    context: int = 0,
    limit: int = 60,
) -> ToolResult:
    """Matching lines by file, and how many there are in all."""
    from mycoder.tools import lines  # late: not needed to be offered

    return await lines.run(services, pattern, path, glob, regex, ignore_case, context, limit)
