"""What a model reads of a test run: a few lines per cause instead of the log."""

from collections.abc import Sequence
from pathlib import Path

from mycoder.protocol.report import Counts
from mycoder.testing.causes import Cause, grouped
from mycoder.testing.output import clip
from mycoder.testing.results import COMPILE_ERROR, Comparison, Frame, TestRun

LIMIT = 7000
"""Characters, about 2,000 tokens."""
SHARE = 2600
"""Characters that one cause may take."""
NAMES = 8


def digest(
    run: TestRun, comparison: Comparison, root: Path, *, limit: int = LIMIT, is_of_turn: bool = True
) -> str:
    """Command and totals first, then causes, those that the edits answer for first, then where the rest is.

    Paths are relative to `root`, except that of the full output. Without `is_of_turn` nobody is going to edit, so
    "before the first edit" is not said. At most `limit` characters, or a little more
    when a single line is longer.
    """
    head = _head(run, comparison, is_of_turn=is_of_turn)
    foot = _foot(run, comparison)
    room = limit - len(head) - len(foot)
    body = _body(run, comparison, room)
    return "\n".join(part for part in (head, body, foot) if part)


def _head(run: TestRun, comparison: Comparison, *, is_of_turn: bool) -> str:
    lines = [f"{run.command or 'no test command'}: {totals(run)}"]
    if run.problem:
        lines.append(f"THE RUN DOES NOT COUNT: {run.problem}")
    if run.note and run.note not in run.problem:
        lines.append(f"note: {run.note}")
    if comparison.is_baseline and run.cases and is_of_turn:
        lines.append("this is how the tests stand before the first edit")
    elif comparison.before is not None and not comparison.is_baseline:
        lines.append("; ".join(_moved(run, comparison, comparison.before)))
    return "\n".join(line for line in lines if line)


def _moved(run: TestRun, comparison: Comparison, was: Counts) -> list[str]:
    """What the edits changed: before → after, and which tests."""
    now = run.counts
    parts = (
        []
        if run.selection
        else [f"red: {was.failed + was.errors} before the first edit → {now.failed + now.errors}"]
    )
    if comparison.fixed:
        parts.append(f"fixed {len(comparison.fixed)}: {names(comparison.fixed)}")
    if comparison.broken:
        parts.append(f"BROKEN {len(comparison.broken)}: {names(comparison.broken)}")
    if comparison.missing:
        parts.append(f"passed before, gone now {len(comparison.missing)}: {names(comparison.missing)}")
    if comparison.before_problem:
        parts.append(f"the run before the first edit did not count: {clip(comparison.before_problem, 300)}")
    return parts


def totals(run: TestRun) -> str:
    """``2 failed, 1 error, 40 passed, 3 skipped in 1.2 s``."""
    counts = run.counts
    parts = [f"{counts.failed} failed"] if counts.failed else []
    parts += [f"{counts.errors} error{'s' if counts.errors > 1 else ''}"] if counts.errors else []
    parts.append(f"{counts.passed} passed")
    parts += [f"{counts.skipped} skipped"] if counts.skipped else []
    where = "" if run.complete or run.problem else " (a part of the tests)"
    return f"{', '.join(parts)} in {run.seconds:.1f} s{where}"


def _body(run: TestRun, comparison: Comparison, room: int) -> str:
    known = set(comparison.known)
    unchanged = known.difference(comparison.changed)
    red = [run.cases[name] for name in comparison.failing if name in run.cases]
    fresh = [case for case in red if case.id not in unchanged]
    same = [case for case in red if case.id in unchanged]
    # When nothing else is red, the known failures are what the work is about.
    told, left = (fresh, same) if fresh else (same, [])
    if not told and not left:
        return _tail(run, room) if run.problem or _is_red(run) else ""
    line = f"\nfailing as before ({len(left)}): {names([case.id for case in left], 600)}" if left else ""
    return _told(grouped(told), room - len(line), comparison) + line


def _told(causes: Sequence[Cause], room: int, comparison: Comparison) -> str:
    parts: list[str] = []
    for number, cause in enumerate(causes):
        part = _cause(number + 1, cause, comparison)
        if parts and len(part) > room - 200:
            rest = [case.id for left in causes[number:] for case in left.cases]
            parts.append(f"\n{len(rest)} more failing: {names(rest, max(150, room - 60))}")
            break
        parts.append(clip(part, max(room - 200, 600)))
        room -= len(part) + 1
    return "\n".join(parts)


def _cause(number: int, cause: Cause, comparison: Comparison) -> str:
    case = cause.speaker
    others = [each.id for each in cause.cases if each.id != case.id]
    was = ""
    if case.id in comparison.known and not comparison.is_baseline:
        otherwise = ", but otherwise" if case.id in comparison.changed else ""
        was = f" (red before the first edit too{otherwise})"
    phase = {"collect": "could not be loaded", "setup": "failed in set-up", "teardown": "failed in tear-down"}
    lines = [
        f"\n{number}. {case.id}{was}"
        + (f": {phase[case.phase]}" if case.phase in phase and case.kind != COMPILE_ERROR else "")
    ]
    if others:
        lines.append(f"   and {len(others)} more in the same way: {names(others, 300)}")
    lines += [_frame(frame) for frame in case.frames[-6:]]
    room = SHARE - sum(map(len, lines))
    lines.append(_indented(clip(case.message or "(no message)", max(room - 500, 800))))
    if case.output:
        lines.append(_indented(clip(case.output, 500)))
    return "\n".join(lines)


def _frame(frame: Frame) -> str:
    inside = f" in {frame.function}" if frame.function else ""
    return f"   {frame.path}:{frame.line}{inside}" + (f": {frame.source}" if frame.source else "")


def _tail(run: TestRun, room: int) -> str:
    """The end of the output, when nothing better is known of what went wrong."""
    text = run.output.strip()
    if not text:
        return ""
    room = min(room - 40, 3000)
    return f"\nend of the output:\n{text if len(text) <= room else '…' + text[-room:]}" if room > 100 else ""


def _foot(run: TestRun, comparison: Comparison) -> str:
    lines: list[str] = []
    if comparison.flaky:
        lines.append(f"flaky, came out differently on the same tree: {names(comparison.flaky)}")
    if run.path and (run.problem or _is_red(run)):
        lines.append(f"full output: {run.path}")
    return "\n".join(lines)


def names(ids: Sequence[str], limit: int = 400) -> str:
    """The first few ids, and how many more there are."""
    shown: list[str] = []
    room = limit
    for each in ids[:NAMES]:
        short = clip(each, 200).replace("\n", " ")
        if shown and len(short) > room:
            break
        shown.append(short)
        room -= len(short) + 2
    left = len(ids) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")


def _is_red(run: TestRun) -> bool:
    counts = run.counts
    return bool(counts.failed or counts.errors)


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" for line in text.splitlines())
