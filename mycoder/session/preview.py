"""What people see of a call before they allow it: the exact command, or the change as a diff."""

from typing import Any

from mycoder.protocol.blocks import AnyBlock, Code, Diff, Terminal, Text
from mycoder.protocol.events import ToolCalled
from mycoder.workspace.diff import unified
from mycoder.workspace.files import FileMissing, Files, PathRefused
from mycoder.workspace.text import NotText


def preview(call: ToolCalled, values: dict[str, Any], files: Files) -> tuple[AnyBlock, ...]:
    """`values` are the validated arguments. Nothing is shortened: what is shown is what would run."""
    match call.tool:
        case "shell":
            return (Terminal(command=str(values.get("command", ""))),)
        case "edit":
            return _edits(values, files)
        case "write":
            path, content = str(values.get("path", "")), str(values.get("content", ""))
            return (unified(_text(files, path), content, path),)
        case "patch":
            return (Code(text=str(values.get("patch", "")), language="diff"),)
        case "remember":
            return (Text(text=str(values.get("text", ""))),)
    return ()


def _edits(values: dict[str, Any], files: Files) -> tuple[AnyBlock, ...]:
    path = str(values.get("path", ""))
    pairs = [(values.get("old", ""), values.get("new", ""))] if values.get("old") or values.get("new") else []
    for edit in values.get("edits", ()):
        pairs.append((getattr(edit, "old", ""), getattr(edit, "new", "")))
    whole = _text(files, path)
    diffs: list[Diff] = [_in_place(whole, str(old), str(new), path) for old, new in pairs]
    return tuple(diffs)


def _in_place(whole: str, old: str, new: str, path: str) -> Diff:
    """The change with the lines around it and their numbers, where it can only mean one place."""
    if old and whole.count(old) == 1:
        return unified(whole, whole.replace(old, new), path)
    return unified(old, new, path)


def _text(files: Files, path: str) -> str:
    try:
        return files.read(path).text
    except (FileMissing, NotText, PathRefused, OSError):
        return ""
