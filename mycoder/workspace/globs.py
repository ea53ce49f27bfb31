"""Globs as people write them to choose files: ``*.py``, ``src/**/*.{ts,tsx}``, ``!tests/**``."""

import re
from collections.abc import Callable
from itertools import pairwise

from mycoder.workspace.ignore import translate_glob

_MOST_BRANCHES = 64


def is_glob(text: str) -> bool:
    return any(sign in text for sign in "*?[{")


def compile_glob(glob: str) -> Callable[[str], bool] | None:
    """Says of a path, relative to the root of the project, whether the glob chooses it; None for a
    malformed glob.

    Without a slash the glob is for names in any folder. A leading ``!`` chooses the others, a trailing
    slash all that is below the folder.
    """
    is_negated = glob.startswith("!")
    glob = glob[is_negated:].removeprefix("./")
    parts = [_expression(branch) for branch in expand_braces(glob)]
    if not parts or None in parts:
        return None
    matches = re.compile("|".join(f"(?:{part})" for part in parts), re.DOTALL).fullmatch
    return lambda path: (matches(path) is None) == is_negated


def _expression(glob: str) -> str | None:
    if glob.endswith("/"):
        glob += "**"
    expression = translate_glob(glob.removeprefix("/"))
    return expression if expression is None or "/" in glob else f"(?:.*/)?{expression}"


def expand_braces(glob: str) -> list[str]:
    """``a.{b,c}`` as ``a.b`` and ``a.c``, nested ones too; a brace without a partner stands for itself.
    Empty when there would be too many."""
    depth = 0
    start = -1
    commas: list[int] = []
    for at, letter in enumerate(glob):
        if letter == "{":
            depth += 1
            if depth == 1:
                start, commas = at, []
        elif letter == "," and depth == 1:
            commas.append(at)
        elif letter == "}" and depth:
            depth -= 1
            if depth == 0 and commas:
                cuts = [start, *commas, at]
                inner = [glob[a + 1 : b] for a, b in pairwise(cuts)]
                tails = expand_braces(glob[at + 1 :])
                heads = [head for choice in inner for head in expand_braces(choice)]
                if len(heads) * len(tails) > _MOST_BRANCHES or not heads or not tails:
                    return []
                return [glob[:start] + head + tail for head in heads for tail in tails]
    return [glob]
