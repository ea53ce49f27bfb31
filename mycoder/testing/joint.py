"""Runs the commands of several folders one after the other, and makes one run of theirs."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from mycoder.config.private import make_private, write_private
from mycoder.protocol.report import Counts
from mycoder.testing.apportion import Share, apportion
from mycoder.testing.command import Place, TestCommand
from mycoder.testing.execution import SHOWN, Attempt, Bay, execute, shown_selection, without_probe
from mycoder.testing.results import Case, TestRun, add_case
from mycoder.testing.selection import SelectionError
from mycoder.testing.several import by_folder, text_of, together

KEPT = 1024 * 1024
"""Bytes from the end of each folder's output that go into the file with all of them."""


class Done(msgspec.Struct, frozen=True):
    """One command's share and its run, with ids as the command names them."""

    share: Share
    run: TestRun


async def execute_parts(
    bay: Bay,
    command: TestCommand,
    selection: tuple[str, ...],
    seconds: float,
    progress: Callable[[str], None] | None,
    still: float = 0.0,
) -> tuple[TestRun, TestCommand]:
    """Runs what of `command.parts` the selection asks for, within `seconds` altogether; `still` as for one command.

    Hands back the command too: where our plugin cannot be loaded, a part is read by its output from now on.
    """
    try:
        shares = apportion(command.parts, selection, bay.root)
    except SelectionError as fault:
        problem = str(fault)
        return TestRun(command=command.text, problem=problem, complete=False, selection=selection), command
    deadline = time.monotonic() + seconds
    done: list[Done] = []
    parts = list(command.parts)
    for number, share in enumerate(shares):
        if progress is not None:
            progress(f"{share.part.text} in {share.folder}\n")
        left = deadline - time.monotonic()
        if share.part.missing or left <= 0:
            problem = share.part.missing or f"not run, the {seconds:g} s were used up before"
            run = TestRun(command=share.part.text, problem=problem, complete=False, selection=share.items)
        else:
            at = parts.index(share.part)
            run, parts[at] = await _one(bay, share, str(number), left, progress, still)
        done.append(Done(share, run))
    run = joined(done, command, selection, bay)
    is_same = all(new is old for new, old in zip(parts, command.parts, strict=True))
    return run, command if is_same else together(parts, bay.root)


async def _one(
    bay: Bay,
    share: Share,
    name: str,
    seconds: float,
    progress: Callable[[str], None] | None,
    still: float,
) -> tuple[TestRun, TestCommand]:
    async def attempt(part: TestCommand, folder: str) -> Attempt:
        own = msgspec.structs.replace(bay, place=_place(bay.place, share.folder, folder))
        return await execute(own, part, share.items, seconds, progress, still)

    part = share.part
    try:
        tried = await attempt(part, name)
        if tried.is_misled:
            part = without_probe(part)
            tried = await attempt(part, f"{name}-plain")
    except OSError as fault:  # no room for the folder of the run
        problem = f"the tests could not be started: {fault}"
        return TestRun(command=part.text, problem=problem, complete=False, selection=share.items), part
    return tried.run, part


def _place(place: Place, folder: str, name: str) -> Place:
    """A folder of its own for each command; files are told from where it runs, and as pytest may tell them."""
    own, lasting = place.folder / name, place.lasting / (folder.replace("/", "+") or "root")
    make_private(lasting)
    own.mkdir(mode=0o700)
    return msgspec.structs.replace(
        place, folder=own, lasting=lasting, first=_below(place.first, folder), slow=_below(place.slow, folder)
    )


def _below(files: Sequence[str], folder: str) -> tuple[str, ...]:
    found = [file for file in files if file.startswith(f"{folder}/")]
    return (*(file.removeprefix(f"{folder}/") for file in found), *found)


# -- one run of several --------------------------------------------------------------------------------------


def joined(done: Sequence[Done], command: TestCommand, selection: tuple[str, ...], bay: Bay) -> TestRun:
    """What the runs say together. One problem spoils the whole, and what was left out makes it incomplete."""
    done = _without_unmatched(done, selection)
    idle = [each for each in done if not each.run.selection and _met_nothing(each.run)]
    if len(idle) == len(done):
        idle = []
    runs = [each.run for each in done if each not in idle]
    cases: dict[str, Case] = {}
    for each in done:
        for case in _by_root(each, bay.root):
            add_case(cases, case)
    is_whole = len(done) == len(command.parts) and not any(each.run.selection for each in done)
    chosen = () if is_whole else selection
    started = [run for run in runs if run.exit_code is not None or run.cases or run.output]
    output, path = _outputs(done, bay.place.folder)
    return TestRun(
        command=shown_selection(text_of([each.share.part for each in done], bay.root), chosen, " for "),
        cases=cases,
        problem=by_folder(
            [(each.share.folder, each.run.problem) for each in done if each.run.problem and each not in idle]
        ),
        complete=is_whole and all(run.complete for run in runs),
        exit_code=_exit_code(started),
        seconds=round(sum(run.seconds for run in runs), 3),
        sandbox=", ".join(dict.fromkeys(run.sandbox for run in started if run.sandbox)),
        selection=chosen,
        tally=_tally(runs),
        note=by_folder(
            [
                (e.share.folder, e.run.problem if e in idle else e.run.note)
                for e in done
                if e in idle or e.run.note
            ]
        ),
        output=output,
        path=path,
    )


def _without_unmatched(done: Sequence[Done], selection: tuple[str, ...]) -> Sequence[Done]:
    """Without the folders in which an expression meets no test, as long as it meets some elsewhere."""
    if not selection:
        return done
    met = [each for each in done if not _met_nothing(each.run)]
    return met if any(each.run.cases or each.run.tally is not None for each in met) else done


def _met_nothing(run: TestRun) -> bool:
    """The runner came to its end and had no tests: a folder that only looks as if it had some. Where it had some
    before, these are missed in the comparison."""
    return (
        not run.cases
        and run.tally is None
        and run.exit_code in (0, 5)
        and run.problem.startswith("no tests ran")
    )


def _by_root(done: Done, root: Path) -> Iterable[Case]:
    """The cases with ids that begin with the folder. pytest tells paths from its own root, which may lie above the
    folder: then they begin so already, and one of them names a file that is not there when told from the folder."""
    folder, cwd = done.share.folder, done.share.part.cwd
    head = f"{folder}/"
    if not folder:
        return done.run.cases.values()
    files = {_file_of(name) for name in done.run.cases if name.startswith(head)}
    is_told_from_root = any(not os.path.exists(cwd / file) and os.path.exists(root / file) for file in files)
    return (
        case
        if is_told_from_root and case.id.startswith(head)
        else msgspec.structs.replace(case, id=head + case.id)
        for case in done.run.cases.values()
    )


def _file_of(name: str) -> str:
    return name.partition("::")[0].partition(" > ")[0].replace("\0", "")[:1000]


def _exit_code(started: Sequence[TestRun]) -> int | None:
    """The first that is not 0; None when a process was ended from outside, or none ran."""
    codes = [run.exit_code for run in started]
    if not codes or None in codes:
        return None
    return next((code for code in codes if code), 0)


def _tally(runs: Sequence[TestRun]) -> Counts | None:
    """Totals, where one of the runners names only some of its tests."""
    if all(run.tally is None for run in runs):
        return None
    counts = [run.counts for run in runs]
    return Counts(
        sum(each.passed for each in counts),
        sum(each.failed for each in counts),
        sum(each.errors for each in counts),
        sum(each.skipped for each in counts),
    )


def _outputs(done: Sequence[Done], folder: Path) -> tuple[str, str]:
    """The ends of the outputs, red ones last where ends are shown, and a file with more of each."""
    told = [each for each in done if each.run.output.strip() or each.run.path]
    if not told:
        return "", ""
    told.sort(key=lambda each: not each.run.is_green)
    room = max(SHOWN // len(told), 400)
    ends = [
        f"== {each.run.command} in {each.share.folder}\n{each.run.output[-room:].rstrip()}\n" for each in told
    ]
    path = folder / "tests.txt"
    with contextlib.suppress(OSError):
        write_private(path, b"".join(map(_kept, told)))
        return "".join(ends)[-SHOWN:], str(path)
    return "".join(ends)[-SHOWN:], told[-1].run.path


def _kept(done: Done) -> bytes:
    """The end of one output under a heading that says where all of it is."""
    run, data = done.run, done.run.output.encode("utf-8", "replace")
    if run.path:
        with contextlib.suppress(OSError), open(run.path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - KEPT))
            data = file.read(KEPT)
    heading = f"== {run.command} in {done.share.folder}" + (f" (all of it: {run.path})" if run.path else "")
    return heading.encode("utf-8", "replace") + b"\n" + data.rstrip() + b"\n\n"
