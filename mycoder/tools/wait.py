"""The tool that waits for a command which `shell` left running, or stops it."""

from mycoder.protocol.blocks import Terminal
from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.shell import LONGEST, finished
from mycoder.tools.tool import ToolContext, tool

_TAIL = 4000


@tool(effect=Effect.RUN, title="wait {handle}")
async def wait(context: ToolContext, handle: str, seconds: float = 120, kill: bool = False) -> ToolResult:
    """Waits for the command with the handle at most `seconds`, or ends it at once."""
    sandbox = context.sandbox
    running = sandbox.find(handle.strip().removeprefix("handle").strip(" #`"))
    if running is None:
        known = ", ".join(f"{job.id} ({job.title})" for job in sandbox.running) or "none"
        return ToolResult(f"There is no command with the handle {handle}. Running: {known}.", ok=False)
    if kill:
        ended = finished(running.title, await running.kill("stopped as you asked"))
        return ToolResult(ended.output, blocks=ended.blocks)
    completed = await running.wait(min(max(seconds, 0.0), LONGEST))
    if completed is None:
        tail = running.tail(_TAIL)
        text = f"still running as handle {running.id}, {running.snapshot().seconds:.0f} s so far"
        return ToolResult(
            f"{tail.rstrip()}\n{text}".lstrip("\n"), blocks=(Terminal(command=running.title, output=tail),)
        )
    return finished(running.title, completed)
