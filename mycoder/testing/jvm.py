"""What the runners of Java, Kotlin, Scala and Groovy have in common."""

import re

from mycoder.testing.command import Place
from mycoder.testing.output import clip
from mycoder.testing.results import COMPILE_ERROR, Case, Frame, add_case

MOST_ERRORS = 20


def add_compile_errors(cases: dict[str, Case], pattern: str, text: str, place: Place) -> None:
    """Adds a case for each file that does not compile; `pattern` has the groups path, line and told."""
    for match in list(re.finditer(pattern, text))[:MOST_ERRORS]:
        path = match["path"].removeprefix(f"{place.root}/")
        frames = (Frame(path, int(match["line"])),)
        case = Case(
            f"compile {path}", "error", 0.0, clip(match["told"], 1500), frames, COMPILE_ERROR, "collect"
        )
        if case.id not in cases:
            add_case(cases, case)


def java_name(name: str, mark: str) -> str:
    """A source file or an id as the runner names it: ``Class``, or ``Class`` + `mark` + ``method``."""
    path, _, rest = name.partition("::")
    owner, _, method = path.partition("#")
    if owner.endswith((".java", ".kt", ".scala", ".groovy")):
        owner = owner.rpartition("/")[2].rpartition(".")[0]
    method = (method or rest).partition("(")[0].partition("[")[0].partition("{")[0].strip()
    return f"{owner}{mark}{method}" if method else owner
