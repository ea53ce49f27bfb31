"""What is wrong with a workflow, where it stands and what would be right."""

from collections.abc import Iterable


class WorkflowError(Exception):
    """A workflow cannot be used. `line` is from 1, 0 where there is none; `key` is a path as people write it."""

    def __init__(self, message: str, file: str = "", line: int = 0, key: str = "") -> None:
        self.message, self.file, self.line, self.key = message, file, line, key
        place = f"{file}:{line}" if line else file
        super().__init__(": ".join(part for part in (place, key, message) if part))


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """A sentence about a word that nobody knows: the nearest known one, and all of them."""
    import difflib  # late: only for a mistake

    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    meant = f"; did you mean {near[0]!r}?" if near else "."
    return f"there is no {what} {word!r}{meant} Known: {', '.join(names) or 'none'}"
