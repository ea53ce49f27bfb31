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
    # a pipe of our own: that of asyncio is waited for until a last child in the background closes it
    ours, theirs = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            command,
            cwd=root,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "PAGER": "cat", "GIT_PAGER": "cat", "TERM": "dumb"},
        )
    except OSError as error:
        os.close(ours)
        return Terminal(command=command, output=f"bash cannot be started: {error.strerror}", exit_code=127)
    finally:
        os.close(theirs)
    tail = Tail(ours)
    note = ""
    try:
        with tail:
            await asyncio.wait_for(process.wait(), seconds)
            tail.read()
    except TimeoutError:
        note = f"\nstopped after {seconds:.0f} s"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    text = tail.data.decode("utf-8", "replace") + note
    return Terminal(
        command=command, output=text, exit_code=process.returncode, seconds=time.monotonic() - started
    )


class Tail:
    """Reads a pipe while it is entered and keeps the end of what came; closes the pipe when it is left."""

    def __init__(self, descriptor: int) -> None:
        self.data = b""
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)

    def read(self) -> None:
        """Take what is there now."""
        try:
            while chunk := os.read(self._descriptor, 65_536):
                self.data = (self.data + chunk)[-MOST:]
                if len(chunk) < 65_536:
                    return
            asyncio.get_running_loop().remove_reader(self._descriptor)
        except BlockingIOError:
            return

    def __enter__(self) -> "Tail":
        asyncio.get_running_loop().add_reader(self._descriptor, self.read)
        return self

    def __exit__(self, *fault: object) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
