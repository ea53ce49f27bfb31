"""``! command``: a person's own command in the project, shown in the session when it has ended."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

from mycoder.protocol.blocks import Terminal

MOST = 200_000
"""Characters of output that are kept, of its end."""
SECONDS = 600.0


async def run(command: str, root: Path, seconds: float = SECONDS) -> Terminal:
    """Runs `command` in bash, without input, in its own process group, which ends when this is cancelled.

    It is not in the sandbox: who types it is the person at the terminal, not the model.
    """
    started = time.monotonic()
    try:
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            command,
            cwd=root,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PAGER": "cat", "GIT_PAGER": "cat", "TERM": "dumb"},
        )
    except OSError as error:
        return Terminal(command=command, output=f"bash cannot be started: {error.strerror}", exit_code=127)
    output = b""

    async def read() -> None:
        nonlocal output
        assert process.stdout is not None
        while chunk := await process.stdout.read(65_536):
            output = (output + chunk)[-MOST:]

    reading = asyncio.ensure_future(read())
    note = ""
    try:
        await asyncio.wait_for(process.wait(), seconds)
        # a child in the background may hold the pipe open for ever
        await asyncio.wait([reading], timeout=0.2)
    except TimeoutError:
        note = f"\nstopped after {seconds:.0f} s"
    finally:
        reading.cancel()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    text = output.decode("utf-8", "replace") + note
    return Terminal(
        command=command, output=text, exit_code=process.returncode, seconds=time.monotonic() - started
    )
