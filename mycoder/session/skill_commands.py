"""What a person can do with skills, in words: `/skills` in every face and `mycoder skills` are made of this.

Functions that change something raise MemoryFault for what is wrong, OSError for a disk that is.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from mycoder.memory.files import ACCEPTED, PROPOSED, MemoryFault, locked, read_text, write_words
from mycoder.memory.memory import Memory

if TYPE_CHECKING:
    from mycoder.workflows.skills import Skill, Skills

_SOURCES = {"history": "of past sessions here", "yours": "yours", "project": "of the project"}


def listed(skills: "Skills", proposed: list[str]) -> str:
    """Every skill with what it is for and where it is from, what is proposed, and what could not be read."""
    width = max(map(len, skills.skills), default=0)
    lines = [f"{name:<{width}}  {_about(skill)}" for name, skill in sorted(skills.skills.items())]
    lines += [f"Proposed, not used: {', '.join(proposed)}"] if proposed else []
    lines += [f"Not read: {problem}" for problem in skills.problems]
    return "\n".join(lines) or (
        "There are no skills. One is a markdown file in .mycoder/skills of a trusted project or in the folder "
        "skills beside your settings."
    )


def _about(skill: "Skill") -> str:
    told = "" if skill.is_offered else ", only for you"
    return f"{skill.description}  ({_SOURCES[skill.source]}{told}; {skill.file})"


def proposed(memory: Memory) -> list[str]:
    """The names of skills that tidying up has laid aside and nobody has accepted."""
    folder = memory.folder / PROPOSED
    return sorted(file.stem for file in folder.glob("*.md")) if folder.is_dir() else []


def shown(skills: "Skills", memory: Memory | None, name: str) -> tuple[str, str]:
    """The file of a skill or of a proposal, and its text. Raises MemoryFault."""
    skill = skills.find(name)
    if skill is not None:
        return skill.file, read_text(Path(skill.file))
    file = _proposal(memory, name)
    return str(file), read_text(file)


def accept(memory: Memory, name: str) -> tuple[Path, str]:
    """Makes a proposed skill one that new sessions are told of: its file from now on, and its text."""
    with locked(memory.folder):
        file = _proposal(memory, name)
        text, target = read_text(file), memory.folder / ACCEPTED / file.name
        there = read_text(target)
        if there and there != text:
            raise MemoryFault(f"there is another skill {name!r} in {target}; drop or move it first")
        write_words(target, text)
        file.unlink()
    return target, text


def drop(memory: Memory, name: str) -> str:
    """Deletes a proposal, or a skill that was distilled here; others are files of yours or of the project."""
    with locked(memory.folder):
        for folder in (PROPOSED, ACCEPTED):
            file = memory.folder / folder / f"{_stem(name)}.md"
            if file.is_file():
                file.unlink()
                return f"Dropped {name}."
    raise MemoryFault(f"{name!r} was not distilled here; delete its file, which the list names")


def _proposal(memory: Memory | None, name: str) -> Path:
    file = memory.folder / PROPOSED / f"{_stem(name)}.md" if memory is not None else None
    if file is None or not file.is_file():
        raise MemoryFault(f"there is no skill {name!r}; without a name all are listed")
    return file


def _stem(name: str) -> str:
    """A name that stays in its folder."""
    stem = name.strip().removesuffix(".md")
    if not stem or "/" in stem or stem.startswith("."):
        raise MemoryFault(f"{name!r} is no name of a skill")
    return stem
