"""Which sub-agents there are: mycoder's own, the person's, and the project's where its folder is trusted."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from mycoder.workflows.agents.definition import Definition, DefinitionError, parse

OWN = Path(__file__).parent
PROJECT = (".claude/agents", ".mycoder/agents")
"""Folders of a project, from weak to strong. Those of another assistant are read as they are."""
MOST_FILES = 200


class Catalog(msgspec.Struct, frozen=True):
    """`definitions` by name, `problems` of files that define none."""

    definitions: dict[str, Definition]
    problems: tuple[str, ...] = ()

    def find(self, name: str) -> Definition | None:
        folded = name.strip().lower().replace("_", "-").replace(" ", "-")
        by_name = {key.replace("_", "-"): value for key, value in self.definitions.items()}
        return by_name.get(folded or "general")


def read(root: Path, config: Path | None = None, *, is_trusted: bool = False) -> Catalog:
    """All definitions; one of the same name in a stronger place wins: own, the person's (`config`/agents), the
    project's. What the project holds is not even opened unless `is_trusted`."""
    folders = [OWN]
    if config is not None:
        folders.append(config / "agents")
    if is_trusted:
        folders += [root / name for name in PROJECT]
    found: dict[str, Definition] = {}
    problems: list[str] = []
    for folder in folders:
        for file in _files(folder):
            shown = "" if folder == OWN else str(file)
            try:
                definition = parse(file.read_text(encoding="utf-8"), shown)
            except (DefinitionError, OSError, UnicodeDecodeError) as problem:
                problems.append(str(problem) if shown in str(problem) else f"{file}: {problem}")
                continue
            found[definition.name] = definition
    return Catalog(found, tuple(problems))


def _files(folder: Path) -> Iterable[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".md" and path.is_file())[
            :MOST_FILES
        ]
    except OSError:
        return ()
