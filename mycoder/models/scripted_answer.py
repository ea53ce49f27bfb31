"""One answer of the scripted server, and the ways in which it breaks."""

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any

from mycoder.models.script import Fault, Scene
from mycoder.models.scripted_wire import Recorded, chunks_of, error_of, framed, plain, whole_of
from mycoder.protocol.codec import encode


class Answer:
    """The answer to one request for a completion; `stop` ends the whole server."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        recorded: Recorded,
        stop: Callable[[], None],
    ) -> None:
        self._reader, self._writer, self._recorded, self._stop = reader, writer, recorded, stop

    async def give(self, scene: Scene, usage: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
        """Plays `scene` for the body `asked`; True when the connection can serve again."""
        match scene.fault:
            case Fault(kind="status") as fault:
                return await self.refuse(fault)
            case Fault(kind="reset"):
                return self._reset()
            case Fault(kind="gone"):
                self._reset()
                self._stop()
                return False
        if scene.delay:
            await asyncio.sleep(scene.delay)
        self._recorded.status = 200
        if not asked.get("stream"):
            self._writer.write(plain(200, encode(whole_of(scene, usage, asked.get("model", "")))))
            await self._writer.drain()
            return True
        return await self._stream(chunks_of(scene, usage, asked), scene)

    async def _stream(self, chunks: list[bytes], scene: Scene) -> bool:
        writer, fault = self._writer, scene.fault
        head = (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
            b"Server: mycoder-scripted\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        if fault is not None and fault.kind == "drip":
            writer.write(head)
            for byte in b"".join(chunks):
                writer.write(framed(bytes([byte])))
                await writer.drain()
                await asyncio.sleep(fault.seconds)
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            return True
        left = len(chunks) if fault is None or fault.kind == "empty" else fault.after
        if scene.pace:
            writer.write(head)
            for number, chunk in enumerate(chunks[:left]):
                if number:
                    await asyncio.sleep(scene.pace)
                writer.write(framed(chunk))
                await writer.drain()
        else:
            writer.write(head + b"".join(map(framed, chunks[:left])))
            await writer.drain()
        if fault is not None and fault.kind != "empty":
            return await self._break(
                fault, chunks[left] if left < len(chunks) else b'data: {"choices": [{"de'
            )
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _break(self, fault: Fault, unsent: bytes) -> bool:
        writer = self._writer
        match fault.kind:
            case "half_line":
                writer.write(framed(unsent[: len(unsent) // 2]) + b"0\r\n\r\n")
            case "garbage":
                writer.write(framed(b"data: <nonsense>\n\n") + b"0\r\n\r\n")
            case "error":
                status = fault.status if fault.status >= 500 else 500
                error = {"error": {"message": fault.message, "code": fault.code or status}}
                writer.write(framed(b"data: " + encode(error) + b"\n\n") + b"0\r\n\r\n")
            case "hang":
                await self._gone_within(fault.seconds)
                return False
            case _:
                writer.write(framed(unsent)[: len(unsent) // 2])
                await writer.drain()
                writer.close()
                return False
        await writer.drain()
        return True

    async def _gone_within(self, seconds: float) -> None:
        """Waits until the client closes, and notes that it did."""
        try:
            async with asyncio.timeout(seconds):
                await self._reader.read(1)
            self._recorded.is_cut = True
        except TimeoutError:
            pass

    async def refuse(self, fault: Fault) -> bool:
        self._recorded.status = fault.status
        extra = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after}"}
        self._writer.write(plain(fault.status, error_of(fault.message, fault.code), extra))
        await self._writer.drain()
        return True

    def _reset(self) -> bool:
        """Closes with RST, as a crashed server does."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        return False
