"""What the project's test command means for a repair: where and with which variables it runs, and which of the
collected tests it means by its names."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from mycoder.repair.outcome import RepairRequest
from mycoder.testing.command import TestCommand


def behind(request: RepairRequest, command: TestCommand | None, root: Path) -> RepairRequest:
    """`request` for the tests that `command` runs in the project `root`."""
    if command is None:
        return request
    below = os.path.relpath(os.path.realpath(command.cwd), os.path.realpath(root))
    folder = "" if below == os.curdir or below.startswith(os.pardir) else below
    return msgspec.structs.replace(request, argv=tuple(command.argv), env=command.env, folder=folder)


def as_collected(names: Sequence[str], collected: Iterable[str], folder: str) -> tuple[str, ...]:
    """`names` of tests, as the command's runner tells them, as ids of `collected`, which begin with a path from the
    project's root: the runner counts from the `folder` it runs in, and unittest writes dots. Unknown ones stay."""
    ids = dict.fromkeys(collected)
    dotted = _by_dots(ids) if any(_is_dotted(name) for name in names if name not in ids) else {}

    def found(name: str) -> str:
        below = f"{folder}/{name}" if folder else name
        if name in ids:
            return below if below in ids and folder else name
        return below if below in ids else dotted.get(name, name)

    return tuple(map(found, names))


def _is_dotted(name: str) -> bool:
    return "::" not in name and "/" not in name


def _by_dots(ids: Iterable[str]) -> dict[str, str]:
    """Ids by the names that unittest gives them, from each folder that an import may start in; the first wins."""
    known: dict[str, str] = {}
    for test in ids:
        path, _, rest = test.partition("::")
        parts = path.removesuffix(".py").split("/")
        for start in range(len(parts)):
            known.setdefault(".".join([*parts[start:], *rest.split("::")]), test)
    return known
