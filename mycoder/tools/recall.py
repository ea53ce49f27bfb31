"""The tool that searches what is remembered and one's own past sessions."""

from typing import Literal

import msgspec

from mycoder.protocol.blocks import Text
from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool


@tool(effect=Effect.READ, aliases=("memory_search", "search_memory", "history"), title="recall: {query}")
async def recall(
    services: ToolContext, query: str, where: Literal["all", "memory", "history"] = "all"
) -> ToolResult:
    """What was found, a line each."""
    if services.memory is None:
        return ToolResult("Memory is switched off here; go on without it.", ok=False)
    result = await services.memory.recall(query, where)
    return msgspec.structs.replace(result, blocks=(Text(text=result.output),))
