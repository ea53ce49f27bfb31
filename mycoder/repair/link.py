"""The engine's side of the conversation with a worker, and the launching of that worker."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import struct
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mycoder.repair.interpreter import Interpreter

if TYPE_CHECKING:
    from mycoder.sandbox.sandbox import Sandbox

_LENGTH = struct.Struct(">I")
_LARGEST = 256 << 20
WORKER = Path(__file__).parent / "worker"
_KEPT = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "USER",
    "LOGNAME",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
]


class WorkerError(Exception):
    """The worker is gone or refused; the message holds what it said last."""


class Worker:
    """A zygote that has collected the project's tests. `ask` may be called for several requests at once."""

    def __init__(self) -> None:
        self._answers: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._number = 0
        self._up: asyncio.ReadTransport | None = None
        self._down: asyncio.WriteTransport | None = None
        self._serving: asyncio.Task[None] | None = None
        self._hello: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.is_gone = False

    async def attach(self, up: Path, down: Path) -> None:
        """Takes the messages of the worker from the pipe `up` until it is gone, and sends ours by `down`. Named
        pipes work at every sandbox level, other than sockets."""
        reader = asyncio.StreamReader(limit=1 << 22)
        file = os.fdopen(os.open(up, os.O_RDONLY | os.O_NONBLOCK), "rb", 0)
        loop = asyncio.get_running_loop()
        self._up, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)
        self._serving = asyncio.create_task(self._serve(reader, up, down))

    async def _serve(self, reader: asyncio.StreamReader, up: Path, down: Path) -> None:
        try:
            while True:
                (length,) = _LENGTH.unpack(await reader.readexactly(4))
                if length > _LARGEST:
                    break
                body = await reader.readexactly(length)
                if self._down is None:  # the first message: the worker has opened both of its ends
                    await self._open_down(down)
                    up.unlink()
                    down.unlink()
                self._take(json.loads(body))
        except (asyncio.IncompleteReadError, OSError, ValueError):
            pass
        self.gone("the worker process ended")

    async def _open_down(self, down: Path) -> None:
        file = os.fdopen(os.open(down, os.O_WRONLY | os.O_NONBLOCK), "wb", 0)
        self._down, _ = await asyncio.get_running_loop().connect_write_pipe(asyncio.BaseProtocol, file)

    def gone(self, why: str) -> None:
        self.is_gone = True
        if not self._hello.done():
            self._hello.set_result({"failed": -1, "problems": [why]})
        for queue in self._answers.values():
            queue.put_nowait({"error": why})

    def _take(self, message: dict[str, Any]) -> None:
        number = message.pop("n", None)
        if number == 0 and not self._hello.done():
            self._hello.set_result(message)
        elif number in self._answers:
            self._answers[number].put_nowait(message)

    async def hello(self, seconds: float) -> dict[str, Any]:
        """What was collected. Raises WorkerError when the tests could not be collected."""
        try:
            message = await asyncio.wait_for(asyncio.shield(self._hello), seconds)
        except TimeoutError:
            raise WorkerError(f"the tests were not collected within {seconds:.0f} s") from None
        if "failed" in message:
            raise WorkerError("the tests could not be collected: " + "; ".join(message["problems"])[:3000])
        return message

    async def ask(self, seconds: float = 600.0, **request: Any) -> dict[str, Any]:
        """One request, one answer. Raises WorkerError."""
        async with contextlib.aclosing(self.stream(seconds, **request)) as answers:
            async for answer in answers:
                return answer
        raise WorkerError("no answer")

    async def stream(self, seconds: float = 600.0, **request: Any) -> AsyncGenerator[dict[str, Any], None]:
        """All answers of one request, as long as they say that there is more."""
        if self.is_gone or self._down is None:
            raise WorkerError("the worker process ended")
        self._number += 1
        number = self._number
        queue = self._answers[number] = asyncio.Queue()
        body = json.dumps({"n": number, **request}, separators=(",", ":")).encode("utf-8", "backslashreplace")
        try:
            self._down.write(_LENGTH.pack(len(body)) + body)
            while True:
                answer = await asyncio.wait_for(queue.get(), seconds)
                if "error" in answer:
                    raise WorkerError(answer["error"])
                yield answer
                if not answer.get("more"):
                    return
        except (ConnectionError, TimeoutError) as error:
            raise WorkerError(f"the worker does not answer ({type(error).__name__})") from error
        finally:
            del self._answers[number]

    def quit(self) -> None:
        self._order(b'{"n":0,"do":"quit"}')

    def drop(self) -> None:
        """Ends all batches that are under way, without an answer."""
        self._order(b'{"n":0,"do":"drop"}')

    def _order(self, body: bytes) -> None:
        if self._down is not None and not self.is_gone:
            self._down.write(_LENGTH.pack(len(body)) + body)

    def close(self) -> None:
        if self._serving is not None:
            self._serving.cancel()
        for transport in (self._up, self._down):
            if transport is not None:
                transport.close()


class Room:
    """A worker's process and the folder it may write to. An async context manager: at its end nothing is
    left."""

    def __init__(
        self,
        interpreter: Interpreter,
        root: Path,
        copy: Path,
        home: Path,
        args: tuple[str, ...],
        folder: str = "",
        env: Sequence[tuple[str, str]] = (),
    ) -> None:
        """`folder` is where the tests run, from the root, and `env` what their command sets."""
        self._interpreter = interpreter
        self._root = root
        self._copy = copy
        self._home = home
        self._args = args
        self._cwd = copy / folder
        self._env = dict(env)
        self._plain: asyncio.subprocess.Process | None = None
        self._running: Any = None
        self._watching: asyncio.Task[None] | None = None
        self.level = "none"
        self.worker: Worker

    async def open(self, sandbox: "Sandbox | None", seconds: float) -> Worker:
        """Starts the worker with at most `seconds` to live."""
        self.worker = Worker()
        pipes = self._home / secrets.token_hex(3)
        up, down = pipes.with_suffix(".up"), pipes.with_suffix(".down")
        for path in (up, down):
            os.mkfifo(path, 0o600)
        await self.worker.attach(up, down)
        argv = (self._interpreter.path, str(WORKER), str(pipes), self._config())
        if sandbox is None:
            await self._open_plain(argv)
        else:
            await self._open_confined(sandbox, argv, seconds)
        return self.worker

    async def _open_plain(self, argv: tuple[str, ...]) -> None:
        log = os.open(self._home / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self._plain = await asyncio.create_subprocess_exec(
                *argv,
                cwd=self._cwd,
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)
        self._watching = asyncio.create_task(self._watch(self._plain.wait()))

    async def _open_confined(self, sandbox: "Sandbox", argv: tuple[str, ...], seconds: float) -> None:
        from mycoder.sandbox.job import Job  # late: the sandbox room is only needed when there is one

        job = Job(
            argv=argv,
            cwd=self._cwd,
            seconds=seconds,
            env=self._environment(),
            writable=(self._home,),
            label="repair",
        )
        self._running = await sandbox.start(job)
        self.level = sandbox.level
        self._watching = asyncio.create_task(self._watch(self._running.wait(None)))

    async def _watch(self, waiting: Any) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
            self.worker.gone("the worker process ended: " + self.tail())

    def tail(self) -> str:
        """The last words of the worker."""
        if self._running is not None:
            return str(self._running.tail())[-2000:]
        with contextlib.suppress(OSError):
            return (self._home / "log").read_text("utf-8", "replace")[-2000:]
        return ""

    def _config(self) -> str:
        paths = [str(self._cwd)] if self._interpreter.is_module else []
        return json.dumps(
            {
                "root": str(self._copy),
                "original": str(self._root),
                "cwd": str(self._cwd),
                "home": str(self._home),
                "args": list(self._args),
                "paths": paths,
                "borrowed": self._interpreter.borrowed,
            }
        )

    def _environment(self) -> dict[str, str]:
        kept = {k: os.environ[k] for k in _KEPT if k in os.environ} | self._env
        if (own := self._env.get("PYTHONPATH")) and (outer := os.environ.get("PYTHONPATH")):
            kept["PYTHONPATH"] = f"{own}{os.pathsep}{outer}"
        temporary = self._home / "tmp"
        temporary.mkdir(exist_ok=True)
        return {
            **kept,
            "TMPDIR": str(temporary),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        }

    async def close(self) -> None:
        """Ends the worker and everything it started."""
        self.worker.quit()
        if self._plain is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._plain.wait()), 1.0)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._plain.pid, signal.SIGKILL)
            await self._plain.wait()
        if self._running is not None:
            killing = self._running.kill()
            if asyncio.iscoroutine(killing):
                await killing
        if self._watching is not None:
            self._watching.cancel()
        self.worker.close()
