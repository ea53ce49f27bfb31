"""One run of a test command in the sandbox, from its preparation to a verdict."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mycoder.config.private import write_private
from mycoder.testing.command import Place, Prepared, Ran, TestCommand
from mycoder.testing.frames import settled
from mycoder.testing.output import clip, last_words
from mycoder.testing.results import Gathered, TestRun
from mycoder.testing.runners.registry import load
from mycoder.testing.selection import SelectionError
from mycoder.testing.standstill import Standstill
from mycoder.testing.weigh import problem_of

if TYPE_CHECKING:
    from mycoder.sandbox.job import Completed
    from mycoder.sandbox.sandbox import Sandbox

OUTPUT_LIMIT = 64 * 1024 * 1024
SHOWN = 30_000
"""Characters of output that a run carries with it."""

IMPORT_FAILED = 'Error importing plugin "mycoder_pytest"'
"""What pytest says when something on the way to it has changed PYTHONPATH."""


class Bay(msgspec.Struct, frozen=True, kw_only=True):
    """What one run needs beside its command."""

    root: Path
    sandbox: "Sandbox"
    place: Place


class Attempt(msgspec.Struct, frozen=True):
    """`is_misled`: pytest did not find our plugin, so that nothing ran at all."""

    run: TestRun
    is_misled: bool = False


async def execute(
    bay: Bay,
    command: TestCommand,
    selection: tuple[str, ...],
    seconds: float,
    progress: Callable[[str], None] | None,
    still: float = 0.0,
) -> Attempt:
    """Runs the command once. `seconds` is its time limit; with `still` it is ended when for so many seconds no test
    came to its end, and the one that was running has failed."""
    runner = load(command.runner)
    try:
        prepared = runner.prepare(command, selection, bay.place)
    except SelectionError as fault:
        return Attempt(TestRun(command=command.text, problem=str(fault), complete=False, selection=selection))
    started = time.time()
    standing = _hidden_folders(command.cwd)
    try:
        standstill = Standstill(bay.place.folder, still) if still else None
        completed = await _in_sandbox(bay, command, prepared, seconds, progress, standstill)
    except OSError as fault:  # the machine is out of processes, memory or disk
        problem = f"the tests could not be started: {fault}"
        return Attempt(TestRun(command=command.text, problem=problem, complete=False, selection=selection))
    _sweep(command.cwd, standing)
    text = _full_text(completed)
    if completed.exit_code is None and not completed.killed and not completed.timed_out:
        gathered = Gathered(
            problem=f"the tests could not be started: {completed.problem or last_words(text)}"
        )
    else:
        ran = Ran(
            exit_code=completed.exit_code,
            text=text,
            started=started,
            timed_out=completed.timed_out,
            is_partial=bool(selection),
        )
        gathered = await asyncio.to_thread(runner.gather, command, bay.place, ran)
        if standstill is not None and standstill.names and completed.killed:
            gathered = msgspec.structs.replace(gathered, cases={**gathered.cases, **standstill.cases()})
    run = _assemble(bay, command, selection, prepared, gathered, completed, seconds)
    return Attempt(run, IMPORT_FAILED in text and not run.cases)


def without_probe(command: TestCommand) -> TestCommand:
    """The same command, read by its output alone."""
    why = f"{command.why}; our pytest plugin cannot be loaded there, so only its output is read"
    return msgspec.structs.replace(command, runner="shell", has_probe=False, why=why)


async def _in_sandbox(
    bay: Bay,
    command: TestCommand,
    prepared: Prepared,
    seconds: float,
    progress: Callable[[str], None] | None,
    should_end: Callable[[], str] | None,
) -> "Completed":
    from mycoder.sandbox.job import Job  # late: nothing of the sandbox is needed before the first run

    # A folder of its own, which the tests can read and not write: what they printed stays what they printed.
    spill = bay.place.folder / "output"
    spill.mkdir(exist_ok=True)
    job = Job(
        argv=prepared.argv,
        cwd=command.cwd,
        seconds=seconds,
        env=dict(command.env) | prepared.env,
        writable=(bay.place.folder, bay.place.lasting),
        should_end=should_end,
        on_output=_watched(progress, prepared.show),
        spill=spill,
        label="tests",
    )
    return await bay.sandbox.run(job)


def _watched(
    progress: Callable[[str], None] | None, show: Callable[[str], str] | None
) -> Callable[[str], None] | None:
    """Passes output on as whole lines, made readable by the runner."""
    if progress is None or show is None:
        return progress
    held = ""

    def pass_on(text: str) -> None:
        nonlocal held
        whole, mark, held = (held + text).rpartition("\n")
        if mark:
            progress(show(whole + mark))

    return pass_on


def _assemble(
    bay: Bay,
    command: TestCommand,
    selection: tuple[str, ...],
    prepared: Prepared,
    gathered: Gathered,
    completed: "Completed",
    seconds: float,
) -> TestRun:
    problem = problem_of(
        gathered,
        exit_code=completed.exit_code,
        timed_out=completed.timed_out,
        killed=completed.problem if completed.killed else "",
        seconds=seconds,
        text=completed.output,
    )
    if problem and completed.problem and completed.problem not in problem and not completed.timed_out:
        problem = f"{problem} ({completed.problem})"
    note = gathered.note
    if selection and not prepared.is_selected:
        note = f"`{command.text}` cannot run a part of the tests, so all of them ran"
    chosen = selection if prepared.is_selected else ()
    return TestRun(
        command=shown_selection(command.text, chosen),
        cases=settled(gathered.cases, bay.root, command.cwd),
        problem=problem,
        complete=not chosen and gathered.is_finished and not completed.killed,
        exit_code=completed.exit_code,
        seconds=round(completed.seconds, 3),
        sandbox=completed.level,
        selection=chosen,
        tally=gathered.tally,
        note=note,
        output=clip(completed.output, SHOWN),
        path=completed.path or _kept(bay.place.folder / "output", completed.output),
    )


def shown_selection(text: str, selection: tuple[str, ...], between: str = " ") -> str:
    """The text of a command with what was selected."""
    if not selection:
        return text
    words = [repr(item) if " " in item else item for item in selection]
    shown = " ".join(words[:4]) + (f" … (+{len(words) - 4})" if len(words) > 4 else "")
    return f"{text}{between}{shown}"


def _full_text(completed: "Completed") -> str:
    """All that was printed, where the sandbox kept it."""
    if not completed.path:
        return completed.output
    try:
        with open(completed.path, "rb") as file:
            return file.read(OUTPUT_LIMIT).decode("utf-8", "replace")
    except OSError:
        return completed.output


def _hidden_folders(folder: Path) -> set[str]:
    try:
        return {name for name in os.listdir(folder) if name.startswith(".")}
    except OSError:
        return set()


def _sweep(folder: Path, standing: set[str]) -> None:
    """Removes hidden folders that are new and empty: plugins make them for what they might want to keep."""
    for name in _hidden_folders(folder) - standing:
        with contextlib.suppress(OSError):  # not empty, or a file
            os.rmdir(folder / name)


def _kept(folder: Path, output: str) -> str:
    """A file with the output, so that what a digest leaves out can be read."""
    if not output.strip():
        return ""
    path = folder / "tests.txt"
    try:
        write_private(path, output.encode("utf-8", "replace"))
    except OSError:
        return ""
    return str(path)
