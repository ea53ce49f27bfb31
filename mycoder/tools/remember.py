"""The tool that keeps a fact for later sessions. What it writes is never a rule."""

from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool


@tool(effect=Effect.WRITE, aliases=("save_memory", "memory_write"), title="remember: {text}")
async def remember(services: ToolContext, text: str) -> ToolResult:
    """Word of whether it was kept."""
    if services.memory is None:
        return ToolResult("Memory is switched off here; go on without it.", ok=False)
    return await services.memory.remember(text)
