"""What each session did, a markdown file a session: made from events alone, without a word of the model.

The next session's first request tells the last ones in a line each, so nothing that a file or a web page said may
come this way: only the person's own words, paths, counts and how it ended.
"""

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

from mycoder.memory.entries import one_line
from mycoder.memory.files import read_text, write_words
from mycoder.protocol.events import TurnEnded

KEPT = 200
"""Files of sessions that are kept; older ones go, since the log has all of it."""

_WORDS = {"done": "done", "tests_failing": "tests fail", "interrupted": "interrupted", "failed": "given up"}


def note(folder: Path, session: str, prompt: str, ended: TurnEnded, now: float) -> None:
    """Adds a turn to the file of `session` in `folder`. Raises OSError, MemoryFault."""
    file = folder / f"{session}.md"
    day = time.strftime("%Y-%m-%d", time.localtime(now))
    before = read_text(file) or f"# Session {session}\n\n"
    write_words(file, before + line(prompt, ended, day) + "\n")
    _thin(folder)


def line(prompt: str, ended: TurnEnded, day: str) -> str:
    """One turn on one line: what was asked, how it ended, what was changed, what the tests showed."""
    report = ended.report
    words = [_WORDS.get(ended.reason, ended.reason)]
    if report.files:
        names = [one_line(change.path, 80) for change in report.files[:6]]
        more = f" and {len(report.files) - 6} more" if len(report.files) > 6 else ""
        words.append(f"changed {', '.join(names)}{more}")
    if report.after is not None:
        bad = report.after.failed + report.after.errors
        words.append(f"tests {report.after.passed} passed{f', {bad} failed' if bad else ''}")
    return f"- {day} “{one_line(prompt, 160)}”: {'; '.join(words)}"


def last(folder: Path, count: int = 2) -> list[str]:
    """The last turn of each of the last sessions, the newest first."""
    out: list[str] = []
    for file in _files(folder)[:count]:
        with contextlib.suppress(OSError):
            lines = [text for text in read_text(file).splitlines() if text.startswith("- ")]
            out += (
                [f"Last session: {lines[-1][2:]}" if not out else f"Before: {lines[-1][2:]}"] if lines else []
            )
    return out


def _files(folder: Path) -> Sequence[Path]:
    """By name, which begins with the time; the newest first."""
    try:
        names = sorted((name for name in os.listdir(folder) if name.endswith(".md")), reverse=True)
    except OSError:
        return []
    return [folder / name for name in names]


def _thin(folder: Path) -> None:
    for file in _files(folder)[KEPT:]:
        with contextlib.suppress(OSError):
            file.unlink()
