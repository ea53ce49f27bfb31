"""Taking a set of paths from the states they are in to the states they shall have: all of them, or none.

Every path on its own is always in its old or its new state, because new contents are written beside it and
renamed into place. Kinds may change too: a folder may become a file, or a file a folder with files in it.
"""

import errno
import os
import stat
from collections.abc import Callable, Sequence

from mycoder.workspace import beneath
from mycoder.workspace.atomic import TEMPORARY
from mycoder.workspace.pathstate import Change, is_direct

Contents = Callable[[str], bytes]


def temporaries(root: str, changes: Sequence[Change], tag: str) -> dict[str, str]:
    """Path -> path of its unfinished file, both relative to `root`, for the changes that need one.

    It lies in the folder of the path, or the nearest one above that is there already.
    """
    out: dict[str, str] = {}
    for n, change in enumerate(changes):
        if _is_staged(change):
            folder = os.path.dirname(change.path)
            while folder and not (os.path.isdir(f"{root}/{folder}") and is_direct(f"{root}/{folder}")):
                folder = os.path.dirname(folder)
            name = f"{TEMPORARY}{tag}-{n}"
            out[change.path] = f"{folder}/{name}" if folder else name
    return out


def carry_out(
    root: str, changes: Sequence[Change], staged: dict[str, str], contents: Contents, tag: str
) -> None:
    """Makes `after` of `before` for each change. `staged` comes from `temporaries` with the same `tag`;
    `contents` gives bytes by hash.

    A folder that shall go but still holds files stays. Raises OSError and BlobMissing, and then all is as it
    was; when even the way back fails, or an unfinished file stays, a note on the exception says so.
    """
    done: list[Change] = []
    try:
        _stage(root, changes, staged, contents)
        for change in _in_order(changes):
            done.append(change)
            _take(root, change, staged.get(change.path, ""))
        _set_folder_modes(root, changes)
    except BaseException as error:
        if done:
            _take_back(root, done, contents, error, tag)
        _clear(root, staged, error)
        raise


def _clear(root: str, staged: dict[str, str], error: BaseException) -> None:
    """What fails here is noted on `error`."""
    for temporary in staged.values():
        try:
            beneath.remove(root, temporary)
        except OSError as second:
            error.add_note(f"{temporary} stays: {second}")


def _is_staged(change: Change) -> bool:
    before, after = change.before, change.after
    if after.kind == "f":
        return before.kind != "f" or before.hash != after.hash
    return after.kind == "l"


def _stage(root: str, changes: Sequence[Change], staged: dict[str, str], contents: Contents) -> None:
    for change in changes:
        if (temporary := staged.get(change.path)) is None:
            continue
        if change.after.kind == "l":
            beneath.link(root, temporary, change.after.hash)
        else:
            data = contents(change.after.hash)
            beneath.write_new(root, temporary, change.path, data, change.after.mode)


def _in_order(changes: Sequence[Change]) -> list[Change]:
    """First what stands in the way, deepest first; then what shall be there, folders before their files; then
    what shall go, deepest first. So no content is gone before the one that replaces it is in place."""
    blocked = tuple(
        f"{c.path}/" for c in changes if c.before.kind == "d" and c.after.kind not in ("", "d")
    )  # files in them have to go first

    def rank(change: Change) -> tuple[int, int, str]:
        depth = change.path.count("/")
        if change.after.kind == "":
            early = bool(blocked) and change.path.startswith(blocked)
            return (0 if early else 4, -depth, change.path)
        return (1 if change.after.kind == "d" else 2, depth, change.path)

    return sorted((c for c in changes if c.before != c.after), key=rank)


def _take(root: str, change: Change, temporary: str) -> None:
    path, before, after = change.path, change.before, change.after
    match after.kind:
        case "":
            _remove(root, path, before.kind)
        case "d" if before.kind == "d":
            beneath.set_mode(root, path, after.mode | 0o700)
        case "d":
            if before.kind:
                beneath.remove(root, path)
            _make_folder(root, path, after.mode | 0o700)
        case "f" if not temporary:
            beneath.set_mode(root, path, after.mode)
        case "f" | "l":
            if before.kind == "d":
                beneath.remove_folder(root, path)
            beneath.rename(root, temporary, path)
        case _:
            raise OSError(errno.ENOTSUP, "only files, links and folders can be made", path)


def _remove(root: str, path: str, kind: str) -> None:
    if kind != "d":
        beneath.remove(root, path)
        return
    try:
        beneath.remove_folder(root, path)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def _make_folder(root: str, path: str, mode: int) -> None:
    try:
        beneath.make_folder(root, path, mode)
    except FileExistsError:
        if not stat.S_ISDIR(beneath.status(root, path).st_mode):
            raise


def _set_folder_modes(root: str, changes: Sequence[Change]) -> None:
    """Last and from the bottom, because a folder that may not be written cannot be filled."""
    for change in sorted(changes, key=lambda c: -c.path.count("/")):
        if change.after.kind != "d":
            continue
        if stat.S_IMODE(beneath.status(root, change.path).st_mode) != change.after.mode:
            beneath.set_mode(root, change.path, change.after.mode)


def _take_back(root: str, done: Sequence[Change], contents: Contents, error: BaseException, tag: str) -> None:
    back = [change.inverse for change in done]
    staged = temporaries(root, back, f"{tag}-back")
    try:
        _stage(root, back, staged, contents)
        for change in _in_order(back):
            if (
                staged.get(change.path)
                or change.after.kind in ("", "d")
                or beneath.is_there(root, change.path)
            ):
                _take(root, change, staged.get(change.path, ""))
        _set_folder_modes(root, back)
    except Exception as second:  # whatever it is, the first error is the one to tell
        error.add_note(f"taking back what was done so far failed too: {second}")
    _clear(root, staged, error)
