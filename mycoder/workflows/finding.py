"""Where workflows lie: in the person's folder, in a trusted project's and in the package, in this order."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from mycoder.workflows.errors import WorkflowError, unknown

PACKAGED = Path(__file__).parent
PROJECT = ".mycoder/workflows"
PLAIN_LOOP = "solo"
ENDINGS = (".yaml", ".yml")


class Folders(msgspec.Struct, frozen=True):
    """`project` is None where the folder is not trusted, `user` where there is no folder of the person."""

    root: Path
    user: Path | None = None
    project: Path | None = None

    @classmethod
    def of(cls, root: Path, config: Path, *, is_trusted: bool) -> "Folders":
        return cls(root, config / "workflows", root / PROJECT if is_trusted else None)

    def all(self) -> tuple[tuple[str, Path], ...]:
        """(whose, folder), the strongest first."""
        own = [("user", self.user), ("project", self.project), ("packaged", PACKAGED)]
        return tuple((whose, folder) for whose, folder in own if folder is not None)

    def is_foreign(self, file: Path) -> bool:
        """Whether `file` belongs to the repository, wherever a link leads."""
        if _is_below(file.absolute(), PACKAGED):
            return False
        return any(_is_below(path, self.root) for path in (file.absolute(), file.resolve())) and not (
            self.user is not None and _is_below(file.absolute(), self.user)
        )


def files(folders: Folders) -> Iterator[tuple[str, str, Path]]:
    """(name, whose, file) of every workflow, also of those that a stronger one of the same name hides."""
    for whose, folder in folders.all():
        try:
            found = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS and path.is_file())
        except OSError:
            continue
        yield from ((path.stem, whose, path) for path in found)


def find(name: str, folders: Folders, *, but: frozenset[Path] = frozenset()) -> Path:
    """The file of the workflow `name`, leaving out `but`. Raises WorkflowError."""
    if is_path(name):
        return _file(folders.root / Path(name).expanduser(), name)
    known: dict[str, Path] = {}
    for stem, whose, path in files(folders):
        if path.resolve() not in but and not (stem == PLAIN_LOOP and whose == "project"):
            known.setdefault(stem, path)
    if name not in known:
        if Path(name).suffix:
            raise WorkflowError(
                f"{name} is neither a name of a workflow ({', '.join(sorted(known))}) nor a YAML file"
            )
        raise WorkflowError(unknown("workflow", name, known))
    return known[name]


def is_path(name: str) -> bool:
    """Whether `name` means a file, and not a workflow by its name."""
    return "/" in name or name.endswith(ENDINGS)


def _file(file: Path, name: str) -> Path:
    if file.suffix not in ENDINGS and file.exists() and not file.is_dir():
        raise WorkflowError(f"{name} is no YAML file: a workflow ends in {' or '.join(ENDINGS)}")
    if file.is_dir():
        raise WorkflowError(f"{name} is a folder, and no workflow")
    if not file.is_file():
        raise WorkflowError(f"there is no workflow in {name}: the file is not there")
    return file


def _is_below(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder.absolute()) or path.is_relative_to(folder.resolve())
