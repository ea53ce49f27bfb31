"""Makes the frames of failures readable: paths relative to the repository, and the line of source where one
is missing."""

import os
from pathlib import Path

import msgspec

from mycoder.testing.results import Case, Frame
from mycoder.testing.survey import READ_LIMIT, read_start


def settled(cases: dict[str, Case], root: Path, cwd: Path) -> dict[str, Case]:
    """The cases with their frames settled. Runners tell paths from the folder they ran in, or absolute."""
    texts: dict[str, list[str]] = {}
    found: dict[str, Case] = {}
    for name, case in cases.items():
        if case.frames:
            frames = tuple(_settle(frame, root, cwd, texts) for frame in case.frames)
            case = msgspec.structs.replace(case, frames=frames)
        found[name] = case
    return found


def _settle(frame: Frame, root: Path, cwd: Path, texts: dict[str, list[str]]) -> Frame:
    full = os.path.normpath(os.path.join(cwd, frame.path))
    if full.startswith(f"{root}{os.sep}"):
        path = os.path.relpath(full, root).replace(os.sep, "/")
    else:
        path = frame.path
    return Frame(path, frame.line, frame.function, frame.source or _line(full, frame.line, texts))


def _line(path: str, number: int, texts: dict[str, list[str]]) -> str:
    if path not in texts:
        texts[path] = read_start(path, READ_LIMIT * 8).splitlines()
    lines = texts[path]
    return lines[number - 1].strip()[:200] if 0 < number <= len(lines) else ""
