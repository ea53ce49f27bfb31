"""The tool that runs commands of the model in a fresh bash, as confined as the sandbox of the session is."""

import asyncio
import signal

from mycoder.protocol.blocks import Terminal
from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.sandbox.job import CannotStart, Completed, Job
from mycoder.tools.tool import ToolContext, tool

KEEP = 12_000
"""Characters of output for the model, about 3,500 tokens; the rest is in a file."""

LONGEST = 3600.0
"""Most seconds that one call waits."""

_FIRST_LOOK = 0.5
"""Seconds that a command in the background is watched, to see it fail at once."""


@tool(
    effect=Effect.RUN,
    aliases=(
        "bash",
        "run",
        "sh",
        "exec",
        "execute",
        "terminal",
        "run_command",
        "execute_command",
        "run_shell_command",
    ),
    title="$ {command}",
)
async def shell(
    context: ToolContext,
    command: str,
    seconds: float = 120,
    background: bool = False,
    network: bool = False,
) -> ToolResult:
    """Runs `command`; one that takes longer than `seconds` goes on and can be waited for with the tool
    `wait`. `network` lets it reach the hosts that the person's settings allow."""
    if not command.strip():
        return ToolResult("There is no command to run.", ok=False)
    sandbox = context.sandbox
    job = Job(
        argv=sandbox.shell(command),
        cwd=context.workspace.root,
        on_output=context.progress,
        spill=context.spill,
        keep=KEEP,
        label="shell",
        network=network,
        read_only=context.is_read_only,
    )
    try:
        running = await sandbox.start(job)
    except CannotStart as fault:
        return ToolResult(f"The command was not run: {fault}.", ok=False)
    limit = _FIRST_LOOK if background else min(max(seconds, 0.1), LONGEST)
    try:
        completed = await running.wait(limit)
    except asyncio.CancelledError:
        await asyncio.shield(running.kill("interrupted"))
        raise
    if completed is not None:
        return finished(command, completed, "" if sandbox.has_bash else "sh ran this, there is no bash here")
    so_far = running.snapshot()
    text = (
        f"runs in the background as handle {running.id}"
        if background
        else (
            f"still running after {limit:g} s; it goes on as handle {running.id}: "
            f"`wait` with that handle waits for it or stops it"
        )
    )
    return ToolResult(_lines(so_far.output, text), blocks=(_block(command, so_far),))


def finished(command: str, completed: Completed, remark: str = "") -> ToolResult:
    """What the model and people see of a command that has ended. Any exit code is a result, not a failed
    call."""
    said = completed.output if completed.output.strip() else "" if completed.problem else "(no output)"
    code = completed.exit_code
    text = _lines(
        said,
        "" if completed.problem in completed.output else completed.problem,
        f"exit code: {code}{_signal_name(code)}" if code else "",
        completed.note,
        remark,
    )
    return ToolResult(text, ok=not completed.killed, blocks=(_block(command, completed),))


def _lines(*parts: str) -> str:
    return "\n".join(part.rstrip("\n") for part in parts if part)


def _block(command: str, completed: Completed) -> Terminal:
    return Terminal(
        command=command,
        output=completed.output,
        exit_code=completed.exit_code,
        seconds=completed.seconds,
        path=completed.path,
    )


def _signal_name(code: int) -> str:
    """What 128 + n stands for: a crash is easily taken for an answer of the program."""
    try:
        return f" ({signal.Signals(code - 128).name})" if code > 128 else ""
    except ValueError:
        return ""
