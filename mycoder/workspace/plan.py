"""A whole patch checked against the files before any of them changes."""

from collections.abc import Callable, Sequence

import msgspec

from mycoder.workspace.files import FileMissing, Files, PathRefused
from mycoder.workspace.hunks import fit
from mycoder.workspace.names import printable
from mycoder.workspace.patch import FilePatch
from mycoder.workspace.text import FileText, NotEncodable, NotText, encode


class Planned(msgspec.Struct, frozen=True):
    """What becomes of one path: `before` None for a new file, `data` None for one that goes."""

    path: str
    before: FileText | None
    text: str = ""
    data: bytes | None = None
    moved_from: str = ""


class Plan(msgspec.Struct, frozen=True):
    """Either every problem of the patch, or what to do. `problems` are for the model."""

    files: tuple[Planned, ...] = ()
    problems: tuple[str, ...] = ()


def plan(files: Files, patches: Sequence[FilePatch], objection: Callable[[FileText], str]) -> Plan:
    """All hunks of all files, none written. `objection` says why a file that is there must not be changed, or
    "".
    """
    planned: dict[str, Planned] = {}
    problems: list[str] = []
    for patch in patches:
        try:
            _one(files, patch, planned, objection)
        except _ProblemError as problem:
            problems.append(f"{patch.operation} {printable(patch.path)}: {problem}")
        except (PathRefused, FileMissing, NotEncodable) as error:
            problems.append(f"{patch.operation} {printable(patch.path)}: {error}")
        except NotText as error:
            problems.append(
                f"{patch.operation} {printable(patch.path)}: it {error}; change it with the shell"
            )
        except OSError as error:
            problems.append(f"{patch.operation} {printable(patch.path)}: {error.strerror}")
    return Plan(problems=tuple(problems)) if problems else Plan(tuple(planned.values()))


class _ProblemError(Exception):
    pass


def _one(
    files: Files, patch: FilePatch, planned: dict[str, Planned], objection: Callable[[FileText], str]
) -> None:
    match patch.operation:
        case "add":
            _add(files, patch, planned)
        case "delete":
            path = files.relative(files.locate(patch.path))
            before = planned[path].before if path in planned else _before(files, path)
            planned[path] = Planned(path, before)
        case _:
            _update(files, patch, planned, objection)


def _add(files: Files, patch: FilePatch, planned: dict[str, Planned]) -> None:
    real = files.resolve(patch.path, write=True)
    path = files.relative(real)
    data = patch.content.encode()
    earlier = planned.get(path)
    if earlier is not None and earlier.data is None:  # deleted above: written anew
        planned[path] = Planned(path, earlier.before, patch.content, data)
        return
    if real.is_dir():
        raise _ProblemError("a folder is there")
    if earlier is not None or (real.exists() and real.read_bytes() not in (b"", data)):
        raise _ProblemError("it exists already; use `*** Update File:`, or delete it first in the same patch")
    if twin := files.twin(real):
        raise _ProblemError(
            f"{twin} exists and differs only in case; the two would be one file on many systems"
        )
    planned[path] = Planned(path, None, patch.content, data)


def _update(
    files: Files, patch: FilePatch, planned: dict[str, Planned], objection: Callable[[FileText], str]
) -> None:
    path = files.relative(files.resolve(patch.path, write=True))
    earlier = planned.get(path)
    if earlier is not None and earlier.data is None:
        raise _ProblemError("an earlier section of this patch deletes or moves it")
    before = earlier.before if earlier else files.read(path)
    if before is not None and earlier is None and (why := objection(before)):
        raise _ProblemError(why)
    form = before or FileText(path, "")
    text = earlier.text if earlier else form.text
    fitted = fit(text, patch.hunks)
    if isinstance(fitted, list):
        raise _ProblemError("\n".join(misfit.message for misfit in fitted))
    target = path
    if patch.move_to:
        target = files.relative(files.locate(patch.move_to))
        there = planned.get(target)
        is_free = there.data is None if there else not (files.root / target).exists()
        if target != path and not is_free:
            raise _ProblemError(f"it cannot move to {printable(target)}, which exists already")
    if target == path:
        planned[path] = Planned(
            path, before, fitted, encode(form, fitted), earlier.moved_from if earlier else ""
        )
        return
    planned[path] = Planned(path, before)
    planned[target] = Planned(target, before, fitted, encode(form, fitted), path)


def _before(files: Files, path: str) -> FileText | None:
    """The text of a file that goes; None when it is not text. Raises FileMissing, PathRefused."""
    full = files.root / path
    if full.is_symlink():
        return None
    try:
        return files.read(path)
    except NotText:
        if full.is_dir():
            raise PathRefused(f"{printable(path)} is a folder: name its files") from None
        return None
