"""A model that plays a script: for tests, demonstrations and screenshots. Its name says that it is one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from mycoder.models.failures import from_response
from mycoder.models.model import CallDelta, Card, Delta, Failed, Finished, TextDelta, ThoughtDelta
from mycoder.models.script import Fault, Figures, Play, Player, Scene, Script, Step, pieces
from mycoder.models.tokens import estimate_request, estimate_text
from mycoder.protocol.codec import encode
from mycoder.protocol.messages import Message, Request
from mycoder.protocol.usage import Usage


class ScriptedModel:
    """Plays `script` (or bare steps), asking `play` first. `requests` holds what it was asked, for tests."""

    def __init__(
        self, script: Script | Sequence[Step] = (), name: str = "", play: Play | None = None
    ) -> None:
        script = script if isinstance(script, Script) else Script(steps=tuple(script))
        self._player = Player(script, play)
        self._name = name or f"scripted/{script.name}"
        self._before: tuple[Message, ...] = ()
        self._tokens_before = 0
        self.requests: list[Request] = []

    @property
    def name(self) -> str:
        return self._name

    def card(self) -> Card:
        return Card(self._name, self._player.script.window)

    async def aclose(self) -> None:
        """Nothing is open."""

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        self.requests.append(request)
        try:
            scene = self._player.scene(request)
        except Exception as error:
            yield Failed("bad_request", f"the script fails: {type(error).__name__}: {error}")
            return
        if scene is None:
            yield Failed("bad_request", self._player.why_not(request))
            return
        fault = scene.fault
        if fault is not None and fault.kind in ("status", "reset", "gone"):
            yield _failed(fault)
            return
        if scene.delay:
            await asyncio.sleep(scene.delay)
        left = fault.after if fault is not None and fault.kind not in ("empty", "drip") else -1
        deltas = [] if fault is not None and fault.kind == "empty" else _deltas(scene)
        for number, delta in enumerate(deltas):
            if number == left:
                break
            if number and scene.pace:
                await asyncio.sleep(scene.pace)
            yield delta
        if fault is not None and fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind != "drip":
            yield _failed(fault)
            return
        yield Finished(scene.finish, self._usage(request, scene))

    def _usage(self, request: Request, scene: Scene) -> Usage:
        tokens = estimate_request(request)
        is_longer = request.messages[: len(self._before)] == self._before
        cached = self._tokens_before if is_longer else 0
        self._before, self._tokens_before = request.messages, tokens
        return figures_of(scene, tokens, min(cached, tokens))


def figures_of(scene: Scene, tokens: int, cached: int) -> Usage:
    """The scene's own figures, and estimates for what it leaves out."""
    said: Figures = scene.figures
    output = estimate_text(scene.text + scene.thought) + sum(
        estimate_text(raw) + 8 for _, _, raw in scene.calls
    )
    return Usage(
        input=tokens if said.input is None else said.input,
        cached=cached if said.cached is None else said.cached,
        output=output if said.output is None else said.output,
        reasoning=said.reasoning,
    )


def _deltas(scene: Scene) -> list[Delta]:
    deltas: list[Delta] = [ThoughtDelta(piece) for piece in pieces(scene.thought, scene.chunk)]
    deltas += [TextDelta(piece) for piece in pieces(scene.text, scene.chunk)]
    for index, (call_id, name, raw) in enumerate(scene.calls):
        first, *rest = pieces(raw, scene.chunk) or [""]
        deltas.append(CallDelta(index, call_id, name, first))
        deltas += [CallDelta(index, arguments=piece) for piece in rest]
    return deltas


def _failed(fault: Fault) -> Failed:
    match fault.kind:
        case "status":
            headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
            body = encode({"error": {"message": fault.message, "code": fault.code or None}})
            return from_response(fault.status, headers, body, 0.0)
        case "reset" | "gone":
            return Failed("connection", fault.message)
        case "empty":
            return Failed("empty", "the model answered with nothing")
        case "hang":
            return Failed("timeout", fault.message)
        case "error":
            return Failed("server", fault.message)
    return Failed("cut", fault.message)
