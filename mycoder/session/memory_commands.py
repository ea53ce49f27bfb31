"""What a person can do with memory, in words: `/memory` in every face and `mycoder memory` are made of this.

Every function returns the text to show and raises MemoryFault for what is wrong, OSError for a disk that is.
"""

from pathlib import Path

import msgspec

from mycoder.memory import dream as dreaming
from mycoder.memory.entries import RULES, By, Entry, Scope, one_line
from mycoder.memory.files import START, MemoryFault, read_text
from mycoder.memory.memory import Memory, today
from mycoder.protocol.redact import Redactor
from mycoder.session.remembering import entry_note


def listed(memory: Memory, way: str = "/memory") -> str:
    """Every entry of MEMORY.md by scope and section, with its id and where it comes from. `way` is how a person says
    it here, for what is advised."""
    lines: list[str] = []
    for scope, heading in (("user", "For all projects"), ("project", "Of this project")):
        entries = memory.entries(scope)  # type: ignore[arg-type]  # a literal of the tuple above
        stale = frozenset(memory.stale(entries))
        lines += [f"{heading} ({memory.file(scope)}):"] if entries else []  # type: ignore[arg-type]  # as above
        section = ""
        for entry in entries:
            if entry.section != section:
                section = entry.section
                lines.append(f" {section}")
            lines.append(_row(entry, is_stale=entry.id in stale))
    notes = len(memory.notes("project"))
    lines += [f"{notes} files of notes beside it are found by a search."] if notes else []
    return (
        "\n".join(lines) or f"Nothing is remembered yet. `{way} add …` keeps a fact, `{way} rule …` a rule."
    )


def _row(entry: Entry, *, is_stale: bool) -> str:
    marks = ["pinned"] if entry.is_pinned else []
    marks += [f"by the {entry.by}"] if entry.by in ("assistant", "dream") else []
    marks += [entry.date] if entry.date else []
    marks += [f"in {entry.session}"] if entry.session else []
    marks += [f"cites {', '.join(entry.cites)}"] if entry.cites else []
    marks += ["STALE: what it cites is gone"] if is_stale or entry.stale else []
    about = f"  ({', '.join(marks)})" if marks else ""
    return f"  {entry.id}  {entry.text}{about}"


def add(
    memory: Memory, text: str, *, is_rule: bool = False, scope: Scope = "project", session: str = ""
) -> str:
    """Keeps a fact or a rule of the person's."""
    section = RULES if is_rule else "Knowledge"
    added = memory.add(Redactor().text(text), by="you", scope=scope, section=section, session=session)
    if not added.is_new:
        return f"Known already as {added.entry.id}: {added.entry.text}"
    where = "all projects" if scope == "user" else "this project"
    return f"Remembered for {where} as {added.entry.id}; sessions that begin from now on are told."


def pin(memory: Memory, id: str, *, is_pinned: bool) -> str:
    """A pinned entry is told first, is never moved away and stays when what it cites is gone."""
    entry, file = _found(memory, id)
    memory.replace(msgspec.structs.replace(entry, is_pinned=is_pinned, by=_keeps(entry)), file)
    return f"{'Pinned' if is_pinned else 'Unpinned'}: {entry.text}"


def edit(memory: Memory, id: str, text: str) -> str:
    """Gives an entry other words, which are the person's then."""
    from mycoder.memory import cites  # late: only for this

    entry, file = _found(memory, id)
    words = Redactor().text(one_line(text))
    if not words:
        raise MemoryFault("the new words are missing; to take an entry away, forget it")
    cited = cites.find(memory.root, words) if entry.scope == "project" else ()
    new = msgspec.structs.replace(entry, text=words, by="you", date=today(), cites=cited, stale="")
    memory.replace(new, file)
    return f"{entry.id} is now: {words}"


def start_text(memory: Memory, scope: Scope) -> str:
    """The text of the file as an editor gets it: of one that is not there how it would begin."""
    about = "everywhere" if scope == "user" else "of this project"
    return read_text(memory.file(scope)) or START.format(about=about)


def keep_edited(memory: Memory, scope: Scope, before: str, after: str) -> str:
    """Takes over what an editor made of `before`, with what other sessions have added meanwhile."""
    if after == before:
        return "Nothing was changed."
    memory.put_back(after, before, scope)
    return f"Saved {memory.file(scope)}."


def forget(memory: Memory, id: str) -> str:
    """Takes an entry away for good, from what an undo would bring back too."""
    entry, file = _found(memory, id)
    memory.forget(entry, file)
    own = memory.folder / "index.sqlite"
    for index in (own,) if entry.scope == "project" else memory.base.glob("projects/*/index.sqlite"):
        index.unlink(missing_ok=True)  # what is deleted in it would stay in its pages; it is made again
    if entry.scope == "project":
        dreaming.scrub(memory, entry.id)
    return f"Forgotten: {entry.text}"


def found(memory: Memory, asked: str, limit: int = 20) -> str:
    from mycoder.memory.search import search  # late: loads SQLite

    hits = search(memory, asked, limit=limit)
    lines = [f"{hit.entry.id}  {hit.entry.text}  ({entry_note(hit.entry)}; {hit.file})" for hit in hits]
    return "\n".join(lines) or "Nothing is found; try other words, or fewer."


def shown_dream(dream: dreaming.Dream) -> str:
    """In a line what a tidying up would do or did."""
    gone = sum(step.after is None for step in dream.steps)
    new = sum(step.before is None for step in dream.steps)
    changed = len(dream.steps) - gone - new
    return f"{gone} to go, {changed} to change, {new} new, {len(dream.skills)} skills proposed"


def undo_dream(memory: Memory) -> str:
    undone = dreaming.undo(memory)
    if undone is None:
        return "There is no tidying up to undo."
    return f"Taken back: {len(undone.steps)} steps."


def _keeps(entry: Entry) -> By:
    """What was written by hand gets a comment now, and stays the person's."""
    return "you" if entry.by == "hand" else entry.by


def _found(memory: Memory, id: str) -> tuple[Entry, Path]:
    word = id.strip()
    found = memory.find(word)
    if found is None:
        raise MemoryFault(f"{word!r} is the id of no entry, or of several; the list has them all")
    return found
