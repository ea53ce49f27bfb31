"""The toolbox: validate → decide → run → result. A tool never asks for itself and never crashes a turn."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import msgspec

from mycoder.agent.arguments import BadArguments, convert, parse
from mycoder.policy.decide import Action, Verdict
from mycoder.protocol.blocks import Notice
from mycoder.protocol.events import (
    AnyEvent,
    Asked,
    AskSettled,
    ToolCalled,
    ToolFinished,
    ToolProgressed,
)
from mycoder.protocol.messages import ToolCall, ToolSpec
from mycoder.protocol.tooling import Effect, ToolResult

Emit = Callable[[AnyEvent], None]


class Tool(Protocol):
    """What the toolbox needs of a tool; `mycoder.tools.tool.Tool` is one."""

    @property
    def name(self) -> str: ...
    @property
    def effect(self) -> Effect: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def title(self) -> str: ...
    @property
    def arguments(self) -> type[msgspec.Struct]: ...
    @property
    def spec(self) -> ToolSpec: ...
    async def call(self, context: Any, arguments: msgspec.Struct) -> ToolResult: ...


class Surroundings(Protocol):
    """What the session lends to the calls of a turn."""

    def decide(self, action: Action) -> Verdict: ...

    async def ask(self, call: ToolCalled, action: Action, verdict: Verdict, emit: Emit) -> AskSettled: ...

    def context(self, call: ToolCalled, emit: Emit) -> Any:
        """The context object that the tool gets."""

    async def before_change(self, tool: str, effect: Effect, emit: Emit) -> None:
        """Called before every call that may change files, for the baseline of the tests."""

    async def recording(
        self, call: ToolCalled, effect: Effect, run: Callable[[], Awaitable[ToolResult]]
    ) -> ToolResult:
        """Runs the call so that its changes of files are journalled."""

    def changes(self) -> Sequence[AnyEvent]:
        """Changes of files since this was last asked."""

    def restored(self, arguments: Any) -> Any:
        """Arguments of a writing call with what was redacted or escaped for the model in the files they name."""

    async def received(
        self, tool: str, effect: Effect, arguments: dict[str, Any], result: ToolResult
    ) -> ToolResult:
        """A result as the model may read it: redacted, with hidden characters shown, words of others framed."""

    async def note(self, arguments: dict[str, Any]) -> str:
        """What the model has to know of the places that a call named, told once, e.g. a nested AGENTS.md."""


class Prepared(msgspec.Struct):
    """A call on its way: either `problem` says why it can't run, or tool and arguments are there."""

    call: ToolCalled
    tool: Any = None
    arguments: Any = None
    problem: str = ""


class Toolbox:
    """Runs the calls of one answer in their order: neighbouring reads together, all else one by one.

    After a change that failed or was denied the later changes and commands of the same answer do not run, because
    they were written in the belief that it worked; each is answered with that. A command that failed or tests that
    are red stop nothing: that is what they were run to find out.
    """

    def __init__(self, tools: Sequence[Tool], surroundings: Surroundings) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._aliases = {alias: tool.name for tool in tools for alias in tool.aliases}
        self._surroundings = surroundings
        self.tools = tuple(tools)
        self.specs = tuple(tool.spec for tool in tools)
        self.denied: list[str] = []
        """Titles of calls of the running turn that policy denied, or that nobody could approve."""

    def called(self, call: ToolCall) -> ToolCalled:
        """The event for `call`, with its name mended and one line for people."""
        tool = self._find(call.name)
        name = tool.name if tool else call.name
        return ToolCalled(
            call_id=call.id,
            tool=name,
            arguments=call.arguments,
            title=self._title(tool, call),
            opaque=call.opaque,
        )

    def effect(self, name: str) -> Effect | None:
        """The declared effect of a tool; None for one that there is not."""
        tool = self._find(name)
        return tool.effect if tool else None

    def leftovers(self) -> Sequence[AnyEvent]:
        """Changes of files by calls that were cancelled before they could tell."""
        return self._surroundings.changes()

    async def run(self, calls: Sequence[ToolCalled], emit: Emit) -> None:
        """Emits one ToolFinished for each call, in their order, and what else came of them."""
        waiting = [self._prepare(call) for call in calls]
        failed: ToolCalled | None = None
        while waiting:
            together = [waiting.pop(0)]
            if _is_read(together[0]):
                while waiting and _is_read(waiting[0]):
                    together.append(waiting.pop(0))
            elif failed is not None:
                emit(_not_run(together[0].call, failed))
                continue
            results = [asyncio.ensure_future(self._run_one(p, emit)) for p in together]
            try:
                for prepared, result in zip(together, results, strict=True):
                    finished = await result
                    if waiting and not finished.ok and _stops_the_rest(prepared):
                        failed = prepared.call
                    emit(finished)
                    for changed in self._surroundings.changes():
                        emit(changed)
            finally:
                for result in results:
                    result.cancel()
                if open_results := [result for result in results if not result.done()]:
                    await asyncio.wait(open_results)

    def _find(self, name: str) -> Tool | None:
        folded = name.strip().lower().replace("-", "_").removeprefix("functions.")
        return self._tools.get(folded) or self._tools.get(self._aliases.get(folded, ""))

    def _prepare(self, call: ToolCalled) -> Prepared:
        tool = self._find(call.tool)
        if tool is None:
            return Prepared(
                call, problem=f"There is no tool `{call.tool}`. The tools are: {', '.join(self._tools)}."
            )
        try:
            return Prepared(call, tool, convert(parse(call.arguments), tool.arguments))
        except BadArguments as wrong:
            expected = msgspec.json.encode(tool.spec.schema).decode()
            return Prepared(call, tool, problem=f"`{tool.name}` was not run: {wrong}. It takes: {expected}")

    def _title(self, tool: Tool | None, call: ToolCall) -> str:
        if tool is None:
            return call.name
        try:
            values = convert(parse(call.arguments), tool.arguments)
        except BadArguments:
            return tool.name
        shown = {f: _short(getattr(values, f)) for f in values.__struct_fields__}
        return (tool.title or tool.name).format_map(shown).strip() or tool.name

    async def _run_one(self, prepared: Prepared, emit: Emit) -> ToolFinished:
        started = time.monotonic()
        result = await self._result(prepared, emit)
        for event in result.events:
            emit(event)
        return ToolFinished(
            call_id=prepared.call.call_id,
            ok=result.ok,
            output=result.output,
            blocks=result.blocks,
            origin=result.origin,
            seconds=round(time.monotonic() - started, 3),
        )

    async def _result(self, prepared: Prepared, emit: Emit) -> ToolResult:
        if prepared.problem:
            return ToolResult(prepared.problem, ok=False)
        call, tool, around = prepared.call, prepared.tool, self._surroundings
        arguments = msgspec.structs.asdict(prepared.arguments)
        effect = Effect.NET if arguments.get("network") is True else tool.effect
        action = Action(tool.name, effect, arguments)
        verdict = around.decide(action)
        if verdict.decision == "ask":
            settled = await around.ask(call, action, verdict, emit)
            if settled.choice == "deny":
                self.denied += [call.title] if settled.by == "policy" else []
                return _denied(verdict, settled.note)
        elif verdict.decision == "deny":
            self.denied.append(call.title)
            return _denied(verdict, "")
        if verdict.command:  # the very words that were judged, and no second reading of them by a shell
            prepared.arguments = msgspec.structs.replace(prepared.arguments, command=verdict.command)
        context = around.context(call, emit)
        try:
            if tool.effect is Effect.READ:
                result = await tool.call(context, prepared.arguments)
            else:
                await around.before_change(tool.name, tool.effect, emit)
                is_writing = tool.effect is Effect.WRITE
                given = around.restored(prepared.arguments) if is_writing else prepared.arguments
                result = await around.recording(call, tool.effect, lambda: tool.call(context, given))
        except OSError as fault:
            return ToolResult(f"`{tool.name}` failed: {fault}. Nothing else was done.", ok=False)
        except (
            Exception
        ) as fault:  # a fault of ours must not cost the turn: it is shown, and the work goes on
            text = f"`{tool.name}` broke inside mycoder ({type(fault).__name__}: {fault}). Try another way."
            return ToolResult(text, ok=False, blocks=(Notice(text=text, level="error"),))
        if result.ok and (note := await around.note(arguments)):
            result = msgspec.structs.replace(result, output=f"{result.output}\n\n{note}")
        return await around.received(tool.name, tool.effect, arguments, result)


def progress(call: ToolCalled, emit: Emit) -> Callable[[str], None]:
    """A function that shows more output of `call`."""
    return lambda text: emit(ToolProgressed(call_id=call.call_id, text=text))


def asked(call: ToolCalled, verdict: Verdict, ask_id: str, **parts: Any) -> Asked:
    """The approval question for `call`."""
    return Asked(
        ask_id=ask_id, call_id=call.call_id, question=f"Allow {call.title}?", reason=verdict.reason, **parts
    )


def _is_read(prepared: Prepared) -> bool:
    return prepared.tool is None or prepared.tool.effect is Effect.READ


def _stops_the_rest(prepared: Prepared) -> bool:
    return prepared.tool is not None and prepared.tool.effect is Effect.WRITE


def _not_run(call: ToolCalled, failed: ToolCalled) -> ToolFinished:
    text = f"Not run, because `{failed.title}` before it in the same answer failed. Send it again if it is still right."
    return ToolFinished(call_id=call.call_id, ok=False, output=text)


def _denied(verdict: Verdict, note: str) -> ToolResult:
    said = f" They say: {note.rstrip('. ')}." if note.strip() else ""
    reason = verdict.reason or "a rule forbids it"
    return ToolResult(
        f"Not allowed: {reason}.{said} Do not try the same by another way; do what is allowed, or end and say "
        "what you would need.",
        ok=False,
        blocks=(Notice(text=f"refused: {reason}", level="warning"),),
    )


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        value = " ".join(map(str, value))
    text = " ".join(value.split()) if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "…"
