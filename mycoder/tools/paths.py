"""Finding files by name; the work of the tool `find`."""

from mycoder.protocol.blocks import Text
from mycoder.protocol.tooling import ToolResult
from mycoder.tools.places import place
from mycoder.tools.tool import ToolContext
from mycoder.workspace import search
from mycoder.workspace.names import count, printable

MOST = 1000


async def run(services: ToolContext, pattern: str, path: str, limit: int) -> ToolResult:
    """Paths by glob or part of a name, and how many there are in all."""
    try:
        root, below = place(services, path)
        found = await search.find(root, pattern, below=below, limit=min(max(limit, 1), MOST))
    except search.SearchError as problem:
        return ToolResult(f"{problem}.", ok=False)
    if not found.total:
        return ToolResult(
            f"Nothing here is named {printable(pattern)}." if pattern else f"{printable(path)} is empty."
        )
    lines = [printable(one) for one in found.paths]
    if found.is_close:
        lines.insert(0, f"Nothing is named {printable(pattern)}. Closest:")
    elif found.total > len(found.paths):
        lines.append(
            f"[{len(found.paths):,} of {count(found.total, 'path')}; narrow the pattern or raise limit]"
        )
    text = "\n".join(lines)
    return ToolResult(text, blocks=(Text(text=text),))
