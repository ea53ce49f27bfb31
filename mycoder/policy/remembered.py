"""Answers that a person wants remembered in one project: rules that allow, in a file outside of the repository.

The file lies in the project's folder of mycoder's state, so that nothing in the repository, and no command that
runs in it, can add to it.
"""

import contextlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mycoder.config.locked_file import LockedFile
from mycoder.policy.rules import Rule, RuleError

if TYPE_CHECKING:
    from mycoder.policy.reading import Reading

FILE = "permissions.json"


class Answer(msgspec.Struct, frozen=True):
    """`at` is Unix time."""

    rule: str
    at: float


class _File(msgspec.Struct):
    version: int = 1
    answers: list[Answer] = []


class Remembered:
    """The remembered answers of one project; `folder` is where they are kept."""

    def __init__(self, folder: Path) -> None:
        self._file = LockedFile(folder / FILE, _File)

    def answers(self) -> tuple[Answer, ...]:
        """Oldest first. A file that cannot be understood allows nothing."""
        return tuple(self._file.read().answers)

    def rules(self) -> tuple[Rule, ...]:
        """What they allow; one that is no rule allows nothing."""
        found: list[Rule] = []
        for answer in self.answers():
            with contextlib.suppress(RuleError):
                found.append(Rule.parse(answer.rule))
        return tuple(found)

    def add(self, rules: Iterable[Rule]) -> None:
        """Raises OSError."""
        texts = [str(rule) for rule in rules]

        def extend(answers: list[Answer]) -> list[Answer]:
            known = {answer.rule for answer in answers}
            return answers + [Answer(text, round(time.time(), 3)) for text in texts if text not in known]

        self._change(extend)

    def forget(self, numbers: Iterable[int] | None = None) -> list[Answer]:
        """Removes the answers with these numbers, counted from 1, or all. Returns what was removed. Raises OSError."""
        wanted = None if numbers is None else set(numbers)
        gone: list[Answer] = []

        def remove(answers: list[Answer]) -> list[Answer]:
            gone[:] = [a for n, a in enumerate(answers, 1) if wanted is None or n in wanted]
            return [a for n, a in enumerate(answers, 1) if wanted is not None and n not in wanted]

        self._change(remove)
        return gone

    def _change(self, change: Callable[[list[Answer]], list[Answer]]) -> None:
        def on(content: _File) -> None:
            content.answers = change(content.answers)

        self._file.change(on)


def rules_for_command(reading: "Reading") -> tuple[Rule, ...]:
    """Rules that allow exactly this command; none when it is not plain, and so can't be named by rules."""
    import shlex  # late: only to remember

    parts = [part for part in reading.plain if reading.why_not_safe(part.argv)]
    if any("\n" in word or word == "" for part in parts for word in part.argv):
        return ()
    if any(word.is_glob for part in parts for word in part.words):
        return ()
    return tuple(Rule("shell", f"= {shlex.join(part.argv)}") for part in parts)


def rules_for_paths(tool: str, paths: Iterable[str]) -> tuple[Rule, ...]:
    """Rules that allow `tool` on exactly these paths; none when one of them would be read as a pattern."""
    found = list(paths)
    if not found or any(not path or set(path) & set("*?[]()\n") for path in found):
        return ()
    return tuple(Rule(tool, path) for path in found)
