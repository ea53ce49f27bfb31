"""Running a program of ours or a trusted tool for its output: bounded in time and size, ended when cancelled.

Not for what the model wants run: that goes through the sandbox.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from mycoder.protocol.secrets import is_secret_name


class Captured(msgspec.Struct, frozen=True):
    """`code` is None when it did not end by itself; `problem` is set when it could not be started."""

    out: bytes = b""
    error: bytes = b""
    code: int | None = None
    is_cut: bool = False
    """It printed more than was taken and was ended."""
    is_late: bool = False
    """It took too long and was ended."""
    problem: str = ""


async def capture(
    argv: Sequence[str],
    cwd: Path | str,
    *,
    given: bytes | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = 10.0,
    limit: int = 8 << 20,
    heard: Callable[[bytes], None] | None = None,
) -> Captured:
    """Runs `argv` in `cwd` with `given` on its standard input and takes at most `limit` bytes of its output.
    `heard` gets the pieces of its standard error as they come. Without `env` it gets our environment, but for
    the variables that are named like a secret.

    In its own session: it has no terminal to ask on, and Ctrl-C is ours to answer.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=_without_keys() if env is None else env,
            stdin=asyncio.subprocess.DEVNULL if given is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError:
        return Captured(
            problem=f"{argv[0]} is not installed" if os.path.isdir(cwd) else f"{cwd} does not exist"
        )
    except (OSError, ValueError) as error:
        return Captured(problem=f"{argv[0]} cannot be run: {error}")
    try:
        return await asyncio.wait_for(_collect(process, given, limit, heard), seconds)
    except TimeoutError:
        return Captured(is_late=True)
    finally:
        await _end(process)


def _without_keys() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not is_secret_name(name)}


async def _collect(
    process: asyncio.subprocess.Process,
    given: bytes | None,
    limit: int,
    heard: Callable[[bytes], None] | None,
) -> Captured:
    assert process.stdout is not None
    assert process.stderr is not None
    errors = asyncio.ensure_future(_read(process.stderr, 64 << 10, heard=heard))
    if process.stdin is not None and given is not None:
        with suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(given)
            process.stdin.close()
    out, is_cut = await _read(process.stdout, limit, lambda: _kill(process))
    error, _ = await errors
    code = await process.wait()
    return Captured(out, error, None if is_cut else code, is_cut)


async def _read(
    stream: asyncio.StreamReader,
    limit: int,
    full: Callable[[], None] | None = None,
    heard: Callable[[bytes], None] | None = None,
) -> tuple[bytes, bool]:
    """The first `limit` bytes and whether there were more; reads on to the end, so that nobody waits."""
    chunks: list[bytes] = []
    size = 0
    while chunk := await stream.read(1 << 16):
        if heard is not None:
            heard(chunk)
        if size <= limit:
            chunks.append(chunk)
            size += len(chunk)
            if size > limit and full is not None:
                full()
    return b"".join(chunks)[:limit], size > limit


def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leaves no process behind, also when the wait for it was cancelled."""
    if process.returncode is not None:
        return
    _kill(process)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            with suppress(TimeoutError, RuntimeError):
                await asyncio.wait_for(_read(stream, 0), 1.0)
    await process.wait()
