"""The net change of several entries, as diffs."""

import os
from collections.abc import Iterable

from mycoder.protocol.blocks import Diff
from mycoder.workspace.blobs import BlobMissing, Blobs
from mycoder.workspace.diff import unified
from mycoder.workspace.journal_log import Record
from mycoder.workspace.names import printable
from mycoder.workspace.pathstate import ABSENT, PathState, is_direct, look
from mycoder.workspace.text import NotText, decode


def net_diffs(root: str, records: Iterable[Record], blobs: Blobs) -> list[Diff]:
    """One diff for each file or link that is not as it was before the first of `records` that changed it."""
    firsts: dict[str, PathState] = {}
    for record in records:
        for change in record.changes:
            if {"f", "l"} & {change.before.kind, change.after.kind}:
                firsts.setdefault(change.path, change.before)
    diffs = [_diff(root, path, before, blobs) for path, before in sorted(firsts.items())]
    return [diff for diff in diffs if diff is not None]


def _diff(root: str, path: str, before: PathState, blobs: Blobs) -> Diff | None:
    full = f"{root}/{path}"
    try:
        now, data = look(full) if is_direct(os.path.dirname(full)) else (ABSENT, b"")
    except OSError as error:
        return Diff(path=printable(path), text=f"cannot be read: {error.strerror}\n")
    if now == before:
        return None
    name = printable(path)
    old, new = _text(before, blobs), _decoded(data) if now.kind == "f" else _text(now, blobs)
    if old is None or new is None:
        diff = Diff(
            path=name, text=f"Binary files {_side('a', name, before)} and {_side('b', name, now)} differ\n"
        )
    else:
        diff = unified(old, new, name)
    if before.kind == now.kind == "f" and before.mode != now.mode:
        modes = f"old mode 100{before.mode:o}\nnew mode 100{now.mode:o}\n"
        return Diff(path=name, text=modes + diff.text, added=diff.added, removed=diff.removed)
    if not diff.text:  # an empty file, or a folder in its place
        what = "added" if not before.kind else "deleted" if not now.kind else "replaced"
        return Diff(path=name, text=f"{name}: {what}\n")
    return diff


def _side(letter: str, name: str, state: PathState) -> str:
    return f"{letter}/{name}" if state.kind else "/dev/null"


def _text(state: PathState, blobs: Blobs) -> str | None:
    match state.kind:
        case "l":
            return f"symlink to {printable(state.hash)}\n"
        case "f":
            try:
                return _decoded(blobs.get(state.hash))
            except BlobMissing:
                return None
    return ""


def _decoded(data: bytes) -> str | None:
    try:
        return decode(data).text
    except NotText:
        return None
