"""Arguments of tool calls as models write them, made into what the tool takes, or into a line that says what that is.

Models send JSON in strings, trailing commas, single quotes, fenced JSON, other cases and other names of keys.
Each of these is understood here; what is not understood is answered with the schema, never raised.
"""

import re
from typing import Any

import msgspec

ALIASES: dict[str, tuple[str, ...]] = {
    "path": ("file", "file_path", "filepath", "filename", "target_file", "absolute_path", "relative_path"),
    "command": ("cmd", "script", "bash", "shell", "code"),
    "old": ("old_string", "old_str", "old_text", "search", "find"),
    "new": ("new_string", "new_str", "new_text", "replace", "replacement"),
    "pattern": ("query", "regex", "search", "text", "glob", "name"),
    "content": ("contents", "text", "file_text", "data", "body"),
    "seconds": ("timeout", "timeout_seconds", "time_limit"),
    "patch": ("input", "diff", "patch_text"),
    "selection": ("tests", "test_ids", "ids", "test", "paths", "args"),
    "items": ("todos", "plan", "steps", "tasks"),
    "limit": ("max_lines", "line_count", "num_lines", "max_results"),
    "offset": ("start", "start_line", "line", "from_line"),
}
"""Our name → what other assistants' tools call the same thing."""


class BadArguments(Exception):
    """The message is for the model."""


def parse(raw: str) -> dict[str, Any]:
    """The object that `raw` means. Raises BadArguments when it means none."""
    text = raw.strip()
    if not text:
        return {}
    if fenced := re.fullmatch(r"```\w*\n(.*?)\n?```", text, re.DOTALL):
        text = fenced.group(1).strip()
    value = _loads(text)
    if isinstance(value, str):
        value = _loads(value.strip())
    if value is None:
        return {}
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise BadArguments("the arguments must be one JSON object")
    return value


def convert(values: dict[str, Any], into: type[msgspec.Struct]) -> msgspec.Struct:
    """`values` as the tool's argument struct, names and types mended. Raises BadArguments."""
    fields = {f.encode_name: f for f in msgspec.structs.fields(into)}
    named = _rename(values, tuple(fields))
    for name, value in named.items():
        if isinstance(value, str) and not _takes_text(fields[name].type):
            named[name] = _from_text(value)
        elif isinstance(value, str | dict) and _takes_list(fields[name].type):
            named[name] = [value]
        if named[name] is None and not fields[name].required:
            named[name] = fields[name].default if fields[name].default is not msgspec.NODEFAULT else None
    for name, value in list(named.items()):
        if _takes_list(fields[name].type) and isinstance(value, str | dict):
            named[name] = value = [value]
        inner = _struct_in(fields[name].type)
        if inner is not None and isinstance(value, list):
            names = tuple(f.encode_name for f in msgspec.structs.fields(inner))
            named[name] = [_rename(item, names) if isinstance(item, dict) else item for item in value]
    try:
        return msgspec.convert(named, into, strict=False)
    except msgspec.ValidationError as wrong:
        raise BadArguments(str(wrong)) from None


def _loads(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return _nearly_json(text)


def _nearly_json(text: str) -> Any:
    import ast  # late: only for what is not proper JSON, and 5 ms with the next one
    import json  # late: as above; it takes control characters in strings

    for candidate in (text, re.sub(r",(\s*[}\]])", r"\1", text)):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    try:
        json.loads(text)
    except (ValueError, RecursionError) as wrong:
        cut = " (it looks cut off: the reply may have hit its length limit; send less at once)"
        raise BadArguments(
            f"the arguments are not valid JSON: {wrong}{'' if text.endswith('}') else cut}"
        ) from None
    raise BadArguments("the arguments are not valid JSON")


def _rename(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    folded = {_fold(name): name for name in names}
    result: dict[str, Any] = {}
    unknown: list[str] = []
    for key, value in values.items():
        if (name := folded.get(_fold(str(key)))) is not None:
            result[name] = value
        else:
            unknown.append(str(key))
    for key in unknown:
        name = next(
            (n for n in names if n not in result and _fold(key) in map(_fold, ALIASES.get(n, ()))), None
        )
        if name is None:
            raise BadArguments(f"unknown argument `{key}`")
        result[name] = values[key]
    return result


def _fold(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _from_text(value: str) -> Any:
    """A list, number or truth value that was sent as text; the text itself when it is none."""
    try:
        return _loads(value.strip())
    except BadArguments:
        lowered = value.strip().lower()
        return {"true": True, "yes": True, "false": False, "no": False, "none": None, "null": None}.get(
            lowered, value
        )


def _takes_text(kind: Any) -> bool:
    return (
        kind is str or "str" in _names(kind) or any(isinstance(a, str) for a in getattr(kind, "__args__", ()))
    )


def _takes_list(kind: Any) -> bool:
    origin = getattr(kind, "__origin__", None)
    return origin in (list, tuple) or kind in (list, tuple)


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """The struct that a list or tuple type holds."""
    inner = getattr(kind, "__args__", ()) if _takes_list(kind) else ()
    found = inner[0] if inner else None
    return found if isinstance(found, type) and issubclass(found, msgspec.Struct) else None


def _names(kind: Any) -> set[str]:
    """Plain types in a union or an annotated type, by name."""
    if _takes_list(kind):
        return set()
    inner = getattr(kind, "__args__", ())
    return {getattr(a, "__name__", "") for a in inner}
