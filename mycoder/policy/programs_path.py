"""Which program a name stands for, by the PATH that commands get: a name says what a program does only where nobody
but the machine's owner has put it there."""

import os
import stat
from collections.abc import Iterable

BUILTINS = frozenset({"cd", "echo", "printf", "pwd", "test", "[", "true", "false", ":", "type", "command"})
"""Of bash itself; no program is looked for."""


def why_foreign(names: Iterable[str], path: str, root: str) -> str:
    """Why one of these programs may be another one than its name says; empty when none is. `path` is a PATH, `root`
    the real path of the project."""
    for name in dict.fromkeys(names):
        if name in BUILTINS or "/" in name:
            continue
        for folder in path.split(":"):
            candidate = os.path.join(
                root, folder, name
            )  # an empty or relative entry begins where the command runs
            if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
                if why := _why(candidate, root):
                    return f"`{name}` is {candidate}, {why}"
                break
    return ""


def _why(program: str, root: str) -> str:
    """Looks at the file by its name and, where that is a link, at what it leads to."""
    for folder in {os.path.dirname(program), os.path.dirname(os.path.realpath(program))}:
        real = os.path.realpath(folder)
        if root and (real == root or real.startswith(f"{root}/")):
            return "a file of the project"
        if os.stat(real).st_mode & stat.S_IWOTH:
            return "in a folder that everybody may write to"
    return ""
