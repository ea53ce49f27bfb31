"""The markdown of a memory file: sections of entries, one bullet each, and whatever else a person wrote.

    ## Knowledge
    - The staging port is 8431. <!-- id=3fa90c by=assistant on=2026-11-22 in=20261122-101500-9f3a cites=deploy.toml -->

The comment says where an entry comes from; a bullet without one was written by hand. A file is read as lines that
are kept byte for byte, and only the lines of an entry that changes are written anew.
"""

import os
import re
from collections.abc import Iterable, Sequence
from typing import Literal
from urllib.parse import quote, unquote
from zlib import crc32

import msgspec

By = Literal["you", "hand", "assistant", "dream"]
"""Who made an entry: a person by command or in the file, the assistant's tool, or the tidying up."""

Scope = Literal["project", "user"]

RULES = "Rules"
BUDGETS: dict[str, int] = {
    RULES: 2_000,
    "Project": 1_000,
    "Decisions": 2_000,
    "Knowledge": 3_000,
    "Workflows": 500,
}
"""Sections of MEMORY.md and how many tokens each may hold before older entries move to the notes."""

MOST_CHARACTERS = 2_000
"""Of one entry; what is longer belongs into a file of the project."""

_MARK = re.compile(r"\s*<!--((?: [a-z]+(?:=[^\s>]*)?)+) -->\s*\Z")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
_FENCE = ("```", "~~~")


class Entry(msgspec.Struct, frozen=True):
    """One thing that is remembered. `date` is ``2026-11-22`` or empty, `session` the id of where it was learnt.

    `cites` are ``path`` or ``path#symbol``, relative to the project. `stale` is the day on which they were found
    gone, `scope` follows from the file that holds the entry.
    """

    id: str
    text: str
    section: str = "Knowledge"
    by: By = "hand"
    date: str = ""
    session: str = ""
    cites: tuple[str, ...] = ()
    is_pinned: bool = False
    stale: str = ""
    scope: Scope = "project"

    @property
    def is_rule(self) -> bool:
        """Only what a person made can be one."""
        return self.section == RULES and self.by in ("you", "hand")

    def line(self) -> str:
        """The bullet as it stands in the file."""
        words = [f"id={self.id}", f"by={self.by}"]
        words += [f"on={self.date}"] if self.date else []
        words += [f"in={self.session}"] if self.session else []
        words += ["cites=" + ",".join(quote(c, safe="/#._-+@~") for c in self.cites)] if self.cites else []
        words += ["pinned"] if self.is_pinned else []
        words += [f"stale={self.stale}"] if self.stale else []
        return f"- {self.text} <!-- {' '.join(words)} -->\n"


class Part(msgspec.Struct, frozen=True):
    """Some whole lines of a file: an entry, or (None) anything else. `section` is the heading they stand below."""

    raw: str
    section: str = ""
    entry: Entry | None = None


def new_id() -> str:
    return os.urandom(3).hex()


def one_line(text: str, most: int = MOST_CHARACTERS) -> str:
    """`text` as the words of an entry: on one line, without controls and direction marks, and unable to close the
    comment behind it or the frame around it."""
    words = " ".join(_CONTROLS.sub(" ", text).split())
    words = words.replace("<!--", "< !--").replace("-->", "-- >")
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def fingerprint(text: str) -> str:
    """The same for texts that differ only in case, spaces and the mark at the end."""
    return " ".join(text.casefold().split()).rstrip(".!;,。")


def parse(text: str, scope: Scope = "project") -> list[Part]:
    """The parts of a file; together they are `text`, byte for byte."""
    parts: list[Part] = []
    section, pending, fence = "", "", ""

    def close() -> None:
        nonlocal pending
        if pending:
            parts.append(Part(pending, section, _entry(pending, section, scope)))
            pending = ""

    for line in text.splitlines(keepends=True):
        opens = line.lstrip()[:3]
        if pending and line[:1] in " \t" and line.strip():
            pending += line
            continue
        close()
        if fence or opens in _FENCE:
            fence = "" if fence == opens else fence or opens
        elif line.startswith("## "):
            section = line[3:].strip()
        elif line.startswith(("- ", "* ")):
            pending = line
            continue
        parts.append(Part(line, section))
    close()
    return parts


def _entry(raw: str, section: str, scope: Scope) -> Entry:
    body = raw[2:].strip().encode("utf-8", "replace").decode()
    found = _MARK.search(body)
    words = one_line(body[: found.start()] if found else body)
    marks = dict(word.partition("=")[::2] for word in found[1].split()) if found else {}
    by = marks.get("by", "hand")
    return Entry(
        id=marks.get("id") or f"h{crc32(words.encode('utf-8', 'replace')):08x}"[:7],
        text=words,
        section=section.encode("utf-8", "replace").decode() or "Knowledge",
        by=by if by in ("you", "assistant", "dream") else "hand",
        date=marks.get("on", ""),
        session=marks.get("in", ""),
        cites=tuple(unquote(cite) for cite in marks.get("cites", "").split(",") if cite),
        is_pinned="pinned" in marks,
        stale=marks.get("stale", ""),
        scope=scope,
    )


def text_of(parts: Iterable[Part]) -> str:
    return "".join(part.raw for part in parts)


def entries_of(parts: Iterable[Part]) -> list[Entry]:
    return [part.entry for part in parts if part.entry is not None and part.entry.text]


def with_entry(parts: Sequence[Part], entry: Entry) -> list[Part]:
    """`entry` behind the last one of its section, which is made when it is not there."""
    new = Part(entry.line(), entry.section, entry)
    last = max(
        (i for i, part in enumerate(parts) if part.section == entry.section and part.raw.strip()), default=-1
    )
    out = list(parts)
    if last < 0:
        before = "" if not out or text_of(out[-1:]).endswith("\n\n") else "\n"
        return [*_ended(out), Part(f"{before}## {entry.section}\n\n", entry.section), new]
    end = last + 1
    if out[last].raw.startswith(
        "## "
    ):  # an empty section: the blank line below its heading stays above the entry
        is_blank = end < len(out) and not out[end].raw.strip()
        out[end:end] = [] if is_blank else [Part("\n", entry.section)]
        end += 1
    return [*_ended(out[:end]), new, *out[end:]]


def without(parts: Iterable[Part], ids: Iterable[str]) -> list[Part]:
    gone = frozenset(ids)
    return [part for part in parts if part.entry is None or part.entry.id not in gone]


def replaced(parts: Iterable[Part], entry: Entry) -> list[Part]:
    """The entry of the same id takes the words of `entry`, in its place; in its new section when that changed."""
    parts = list(parts)
    old = next((p for p in parts if p.entry is not None and p.entry.id == entry.id), None)
    if old is not None and old.entry is not None and old.entry.section != entry.section:
        return with_entry(without(parts, [entry.id]), entry)
    return [Part(entry.line(), p.section, entry) if p is old else p for p in parts]


def _ended(parts: list[Part]) -> list[Part]:
    """With a line end behind the last line, which a person may have left out."""
    if parts and not parts[-1].raw.endswith("\n"):
        parts[-1] = msgspec.structs.replace(parts[-1], raw=parts[-1].raw + "\n")
    return parts


def tokens(text: str) -> int:
    """What `text` costs, estimated on the safe side: about four letters or one Chinese character a token."""
    data = text.encode("utf-8", "replace")
    plain = len(text) if text.isascii() else sum(byte < 128 for byte in data)
    return max(1, round(plain * 0.28 + (len(data) - plain) * 0.32))
