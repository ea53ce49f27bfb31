"""Fitting lines that were written with one indentation into a place that has another."""

from collections.abc import Iterable


class CannotIndent(Exception):
    """The old lines say two things about one indentation, so there is no telling where a new line belongs."""


def indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


class Indents:
    """Learns from pairs (indentation of a line as the model wrote it, indentation of the same line in the
    file).
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._known: dict[str, set[str]] = {}
        for old, file in pairs:
            self._known.setdefault(old, set()).add(file)

    @property
    def is_same(self) -> bool:
        """Whether every line already has the indentation of the file."""
        return all(files == {old} for old, files in self._known.items())

    def fit(self, line: str) -> str:
        """`line` with the indentation that it needs in the file. Raises CannotIndent."""
        if not line.strip():
            return ""
        indent = indent_of(line)
        return self._translate(indent) + line[len(indent) :]

    def _translate(self, indent: str) -> str:
        if not self._known:
            return indent
        starts = [old for old in self._known if indent.startswith(old)]
        if starts:
            nearest = max(starts, key=len)
            return self._of(nearest) + self._converted(indent[len(nearest) :])
        # further out than any line that is known
        nearest = min(self._known, key=len)
        file, less = self._of(nearest), self._converted(nearest[len(indent) :])
        return file.removesuffix(less) if file.endswith(less) else ""

    def _of(self, old: str) -> str:
        files = self._known[old]
        if len(files) > 1:
            raise CannotIndent
        return next(iter(files))

    def _converted(self, space: str) -> str:
        """`space`, by which a line is deeper than a known one, in the units of the file."""
        unit, file_unit = self._units()
        if not space or unit == file_unit or len(space) % len(unit) or space.strip(unit[0]):
            return space
        return file_unit * (len(space) // len(unit))

    def _units(self) -> tuple[str, str]:
        """One step of indentation here and in the file, from two known lines, or from one with tabs on one
        side.
        """
        known = sorted(
            ((o, next(iter(f))) for o, f in self._known.items() if len(f) == 1), key=lambda p: len(p[0])
        )
        for (o1, f1), (o2, f2) in zip([("", ""), *known], known, strict=False):
            step, file_step = o2.removeprefix(o1), f2.removeprefix(f1)
            if not step or not file_step or not o2.startswith(o1) or not f2.startswith(f1):
                continue
            levels = len(file_step) if set(file_step) == {"\t"} else len(step) if set(step) == {"\t"} else 1
            if o1 or levels > 1 or step[0] != file_step[0]:
                return step[: max(len(step) // levels, 1)], file_step[: max(len(file_step) // levels, 1)]
        return " ", " "
