"""Failing tests of several folders in one repair: each search is for those of one folder's command, by its names."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from mycoder.repair.asked import behind
from mycoder.repair.outcome import RepairRequest
from mycoder.testing.command import TestCommand
from mycoder.testing.results import TestRun
from mycoder.testing.several import own_names, part_of


def by_folder(
    groups: Iterable[tuple[str, ...]],
    given_up: set[frozenset[str]],
    command: TestCommand | None,
    root: Path,
) -> list[tuple[str, ...]]:
    """The groups of failing tests, each divided among the commands of their folders; a plain command has them all."""
    if command is None or not command.parts:
        return list(groups)
    found: dict[tuple[str, ...], None] = {}
    for group in groups:
        pieces: dict[Path, list[str]] = {}
        for name in group:
            pieces.setdefault(part_of(command, name, root).cwd, []).append(name)
        found |= {tuple(names): None for names in pieces.values() if frozenset(names) not in given_up}
    return list(found)


def request_for(
    group: tuple[str, ...], run: TestRun, request: RepairRequest, command: TestCommand | None, root: Path
) -> RepairRequest:
    """`request` for the failing tests of `group`, as the command that they belong to names them. Other tests of that
    command may stay red; those of other folders are not looked at."""
    others = tuple(name for name in run.failing if name not in group)
    if command is not None and command.parts:
        part = part_of(command, group[0], root)
        others = own_names(part, [name for name in others if part_of(command, name, root) is part], root)
        group, command = own_names(part, group, root), part
    return behind(msgspec.structs.replace(request, failing=group, red=others), command, root)
