"""Changing several files by one patch: all of them, or none; the work of the tool `patch`."""

import os

from mycoder.protocol.blocks import AnyBlock
from mycoder.protocol.tooling import ToolResult
from mycoder.tools.excerpt import bracketed, change_of, fingerprint, notes_of, sentence, stale
from mycoder.tools.tool import ToolContext
from mycoder.workspace.commit import ContentChanged
from mycoder.workspace.files import FileMissing, Files, PathRefused, content_hash
from mycoder.workspace.journal_log import JournalError
from mycoder.workspace.names import count, printable
from mycoder.workspace.patch import BadPatch, parse
from mycoder.workspace.plan import Planned, plan
from mycoder.workspace.syntax import introduced
from mycoder.workspace.text import FileText

_MOST = 6_000
"""Characters of diffs in the answer."""


async def run(context: ToolContext, patch: str) -> ToolResult:
    """Refuses the whole, with each hunk that does not fit and the closest place for it."""
    files = context.workspace.files
    try:
        wanted = parse(patch)
    except BadPatch as problem:
        return ToolResult(f"Nothing was changed: {problem}", ok=False)
    planned = plan(files, wanted, lambda file: _objection(files, file))
    if planned.problems:
        listed = "\n".join(planned.problems)
        return ToolResult(
            f"Nothing was changed. {count(len(planned.problems), 'problem')}:\n{listed}", ok=False
        )
    todo = [one for one in planned.files if not _is_idle(one)]
    if not todo:
        return ToolResult("Nothing was changed: all files are already as the patch wants them.", ok=False)
    if why := _breaks(context, patch, todo):
        return ToolResult(why, ok=False)
    try:
        _carry_out(context, todo)
    except ContentChanged as problem:
        return ToolResult(f"{problem} this very moment. Nothing was changed; read it again.", ok=False)
    except (PathRefused, FileMissing, JournalError) as problem:
        return ToolResult(f"{sentence(problem)} Nothing was changed.", ok=False)
    except OSError as problem:
        return ToolResult(f"Nothing was changed: {problem.strerror or problem}.", ok=False)
    return _told(todo)


def _objection(files: Files, file: FileText) -> str:
    """Refuses once; the next call has been warned."""
    if not stale(files, file):
        return ""
    files.note_seen(file.path, file.hash)
    return "it has changed since you read it. If the patch still fits, send it again"


def _is_idle(one: Planned) -> bool:
    return (
        one.data is not None
        and one.before is not None
        and content_hash(one.data) == one.before.hash
        and not one.moved_from
    )


def _carry_out(context: ToolContext, todo: list[Planned]) -> None:
    files = context.workspace.files
    names = ", ".join(one.path for one in todo)
    with context.workspace.journal.change("tool", context.call_id or f"patch {names}") as change:
        for one in todo:
            before = one.before
            if one.data is None:
                change.delete(one.path, expect=before.hash if before else None)
            elif one.moved_from:
                change.write(one.path, one.data, mode=before.mode if before else None)
            else:
                change.write(one.path, one.data, expect=before.hash if before else None)
    for one in todo:
        if one.data is None:
            files.forget_seen(one.path)
        else:
            files.note_seen(one.path, content_hash(one.data))


def _breaks(context: ToolContext, text: str, todo: list[Planned]) -> str:
    """Why the patch is refused once; empty when it may be made."""
    for one in todo:
        if one.data is None or one.before is None:
            continue
        fault = introduced(one.path, one.before.text, one.text)
        if fault is not None and not context.workspace.is_repeated(
            fingerprint("patch", one.before.hash, text)
        ):
            return (
                f"Nothing was changed: {printable(one.path)} would no longer parse after this patch "
                f"({fault}). Mend it; "
                "if this is meant, send the same patch again."
            )
    return ""


def _told(todo: list[Planned]) -> ToolResult:
    gone = {one.moved_from for one in todo if one.moved_from}
    parts: list[str] = []
    blocks: list[AnyBlock] = []
    for one in todo:
        name = printable(one.path)
        before = one.before.text if one.before else ""
        if one.data is None:
            if one.path not in gone:
                parts.append(f"deleted {name}")
                blocks += change_of(before, "", one.path)[1]
            continue
        diff, shown = change_of(before, one.text, one.path)
        blocks += shown
        if one.moved_from:
            parts.append(f"moved {printable(one.moved_from)} to {name}" + (f"\n{diff}" if diff else ""))
        elif one.before is None:
            fault = introduced(one.path, "", one.text)
            lines = count(one.text.count("\n"), "line")
            parts.append(
                f"added {name}, {lines}" + bracketed([f"it does not parse: {fault}"] if fault else [])
            )
        else:
            notes = notes_of(one.before, one.path, os.fspath(one.path))
            parts.append(f"updated {name}\n{diff}{bracketed(notes)}")
    output = "\n".join(parts)
    if len(output) > _MOST:
        output = (
            output[:_MOST]
            + f"\n… {len(output) - _MOST} more characters of diffs left out; all files were changed"
        )
    return ToolResult(output, blocks=tuple(blocks))
