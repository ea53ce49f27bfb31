"""Prompts with the values of the state filled in."""

from collections.abc import Iterable
from pathlib import Path

from mycoder.workflows.definition import PLACEHOLDER
from mycoder.workflows.state import value
from mycoder.workflows.visit import Visit
from mycoder.workspace.files import FileMissing, PathRefused
from mycoder.workspace.text import NotText

PROMPTS = Path(__file__).parent / "prompts"
MOST_OF_ONE = 12_000
MOST_OF_ALL = 40_000
"""Characters of files that are put into a prompt."""


def packaged(name: str) -> str:
    return (PROMPTS / f"{name}.md").read_text(encoding="utf-8").strip()


def filled(template: str, visit: Visit) -> str:
    """`template` with each {{name}} replaced, once: what a value holds is never looked at again."""
    return PLACEHOLDER.sub(lambda found: _value(found[1], visit), template)


def _value(name: str, visit: Visit) -> str:
    state = visit.state
    head, _, rest = name.partition(".")
    match head:
        case "sources":
            return sources(visit)
        case "tried":
            return "\n\n".join(f"{n}. {text}" for n, text in enumerate(state.tried, 1)) or "Nothing yet."
        case "diff":
            parts = [d.text for d in visit.services.workspace.journal.diff() if d.path in state.now]
            return cut("\n".join(parts), MOST_OF_ALL) or "(no change)"
        case "limits":
            return str(getattr(visit.workflow.limits, rest))
        case "vars":
            return str(visit.workflow.vars[rest])
    found = value(state, name)
    return "\n".join(map(str, found)) if isinstance(found, list) else str(found)


def sources(visit: Visit) -> str:
    """The files that the run has changed and those of the failing tests, as they are now."""
    state, parts, room = visit.state, [], MOST_OF_ALL
    tests = (test.partition("::")[0] for test in state.tests.failing)
    for path in dict.fromkeys([*state.now, *tests]):
        text = _read(visit, path)
        if text is None or path == state.designed.path:
            continue
        text = cut(text, min(MOST_OF_ONE, room))
        room -= len(text)
        parts.append(_fenced(path, text))
        if room <= 0:
            break
    return "\n\n".join(parts) or "(no file was changed so far)"


def named_files(visit: Visit, paths: Iterable[str]) -> str:
    """Those of `paths` that are there and that the model has not seen, each whole; they count as read then.

    For a model that answers with files and has not asked to read. One that is too large is left out.
    """
    files, parts, room = visit.services.workspace.files, list[str](), MOST_OF_ALL
    for path in dict.fromkeys(paths):
        if files.seen(path) or (text := _read(visit, path, min(MOST_OF_ONE, room))) is None:
            continue
        room -= len(text)
        parts.append(_fenced(path, text))
    return "\n\n".join(["As it is now:", *parts]) if parts else ""


def _fenced(path: str, text: str) -> str:
    fence = "`" * max(3, longest_run(text, "`") + 1)
    return f"{path}\n{fence}\n{text.rstrip()}\n{fence}"


def _read(visit: Visit, path: str, most: int = 0) -> str | None:
    """A file that the model is shown counts as read, so that it may write it whole. None for one that cannot be read,
    or with `most` is longer than that."""
    files = visit.services.workspace.files
    try:
        file = files.read(path)
    except (OSError, NotText, FileMissing, PathRefused):
        return None
    if most and len(file.text) > most:
        return None
    if len(file.text) <= MOST_OF_ONE:
        files.note_seen(file.path, file.hash)
    return str(file.text)


def cut(text: str, most: int) -> str:
    """At most `most` characters, with a mark where something is left out in the middle."""
    if len(text) <= most:
        return text
    half = max(most // 2 - 20, 0)
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[len(text) - half :]}"


def longest_run(text: str, character: str) -> int:
    best = run = 0
    for each in text:
        run = run + 1 if each == character else 0
        best = max(best, run)
    return best
