"""Skills: how something is done here, in markdown files whose bodies are read only when a task needs them.

A skill is `NAME.md`, or a folder `NAME` with a `SKILL.md` and whatever that refers to. A front matter names it and
says in a line what it is for; files that were written for other assistants are read as they are. The model is told
names and descriptions within a budget, and reads one by the path `skill:NAME`, a file beside it by
`skill:NAME/FILE`. Without skills nothing is told.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from mycoder.models.tokens import estimate_text
from mycoder.workflows.front_matter import split

PREFIX = "skill:"
Source = Literal["history", "yours", "project"]
PROJECT = (".agents/skills", ".claude/skills", ".mycoder/skills")
"""Folders of a project, from weak to strong. Those of other assistants are read as they are."""

MOST_SKILLS = 200
MOST_BYTES = 400_000
"""Of one file; a larger one is no skill."""
MOST_CHARACTERS = 40_000
"""Of one skill or file beside it that the model is given, about 10,000 tokens."""
MOST_BESIDE = 20
_LONGEST, _SHORT = 300, 60
"""Characters of a description: as it is told, and where the budget is short."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_HEAD = "Skills, which are the person's instructions; before work that one is for, read it, e.g. read {}:"


class SkillError(Exception):
    """There is no such skill, or it cannot be read; the message says what to do."""


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """`folder` is that of its companions; None for a single file."""

    name: str
    description: str
    body: str
    file: str
    source: Source
    folder: str | None = None
    is_offered: bool = True
    """Whether the model is told of it; else only a person uses it."""


class Skills(msgspec.Struct, frozen=True):
    """`skills` by name, `problems` of files that are none."""

    skills: dict[str, Skill]
    problems: tuple[str, ...] = ()

    def find(self, name: str) -> Skill | None:
        folded = name.strip().lower().replace(" ", "-")
        return self.skills.get(folded) or self.skills.get(folded.removesuffix(".md"))

    @property
    def offered(self) -> list[Skill]:
        return [skill for skill in self.skills.values() if skill.is_offered]

    def told(self, budget: int) -> str:
        """The lines for the first request, at most `budget` tokens; empty when there is nothing to tell. Where they
        are too many, descriptions get shorter, then only names are told, then not even all of these."""
        skills = self.offered
        if not skills:
            return ""
        head = _HEAD.format(PREFIX + skills[0].name)
        for most in (_LONGEST, _SHORT):
            text = "\n".join([head, *(_row(skill, most) for skill in skills)])
            if estimate_text(text) <= budget:
                return text
        for count in range(len(skills), 0, -1):
            names = ", ".join(skill.name for skill in skills[:count])
            text = f"{head}\n{names}\n(`read {PREFIX}` lists them{_left(len(skills) - count)}.)"
            if estimate_text(text) <= budget:
                return text
        return ""

    def listing(self) -> str:
        """All that the model may use, with what they are for."""
        rows = [_row(skill, _LONGEST) for skill in self.offered]
        return "\n".join(rows) or "There are no skills."

    def text(self, asked: str) -> str:
        """What `skill:asked` is: a skill, a file beside one, or the list when it is empty. Raises SkillError."""
        asked = asked.strip().lstrip("/")
        if not asked:
            return self.listing()
        name, _, beside = asked.partition("/")
        skill = self.find(name)
        if skill is None:
            raise SkillError(f"There is no skill {name!r}. There are: {', '.join(self.skills) or 'none'}.")
        if beside and beside != "SKILL.md":
            return _beside(skill, beside)
        notes = [f"The skill {skill.name}. Do what it says where it fits the task."]
        if files := _companions(skill):
            notes.append(f"Beside it, by the path {PREFIX}{skill.name}/FILE: {', '.join(files)}")
            notes.append(f"Its folder: {skill.folder}")
        return _cut("\n".join([f"[{' '.join(notes)}]", skill.body]), skill.file)


def places(
    root: Path, config: Path, history: Path | None = None, *, is_trusted: bool
) -> list[tuple[Source, Path]]:
    """Where skills may lie, from weak to strong: what was distilled from the project's `history` and accepted, the
    person's own in `config`/skills, the project's where it is trusted."""
    found: list[tuple[Source, Path]] = [("history", history)] if history is not None else []
    found.append(("yours", config / "skills"))
    if is_trusted:
        found += [("project", root / name) for name in PROJECT]
    return found


def read(places: Iterable[tuple[Source, Path]]) -> Skills:
    """All skills; one of the same name in a stronger place wins."""
    found: dict[str, Skill] = {}
    problems: list[str] = []
    for source, folder in places:
        if source == "project" and folder.is_symlink():  # what it leads to is not part of what was trusted
            problems.append(f"{folder} is a link, so its skills are not read; make it a folder")
            continue
        for name, file, own in _files(folder):
            try:
                skill = parse(_text(file), name, source=source, file=str(file), folder=own)
            except (SkillError, OSError, UnicodeDecodeError) as problem:
                problems.append(f"{file}: {problem}")
                continue
            found.pop(skill.name, None)
            found[skill.name] = skill
    return Skills(found, tuple(problems))


def parse(text: str, name: str, *, source: Source, file: str = "", folder: str | None = None) -> Skill:
    """The skill in `text`; `name` is that of its file, for a front matter that gives none. Raises SkillError."""
    values, body = split(text)
    own = (values.get("name") or name).strip().lower().replace(" ", "-")
    if not _NAME.fullmatch(own):
        raise SkillError(f"name: {own!r} is none: use small letters, digits, - and _, at most 64")
    if not body:
        raise SkillError("there is nothing below the front matter")
    first = next((line.strip("# \t") for line in body.splitlines() if line.strip("# \t")), "")
    about = " ".join((values.get("description") or first).split())
    is_offered = values.get("disable-model-invocation", "").lower() != "true"
    return Skill(
        name=own,
        description=about,
        body=body,
        file=file,
        source=source,
        folder=folder,
        is_offered=is_offered,
    )


def _row(skill: Skill, most: int) -> str:
    about = skill.description
    return f"- {skill.name}: {about if len(about) <= most else about[: most - 1].rstrip() + '…'}"


def _left(count: int) -> str:
    return f" and {count} more" if count else ""


def _files(folder: Path) -> Iterator[tuple[str, Path, str | None]]:
    """Name, file, and folder of its own of each, in a fixed order. Links to folders are not followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)[:MOST_SKILLS]
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            file = Path(entry.path, "SKILL.md")
            if file.is_file():
                yield entry.name, file, entry.path
        elif entry.name.endswith(".md") and entry.is_file():
            yield entry.name.removesuffix(".md"), Path(entry.path), None


def _text(file: Path) -> str:
    """Raises OSError, UnicodeDecodeError, and SkillError for what is no file of text of that size."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as opened:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            raise SkillError(f"is not a file of at most {MOST_BYTES:,} bytes")
        return opened.read(MOST_BYTES).decode("utf-8")


def _companions(skill: Skill) -> Sequence[str]:
    """Files of its folder, relative to it; a few, the upper ones first."""
    if skill.folder is None:
        return ()
    found: list[str] = []
    for folder, folders, files in os.walk(skill.folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [os.path.relpath(os.path.join(folder, name), skill.folder) for name in sorted(files)]
        if len(found) > MOST_BESIDE:
            return [*[name for name in found if name != "SKILL.md"][:MOST_BESIDE], "…"]
    return [name for name in found if name != "SKILL.md"]


def _beside(skill: Skill, name: str) -> str:
    """A file of the skill's folder. Raises SkillError, also for one that lies elsewhere."""
    top = os.path.realpath(skill.folder or os.path.dirname(skill.file))
    real = os.path.realpath(os.path.join(top, name))
    if skill.folder is None or not real.startswith(top + "/"):
        raise SkillError(f"{name!r} is not in the folder of the skill {skill.name}.")
    try:
        return _cut(_text(Path(real)), real)
    except (OSError, UnicodeDecodeError, SkillError) as problem:
        raise SkillError(f"{PREFIX}{skill.name}/{name} cannot be read: {problem}") from problem


def _cut(text: str, file: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}\n[… {len(text) - MOST_CHARACTERS:,} characters more are in {file}]"
