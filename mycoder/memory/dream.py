"""Tidying up memory (dream) and finding workflows (distil): a plan of steps that is shown, done and undone.

Without a model: the same fact twice becomes one, citations are checked against the project and follow a file that
moved, a fact that no log confirms or whose subject has gone is set aside to the notes, and runs of commands seen in
several sessions become a workflow. What a person wrote or pinned is never taken away.
"""

import re
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import msgspec

from mycoder.memory import cites
from mycoder.memory.entries import (
    Entry,
    Scope,
    entries_of,
    fingerprint,
    new_id,
    parse,
    replaced,
    text_of,
    with_entry,
    without,
)
from mycoder.memory.files import ACCEPTED, PROPOSED, locked, read_text, write_values, write_words
from mycoder.memory.memory import Memory, today
from mycoder.memory.words import cut
from mycoder.memory.workflows import Workflow

SAME = 0.85
"""Share of words that two facts must have in common to count as one; their figures and names must all be equal."""

SET_ASIDE_DAYS = 30.0
_LITERAL = re.compile(r"[^\s]*[\d_/.:=`\"'][^\s]*")


class Step(msgspec.Struct, frozen=True):
    """One change of MEMORY.md: an entry as it was and as it becomes. Without `after` it goes, to the notes when
    `is_kept`; without `before` it is new."""

    why: str
    before: Entry | None = None
    after: Entry | None = None
    is_kept: bool = False


class Dream(msgspec.Struct, frozen=True):
    """What tidying up would do, or did. `at` is Unix seconds; `skills` are texts by file name."""

    at: float
    steps: tuple[Step, ...] = ()
    skills: dict[str, str] = {}

    def diff(self) -> str:
        """The steps as lines that begin with - and +, the reason above each."""
        out: list[str] = []
        for step in self.steps:
            out.append(f"@@ {step.why}")
            out += [f"-{step.before.line().rstrip()}"] if step.before else []
            out += [f"+{step.after.line().rstrip()}"] if step.after else []
        for name, text in self.skills.items():
            out += [f"@@ new skill {name}", *(f"+{line}" for line in text.splitlines())]
        return "\n".join(out)


class Row(msgspec.Struct, frozen=True):
    """The row of the schedule: when memory was last looked through (Unix seconds), and what may be undone."""

    last: float
    done: Dream | None = None


Confirm = Callable[[Entry], bool | None]
"""Whether the log of an entry's session holds it; None when that log is not there any more."""


def plan(
    memory: Memory,
    *,
    files: Sequence[str] = (),
    confirm: Confirm = lambda entry: None,
    workflows: Iterable[Workflow] = (),
    same: Iterable[tuple[str, str]] = (),
    now: float | None = None,
) -> Dream:
    """What tidying up the project's memory would do. `files` are the paths of the project, `same` pairs of ids that
    a model takes for one fact, the first of which stays."""
    now = time.time() if now is None else now
    entries = memory.entries("project")
    steps = _merged(entries, frozenset(same))
    gone = {step.before.id for step in steps if step.before and step.after is None}
    steps += [s for e in entries if e.id not in gone for s in _checked(memory.root, e, files, confirm, now)]
    known = {fingerprint(e.text.partition(":")[2]) for e in entries if e.section == "Workflows"}
    skills = {}
    for flow in workflows:
        if fingerprint(flow.line.partition(":")[2]) not in known:
            new = Entry(new_id(), flow.line, "Workflows", "dream", today(now))
            steps.append(Step("commands that came again and again", after=new))
            skills[f"{flow.name}.md"] = flow.skill()
    return Dream(now, tuple(steps), skills)


def apply(memory: Memory, dream: Dream, *, is_accepted: bool = True) -> Dream:
    """Does the steps that still fit, writes down what was done, and returns it. Skills that nobody has seen yet, which
    are not `is_accepted`, are laid aside as proposals. Raises OSError, MemoryFault."""
    done: list[Step] = []
    with locked(memory.folder):
        file = memory.file("project")
        parts = parse(read_text(file), "project")
        for step in dream.steps:
            there = {e.id: e for e in entries_of(parts)}
            if step.before is not None and there.get(step.before.id) != step.before:
                continue  # somebody has changed it since
            if step.before is None and step.after is not None:
                parts = with_entry(parts, step.after)
            elif step.after is not None:
                parts = replaced(parts, step.after)
            elif step.before is not None:
                if step.is_kept:
                    memory.to_notes([step.before], "project")
                parts = without(parts, [step.before.id])
            done.append(step)
        for name, text in dream.skills.items():
            write_words(memory.folder / (ACCEPTED if is_accepted else PROPOSED) / name, text)
        did = Dream(dream.at, tuple(done), dream.skills)
        write_row(
            memory, Row(dream.at, did)
        )  # before the file, so that nothing is done that cannot be undone
        write_words(file, text_of(parts))
    return did


def undo(memory: Memory) -> Dream | None:
    """Takes the last tidying up back, entry by entry: what somebody changed since stays as it is. None when there
    is nothing to undo. Raises OSError, MemoryFault."""
    with locked(memory.folder):
        row = read_row(memory)
        if row is None or row.done is None:
            return None
        file = memory.file("project")
        parts = parse(read_text(file), "project")
        undone: list[Step] = []
        for step in reversed(row.done.steps):
            there = {e.id: e for e in entries_of(parts)}
            if step.after is not None and there.get(step.after.id) != step.after:
                continue
            if step.before is None and step.after is not None:
                parts = without(parts, [step.after.id])
            elif step.before is not None and step.after is not None:
                parts = replaced(parts, step.before)
            elif step.before is not None and step.before.id not in there:
                parts = with_entry(parts, step.before)
                _out_of_notes(memory, step.before)
            undone.append(step)
        write_words(file, text_of(parts))
        for name, text in row.done.skills.items():
            for file in (memory.folder / ACCEPTED / name, memory.folder / PROPOSED / name):
                if read_text(file) == text:
                    file.unlink()
        write_row(memory, Row(row.last))
    return Dream(row.done.at, tuple(undone), row.done.skills)


def is_due(memory: Memory, days: float, now: float | None = None) -> bool:
    """Whether the schedule says so; the first look at a project only writes its row."""
    now = time.time() if now is None else now
    row = read_row(memory)
    if row is None:
        if memory.folder.is_dir():
            write_row(memory, Row(now))
        return False
    return now - row.last >= days * 86_400


def looked(memory: Memory, now: float | None = None) -> None:
    """Moves the schedule on after a look; what may be undone stays."""
    row = read_row(memory)
    write_row(memory, Row(time.time() if now is None else now, row.done if row else None))


def scrub(memory: Memory, id: str) -> None:
    """Takes what a person forgot out of what an undo would bring back. Raises OSError."""
    row = read_row(memory)
    if row is None or row.done is None:
        return
    kept = tuple(s for s in row.done.steps if all(e is None or e.id != id for e in (s.before, s.after)))
    write_row(memory, Row(row.last, msgspec.structs.replace(row.done, steps=kept)))


def read_row(memory: Memory) -> Row | None:
    try:
        return msgspec.json.decode(read_text(memory.folder / "dream.json").encode(), type=Row)
    except (msgspec.MsgspecError, UnicodeError):
        return None


def write_row(memory: Memory, row: Row) -> None:
    write_values(memory.folder / "dream.json", row)


def _merged(entries: Sequence[Entry], same: Collection[tuple[str, str]]) -> list[Step]:
    """Of facts that say the same the one that stands for a person, else the newest, stays and takes the citations of
    all; the others go."""
    steps: list[Step] = []
    left = sorted(
        entries, key=lambda e: (e.is_rule, e.by in ("you", "hand"), e.is_pinned, e.date), reverse=True
    )
    while left:
        first, *left = left
        twins = [e for e in left if not e.is_pinned and _is_twin(first, e, same)]
        if not twins:
            continue
        left = [e for e in left if e not in twins]
        cited = tuple(dict.fromkeys(c for e in (first, *twins) for c in e.cites))
        if cited != first.cites and first.by != "hand":
            steps.append(Step("the citations of both", first, msgspec.structs.replace(first, cites=cited)))
        steps += [Step(f"says the same as {first.id}", twin) for twin in twins]
    return steps


def _is_twin(kept: Entry, other: Entry, same: Collection[tuple[str, str]]) -> bool:
    """A rule is merged with nothing but the same rule, and what a person wrote only with the very same words."""
    if kept.is_rule != other.is_rule:
        return False
    if fingerprint(kept.text) == fingerprint(other.text):
        return other.by != "hand"
    if kept.is_rule or other.by in ("you", "hand"):
        return False
    if (kept.id, other.id) in same:
        return True
    if sorted(_LITERAL.findall(kept.text.rstrip("."))) != sorted(_LITERAL.findall(other.text.rstrip("."))):
        return False
    a, b = set(cut(kept.text)), set(cut(other.text))
    return bool(a | b) and len(a & b) / len(a | b) >= SAME


def _checked(root: Path, entry: Entry, files: Sequence[str], confirm: Confirm, now: float) -> list[Step]:
    if entry.by == "hand" or entry.is_rule:
        return []
    if entry.by == "assistant" and entry.session and confirm(entry) is False and not entry.is_pinned:
        return [Step(f"the log of {entry.session} does not hold it", entry, is_kept=True)]
    gone = cites.missing(root, entry.cites)
    if not gone:
        fresh = msgspec.structs.replace(entry, stale="")
        return [Step("what it cites is there again", entry, fresh)] if entry.stale else []
    here = {cite: _elsewhere(root, cite, files) for cite in gone}
    if all(here.values()):
        new = tuple(here.get(cite, cite) for cite in entry.cites)
        words = f"{', '.join(gone)} is now {', '.join(here.values())}"
        return [Step(words, entry, msgspec.structs.replace(entry, cites=new, stale=""))]
    if not entry.stale:
        return [Step(f"gone: {', '.join(gone)}", entry, msgspec.structs.replace(entry, stale=today(now)))]
    if _days(entry.stale, now) > SET_ASIDE_DAYS and entry.by != "you" and not entry.is_pinned:
        return [Step(f"gone since {entry.stale}: {', '.join(gone)}", entry, is_kept=True)]
    return []


def _elsewhere(root: Path, cite: str, files: Sequence[str]) -> str:
    """Where a citation points now that its file or symbol has moved; empty when that is not clear."""
    there = cites.moved(cite, files) if not cites.exists(root, cite.partition("#")[0]) else ""
    return there if there and not cites.missing(root, [there]) else ""


def _days(date: str, now: float) -> float:
    try:
        return (now - time.mktime(time.strptime(date, "%Y-%m-%d"))) / 86_400
    except (ValueError, OverflowError):
        return 0.0


def _out_of_notes(memory: Memory, entry: Entry, scope: Scope = "project") -> None:
    for file in memory.notes(scope):
        parts = parse(read_text(file), scope)
        if any(e.id == entry.id for e in entries_of(parts)):
            write_words(file, text_of(without(parts, [entry.id])))
