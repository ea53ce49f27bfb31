"""Models behind the OpenAI-compatible chat-completions wire, which most providers and every local server
speak."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any

import msgspec

from mycoder.models.dialect import Dialect, adapted
from mycoder.models.failures import WireError, from_response
from mycoder.models.http import HttpClient, Response
from mycoder.models.model import Card, Delta, Failed, Timeouts
from mycoder.models.reply import ReplyDecoder
from mycoder.models.sse import SseDecoder
from mycoder.models.text_tools import CallReader, ThoughtSplitter
from mycoder.models.url import Url
from mycoder.models.wire import Encoder
from mycoder.protocol.messages import Request
from mycoder.version import __version__

_ERROR_LIMIT = 256 * 1024
_REPLY_LIMIT = 64 * 1024 * 1024
_ADAPTATIONS = 6
# Seconds given to the figures that follow the end of a reply, and to the body of an error.
_AFTERMATH = 3.0


class Endpoint(msgspec.Struct, frozen=True):
    """Where a model is served: base URL, the name the server knows it by, headers with the key, and the
    variable that holds the key for the person."""

    base: Url
    model: str
    headers: tuple[tuple[str, str], ...] = ()
    key_variable: str = ""


class ChatModel:
    """A model on a chat-completions server. See `mycoder.models.model.Model` for the contract.

    A server that refuses a parameter, or tools, is asked again without it, and that is remembered.
    """

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        *,
        env: Mapping[str, str],
        dialect: Dialect = Dialect(),
        timeouts: Timeouts = Timeouts(),
        parameters: Mapping[str, Any] | None = None,
        card: Callable[[], Card] | None = None,
        learn: Callable[[], Coroutine[Any, Any, int]] | None = None,
    ) -> None:
        self._name, self._timeouts, self._card = name, timeouts, card
        self._learn = learn
        """Asks the server for the model's window, where nothing else tells it."""
        self._learning: asyncio.Task[int] | None = None
        self._key_variable = endpoint.key_variable
        self._encoder = Encoder(endpoint.model, dialect, parameters or {}, name)
        self._client = HttpClient(endpoint.base, env, timeouts.connect)
        self._headers = (
            ("User-Agent", f"mycoder/{__version__}"),
            ("Accept", "text/event-stream, application/json"),
            ("Accept-Encoding", "identity"),
            ("Content-Type", "application/json"),
            *endpoint.headers,
        )

    @property
    def name(self) -> str:
        return self._name

    def card(self) -> Card:
        card = self._card() if self._card is not None else Card(self._name)
        learning = self._learning
        if card.window or learning is None or not learning.done() or learning.cancelled():
            return card
        return msgspec.structs.replace(card, window=0 if learning.exception() else learning.result())

    async def aclose(self) -> None:
        if self._learning is not None and not self._learning.done():
            self._learning.cancel()
            await asyncio.wait([self._learning])
        await self._client.aclose()

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        is_silent = True
        for _ in range(_ADAPTATIONS):
            async with aclosing(self._attempt(request)) as deltas:
                async for delta in deltas:
                    if is_silent and isinstance(delta, Failed) and self._adapts(delta, request):
                        break
                    if is_silent and not isinstance(delta, Failed):
                        self._begin_to_learn()
                    is_silent = False
                    yield delta
                else:
                    return
        yield Failed("bad_request", "the server refuses every form of the request")

    def _begin_to_learn(self) -> None:
        """Once the model answers: before, a server may still be loading it."""
        if self._learn is not None and self._learning is None:
            self._learning = asyncio.ensure_future(self._learn())

    def _adapts(self, failure: Failed, request: Request) -> bool:
        if failure.kind not in ("bad_request", "server") or failure.status is None:
            return False
        head = self._encoder.head(request)
        dialect = adapted(self._encoder.dialect, failure, frozenset(head), "tools" in head)
        if dialect is None:
            return False
        self._encoder.adapt(dialect)
        return True

    async def _attempt(self, request: Request) -> AsyncGenerator[Delta, None]:
        response: Response | None = None
        decoder = self._decoder(request)
        finished = False
        seconds = self._timeouts.first_token
        try:
            body = self._encoder.body(request)
            response = await self._client.exchange("POST", "chat/completions", self._headers, body, seconds)
            if not 200 <= response.status < 300:
                yield await self._refusal(response)
                return
            reader = _BodyReader(response, decoder, self._timeouts)
            while not reader.is_over:
                for delta in await reader.deltas():
                    yield delta
            finished = reader.is_clean
        except WireError as error:
            # What breaks after the model has ended its reply costs only the figures.
            if not decoder.has_finish:
                decoder.fail(error.failed)
        finally:
            if response is not None:
                response.close(reusable=finished)
        for delta in decoder.end():
            yield delta

    def _decoder(self, request: Request) -> ReplyDecoder:
        dialect = self._encoder.dialect
        taken = frozenset(call.id for message in request.messages for call in message.calls)
        is_text = dialect.tools == "text" and bool(request.tools)
        return ReplyDecoder(
            taken,
            ThoughtSplitter() if dialect.think_tags else None,
            CallReader(request.tools) if is_text else None,
            self._name,
        )

    async def _refusal(self, response: Response) -> Failed:
        body = b""
        try:
            async with asyncio.timeout(_AFTERMATH):
                body = await response.read_all(_ERROR_LIMIT)
        except (TimeoutError, WireError):
            pass
        failed = from_response(response.status, response.headers, body, time.time())
        if failed.status == 401 and self._key_variable:
            return msgspec.structs.replace(failed, hint=f"Check the key in {self._key_variable}.")
        return failed


class _BodyReader:
    """Reads a response as a stream of events, or as one JSON object from servers that do not stream."""

    def __init__(self, response: Response, decoder: ReplyDecoder, timeouts: Timeouts) -> None:
        self._response, self._decoder, self._timeouts = response, decoder, timeouts
        self._loop = asyncio.get_running_loop()
        self._deadline = response.sent_at + timeouts.first_token
        self._events = SseDecoder()
        self._is_stream: bool | None = None
        self._whole: list[bytes] = []
        self._size = 0
        self.is_over = False
        self.is_clean = False
        """The server has said all it had to say, so the connection can serve again."""

    async def deltas(self) -> list[Delta]:
        decoder = self._decoder
        try:
            async with asyncio.timeout_at(self._limit()):
                piece = await self._response.read_some()
        except TimeoutError:
            self.is_over = True
            if not decoder.has_finish:
                decoder.fail(self._silence())
            return []
        if not piece:
            self.is_over = self.is_clean = True
            return self._rest()
        deltas = self._taken(piece)
        if decoder.is_done or decoder.is_over:
            self.is_over = True
            self.is_clean = not decoder.is_failed and not decoder.is_over
        return deltas

    def _limit(self) -> float:
        if self._decoder.has_finish:
            return self._loop.time() + _AFTERMATH
        if self._decoder.has_begun:
            return self._loop.time() + self._timeouts.idle
        return self._deadline

    def _silence(self) -> Failed:
        if self._decoder.has_begun:
            return Failed("timeout", f"the stream was silent for {self._timeouts.idle:g} s")
        return Failed("timeout", f"no first token within {self._timeouts.first_token:g} s")

    def _taken(self, piece: bytes) -> list[Delta]:
        if self._is_stream is None:
            # By the first byte, since servers mislabel both forms.
            if not (begun := piece.lstrip().removeprefix(b"\xef\xbb\xbf")):
                return []
            self._is_stream = begun[:1] not in (b"{", b"[", b"<")
        if not self._is_stream:
            self._whole.append(piece)
            self._size += len(piece)
            if self._size > _REPLY_LIMIT:
                raise WireError("cut", "the reply is larger than 64 MiB")
            return []
        try:
            events = self._events.feed(piece)
        except ValueError as error:
            raise WireError("cut", str(error)) from error
        return [delta for name, data in events for delta in self._decoder.feed(data, name)]

    def _rest(self) -> list[Delta]:
        if self._is_stream is not False:
            return [d for name, data in self._events.close() for d in self._decoder.feed(data, name)]
        whole = b"".join(self._whole).strip().removeprefix(b"\xef\xbb\xbf")
        if whole.startswith(b"<"):
            message = "the server answered with a web page instead of a completion"
            self._decoder.fail(Failed("bad_request", message, hint="Check the base URL; most end in /v1."))
            return []
        deltas = self._decoder.feed(whole)
        self._decoder.is_done = True
        return deltas
