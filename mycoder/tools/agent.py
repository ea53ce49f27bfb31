"""Hands a part of the work to a sub-agent."""

from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool


@tool(
    effect=Effect.READ, aliases=("task", "subagent", "spawn", "dispatch_agent"), title="agent {name}: {task}"
)
async def agent(
    context: ToolContext, task: str, name: str = "general", background: bool = False
) -> ToolResult:
    """To start one changes nothing: each call that the sub-agent makes is decided on by itself."""
    if context.spawn is None:
        return ToolResult("No sub-agents can be started here: do it yourself.", ok=False)
    return await context.spawn(task, name, background=background)
