"""How a tool is declared: an annotated coroutine function under `@tool`, its description in the `.md` beside it.

    @tool(effect=Effect.READ)
    async def read(context: ToolContext, path: str, offset: int = 1, limit: int = 400) -> ToolResult: ...

The JSON schema comes from the signature, so arguments are strictly checked before the function runs.
A tool never asks for permission and never raises for what the model or the repository did: it answers.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, get_args, get_origin, get_type_hints

import msgspec

from mycoder.protocol.messages import ToolSpec
from mycoder.protocol.tooling import Effect, ToolResult

if TYPE_CHECKING:
    from mycoder.sandbox.sandbox import Sandbox
    from mycoder.testing.bench import TestBench
    from mycoder.workspace.workspace import Workspace

    class Remembering(Protocol):
        """What the tools of memory need of a session."""

        async def remember(self, text: str) -> ToolResult: ...
        async def recall(self, query: str, where: Literal["all", "memory", "history"]) -> ToolResult: ...

    class Skilled(Protocol):
        """What the tool that reads needs of the session's skills."""

        async def read(self, name: str) -> ToolResult: ...


class ToolContext(msgspec.Struct, eq=False):
    """What a call may use. One is made per call; what outlives a call lives in the services it points to."""

    workspace: "Workspace"
    sandbox: "Sandbox"
    tests: "TestBench"
    progress: Callable[[str], None]
    """Shows more output of this call to people at once; a tool never prints."""
    ask: Callable[[str, tuple[str, ...]], Awaitable[str]] | None = None
    """Asks the person a question with the given choices (none: free text); None where nobody can answer."""
    spawn: Callable[..., Awaitable[ToolResult]] | None = None
    is_read_only: bool = False
    """The mode is `plan`: a command may write nothing."""
    spill: Path = msgspec.field(default_factory=Path)
    """Folder for full outputs that were cut for the model; the read tool can page through files in it."""
    memory: "Remembering | None" = None
    """None when memory is switched off."""
    skills: "Skilled | None" = None
    call_id: str = ""
    """Of this call; the label of its entry in the journal, by which a resumed session knows whether it was done."""


class Tool(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A declared tool; see `tool`."""

    name: str
    effect: Effect
    function: Callable[..., Awaitable[ToolResult]]
    aliases: tuple[str, ...] = ()
    title: str = ""
    """Template for the one line people see, e.g. ``read {path}``."""

    @cached_property
    def description(self) -> str:
        beside = Path(inspect.getfile(self.function)).with_name(f"{self.name}.md")
        return beside.read_text(encoding="utf-8").strip()

    @cached_property
    def arguments(self) -> type[msgspec.Struct]:
        """A struct of the function's parameters after the context; its decoding is the validation."""
        hints = get_type_hints(self.function, include_extras=True)
        fields: list[Any] = []
        for parameter in list(inspect.signature(self.function).parameters.values())[1:]:
            hint = hints[parameter.name]
            if parameter.default is inspect.Parameter.empty:
                fields.append((parameter.name, hint))
            else:
                fields.append((parameter.name, hint, parameter.default))
        return msgspec.defstruct(f"{self.name}_arguments", fields, kw_only=True, forbid_unknown_fields=True)

    @cached_property
    def spec(self) -> ToolSpec:
        hints = get_type_hints(self.function, include_extras=True)
        parameters = list(inspect.signature(self.function).parameters.values())[1:]
        schema = {
            "type": "object",
            "properties": {p.name: _schema(hints[p.name]) for p in parameters},
            "required": [p.name for p in parameters if p.default is inspect.Parameter.empty],
        }
        return ToolSpec(self.name, self.description, schema)

    async def call(self, context: Any, arguments: msgspec.Struct) -> ToolResult:
        values = {name: getattr(arguments, name) for name in arguments.__struct_fields__}
        return await self.function(context, **values)


def tool(
    *, effect: Effect, name: str = "", aliases: tuple[str, ...] = (), title: str = ""
) -> Callable[[Callable[..., Awaitable[ToolResult]]], Tool]:
    """Declares the decorated coroutine function as a tool."""

    def declare(function: Callable[..., Awaitable[ToolResult]]) -> Tool:
        return Tool(name or function.__name__, effect, function, aliases, title)

    return declare


def _schema(hint: Any) -> dict[str, Any]:
    """JSON schema of one parameter, in the few words that models need; written by hand because it is sent on
    every request and the library's form with $defs and titles costs twice the tokens."""
    if get_origin(hint) is Annotated:
        inner, *notes = get_args(hint)
        schema = _schema(inner)
        for note in notes:
            if isinstance(note, msgspec.Meta) and note.description:
                schema["description"] = note.description
        return schema
    simple: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
    if hint in simple:
        return {"type": simple[hint]}
    origin, args = get_origin(hint), get_args(hint)
    if origin in (list, tuple):
        return {"type": "array", "items": _schema(args[0])}
    if origin is dict:
        return {"type": "object"}
    if type(None) in args:
        return _schema(next(a for a in args if a is not type(None)))
    if args and all(isinstance(a, str) for a in args):
        return {"type": "string", "enum": list(args)}
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        fields = msgspec.structs.fields(hint)
        return {
            "type": "object",
            "properties": {f.encode_name: _schema(f.type) for f in fields},
            "required": [f.encode_name for f in fields if f.required],
        }
    raise TypeError(f"no JSON schema for the parameter type {hint!r}")
