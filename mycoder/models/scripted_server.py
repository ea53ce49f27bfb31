"""A script served as OpenAI-compatible chat completions on loopback, with all that goes wrong in the wild.

    python -m mycoder.models.scripted_server script.yaml --port 0

prints its base URL on the first line. It is small, because benchmarks run it beside what they measure.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Sequence
from typing import IO, Any

import msgspec

from mycoder.models.decoding import decode_json
from mycoder.models.script import Fault, Play, Player, Scene, Script, Step
from mycoder.models.script_files import ScriptError, load_script
from mycoder.models.scripted import figures_of
from mycoder.models.scripted_answer import Answer
from mycoder.models.scripted_wire import Recorded, body_of, error_of, plain, request_of, shared_prefix
from mycoder.models.tokens import estimate_text
from mycoder.protocol.codec import encode

_HEAD_LIMIT = 65536


class ScriptedServer:
    """Serves `script` (or bare steps) while it is entered with ``async with``; `requests` holds what came in.

    `keeps_bodies` False records lengths only, for long benchmarks. `record` is a file that takes each request
    as a line of JSON.
    """

    def __init__(
        self,
        script: Script | Sequence[Step] = (),
        play: Play | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        record: IO[bytes] | None = None,
        keeps_bodies: bool = True,
    ) -> None:
        script = script if isinstance(script, Script) else Script(steps=tuple(script))
        self.script = script
        self.requests: list[Recorded] = []
        self.looks: list[Recorded] = []
        """What was only looked at, e.g. the list of models."""
        self._player = Player(script, play)
        self._host, self._port = host, port
        self._record, self._keeps_bodies = record, keeps_bodies
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._connections = 0
        self._body_before, self._tokens_before = b"", 0

    @property
    def url(self) -> str:
        """The base URL, ending in ``/v1``."""
        return f"http://{self._host}:{self._port}/v1"

    async def __aenter__(self) -> "ScriptedServer":
        self._server = await asyncio.start_server(self._serve, self._host, self._port, limit=_HEAD_LIMIT)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)

    def stop(self) -> None:
        """Stops listening and closes every connection, in mid-stream too."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        self._writers.add(writer)
        if (task := asyncio.current_task()) is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            while await self._exchange(reader, writer, number):
                pass
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # the client went away or speaks no HTTP
        except asyncio.CancelledError:
            pass  # the server is being left; the stream's own callback trips over a cancelled task
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {
            k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)
        }
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await body_of(reader, headers)
        recorded = Recorded(time.time(), target, headers, body, number)
        self._keep(recorded, is_look=method == "GET")
        if method == "GET" and target.partition("?")[0].endswith("/models"):
            row = {"id": self.script.name, "object": "model", "max_model_len": self.script.window}
            recorded.status = 200
            writer.write(plain(200, encode({"object": "list", "data": [row]})))
            await writer.drain()
            return True
        if method != "POST" or not target.partition("?")[0].endswith("/chat/completions"):
            recorded.status = 404
            writer.write(plain(404, error_of(f"nothing is served at {target}", "not_found")))
            await writer.drain()
            return True
        answer = Answer(reader, writer, recorded, self.stop)
        try:
            return await self._play(answer, body)
        except OSError:
            recorded.is_cut = True
            raise

    async def _play(self, answer: Answer, body: bytes) -> bool:
        try:
            asked = decode_json(body)
            request = request_of(asked)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return await answer.refuse(Fault(status=400, message=f"the body cannot be read: {error}"))
        try:
            scene = self._player.scene(request)
        except Exception as error:
            message = f"the script fails: {type(error).__name__}: {error}"
            return await answer.refuse(Fault(status=400, message=message))
        if scene is None:
            return await answer.refuse(
                Fault(status=400, message=self._player.why_not(request), code="no_step")
            )
        return await answer.give(scene, self._figures(scene, body), asked)

    def _keep(self, recorded: Recorded, *, is_look: bool) -> None:
        if self._record is not None:
            row = {"at": recorded.at, "path": recorded.path, "connection": recorded.connection}
            body = msgspec.Raw(recorded.body) if recorded.body else None
            self._record.write(encode({**row, "size": len(recorded.body), "body": body}) + b"\n")
            self._record.flush()
        if not self._keeps_bodies:
            recorded.body = b""
        (self.looks if is_look else self.requests).append(recorded)

    def _figures(self, scene: Scene, body: bytes) -> dict[str, Any]:
        """Usage as providers send it, the cached part being what the body shares with the one before."""
        tokens = estimate_text(body.decode("utf-8", "replace"))
        share = shared_prefix(self._body_before, body) / max(len(body), 1)
        cached = int(min(self._tokens_before, tokens * share)) // 64 * 64
        self._body_before, self._tokens_before = body, tokens
        usage = figures_of(scene, tokens, cached)
        return {
            "prompt_tokens": usage.input,
            "completion_tokens": usage.output,
            "total_tokens": usage.input + usage.output,
            "prompt_tokens_details": {"cached_tokens": usage.cached},
            "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: see the module. Ends with 0 on SIGINT or SIGTERM, 2 for a script that cannot be
    read."""
    parser = argparse.ArgumentParser(prog="python -m mycoder.models.scripted_server", description=__doc__)
    parser.add_argument("script", help="a .yaml, .json, .toml or .py script, or the name of a packaged one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--record", default="", help="file that takes each request as a line of JSON")
    options = parser.parse_args(arguments)
    try:
        script, play = load_script(options.script)
    except ScriptError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with contextlib.ExitStack() as stack:
        record = stack.enter_context(open(options.record, "ab")) if options.record else None
        server = ScriptedServer(
            script, play, host=options.host, port=options.port, record=record, keeps_bodies=False
        )
        asyncio.run(_until_told(server))
    return 0


async def _until_told(server: ScriptedServer) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, told.set)
    async with server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await told.wait()


if __name__ == "__main__":
    sys.exit(main())
