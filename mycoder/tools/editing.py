"""Replacing pieces of one file: all of them, or none; the work of the tool `edit`."""

import os

from mycoder.protocol.tooling import ToolResult
from mycoder.tools.edit import Replacement
from mycoder.tools.excerpt import around, bracketed, change_of, fingerprint, notes_of, sentence, stale
from mycoder.tools.tool import ToolContext
from mycoder.workspace.commit import ContentChanged
from mycoder.workspace.edit import Missed, match
from mycoder.workspace.files import FileMissing, PathRefused, content_hash
from mycoder.workspace.journal_log import JournalError
from mycoder.workspace.names import printable
from mycoder.workspace.syntax import introduced
from mycoder.workspace.text import FileText, NotEncodable, NotText, encode


async def run(
    context: ToolContext,
    path: str,
    old: str,
    new: str,
    replace_all: bool,
    edits: tuple[Replacement, ...],
) -> ToolResult:
    """Refuses, with what to do, when a piece is not found exactly once, when the file has changed since it
    was read, and when the result would not parse although the file did."""
    wanted = (*((Replacement(old, new, replace_all),) if old or new else ()), *edits)
    if not wanted:
        return ToolResult("Give the text to replace as old and new, or several of them as edits.", ok=False)
    files = context.workspace.files
    try:
        real = files.resolve(path, write=True)
        if not real.exists() and len(wanted) == 1 and not wanted[0].old:
            file = FileText(files.relative(real), "", hash="")
        else:
            file = files.read(path)
        return _edit(context, file, path, wanted)
    except NotText as why:
        return ToolResult(f"{printable(path)} {why}: it cannot be edited as text.", ok=False)
    except ContentChanged as problem:
        return ToolResult(f"{problem} this very moment. Nothing was changed; read it again.", ok=False)
    except (PathRefused, FileMissing, NotEncodable, JournalError) as problem:
        return ToolResult(f"{sentence(problem)} Nothing was changed.", ok=False)
    except OSError as problem:
        return ToolResult(f"{printable(path)} cannot be changed: {problem.strerror or problem}.", ok=False)


def _edit(context: ToolContext, file: FileText, path: str, wanted: tuple[Replacement, ...]) -> ToolResult:
    files = context.workspace.files
    name = printable(file.path)
    if stale(files, file):
        return _has_changed(context, file, wanted)
    text, notes = file.text, []
    for number, one in enumerate(wanted, 1):
        found = match(text, one.old, one.new, replace_all=one.replace_all)
        which = f"edit {number} of {len(wanted)}" if len(wanted) > 1 else ""
        if isinstance(found, Missed):
            head = f"{name}: {which + ': ' if which else ''}{found.message}"
            return ToolResult(head + ("\nNone of the edits was made." if which else ""), ok=False)
        text = found.text
        if found.note:
            notes.append(f"{which + ': ' if which else ''}{found.note}")
    if text == file.text:
        return ToolResult(f"{name}: the edits undo each other; nothing was changed.", ok=False)
    data = encode(file, text)
    if problem := _breaks(context, file, text, wanted):
        return ToolResult(problem, ok=False)
    with context.workspace.journal.change("tool", context.call_id or f"edit {file.path}") as change:
        change.write(file.path, data, expect=file.hash)
    files.note_seen(file.path, content_hash(data))
    if not text:
        notes.append("the file is empty now")
    diff, blocks = change_of(file.text, text, file.path)
    notes += notes_of(file, file.path, os.fspath(path))
    verb = "edited" if file.hash else "created"
    return ToolResult(f"{verb} {name}\n{diff}{bracketed(notes)}", blocks=blocks)


def _has_changed(context: ToolContext, file: FileText, wanted: tuple[Replacement, ...]) -> ToolResult:
    """Refuses once; what it shows is what the model then has seen."""
    name = printable(file.path)
    shown = [around(file.text, one.old) for one in wanted if one.old]
    head = f"{name} has changed since you read it (by a command or by somebody else). Nothing was changed."
    if not shown or not all(shown):
        return ToolResult(
            f"{head} What you want to replace is not there as you sent it: read it again.", ok=False
        )
    context.workspace.files.note_seen(file.path, file.hash)
    there = "\n⋮\n".join(dict.fromkeys(shown))
    return ToolResult(f"{head} It reads now:\n{there}\nSend the edit again if it is still right.", ok=False)


def _breaks(context: ToolContext, file: FileText, text: str, wanted: tuple[Replacement, ...]) -> str:
    """Why the edit is refused once; empty when it may be made."""
    if not file.hash:
        return ""
    fault = introduced(file.path, file.text, text)
    call = fingerprint("edit", file.path, file.hash, *(repr(one) for one in wanted))
    if fault is None or context.workspace.is_repeated(call):
        return ""
    lines = text.split("\n")
    first, last = max(fault.line - 4, 0), min(fault.line + 3, len(lines))
    shown = "\n".join(f"{n}\t{line}" for n, line in enumerate(lines[first:last], first + 1))
    return (
        f"{printable(file.path)} would no longer parse after this edit ({fault.what}, line {fault.line}). "
        "Nothing was "
        f"changed. It would read:\n{shown}\nMend the edit; if this is meant, send the same call again."
    )
