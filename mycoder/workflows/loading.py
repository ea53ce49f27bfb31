"""From files to one tree: base files below, ``--set`` above, texts of ``file://`` filled in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mycoder.workflows.errors import WorkflowError
from mycoder.workflows.finding import Folders, find
from mycoder.workflows.yaml_tree import Path_, Places, dotted, merged, read_tree

TEXT_ENDINGS = (".txt", ".md", ".j2", ".jinja", ".jinja2", ".prompt", ".tpl", ".template")
MOST_TEXT = 256 * 1024
MOST_BASES = 10
SET = "--set"


class Tree:
    """The merged tree of a workflow, with the place of each value. `file` is the one that was named."""

    def __init__(self, name: str, file: Path, is_foreign: bool) -> None:
        self.name, self.file, self.is_foreign = name, file, is_foreign
        self.values: dict[str, Any] = {}
        self.places: Places = {}

    def error(self, path: Path_, message: str) -> WorkflowError:
        """About the value at `path`, or the nearest one above it that stands in a file."""
        for known, (file, line) in self.places.items():  # made by --set alone
            if path not in self.places and known[: len(path)] == path and file.startswith(SET):
                return WorkflowError(message, file, line, dotted(path))
        for length in range(len(path), -1, -1):
            if place := self.places.get(path[:length]):
                return WorkflowError(message, place[0], place[1], dotted(path))
        return WorkflowError(message, str(self.file), 0, dotted(path))


def load_tree(name: str, folders: Folders, env: Mapping[str, str], changes: Mapping[str, Any]) -> Tree:
    """The tree of the workflow `name` with its bases. `changes` are values by dotted key. Raises WorkflowError."""
    file = find(name, folders)
    tree = Tree(file.stem if "/" in name or "." in name else name, file, folders.is_foreign(file))
    chain = _chain(file, folders, env)
    for values, places in reversed(chain):
        values.pop("base", None)
        tree.values = merged(tree.values, values, tree.places, places)
    for key, value in _flat(changes):
        _change(tree, key, value)
    return tree


def _chain(file: Path, folders: Folders, env: Mapping[str, str]) -> list[tuple[dict[str, Any], Places]]:
    """The file and its bases, the nearest first."""
    chain: list[tuple[dict[str, Any], Places]] = []
    seen: list[Path] = []
    while True:
        seen.append(file.resolve())
        is_foreign = folders.is_foreign(file)
        values, places = read_tree(file, env, is_foreign=is_foreign)
        _fill_texts(values, (), file, places)
        chain.append((values, places))
        base = values.get("base")
        if base is None:
            return chain
        place = places[("base",)]
        if not isinstance(base, str):
            raise WorkflowError("is a name or a file", *place, "base")
        file = _base(base, file, folders, frozenset(seen), is_foreign, place)
        if file.resolve() in seen:
            names = " → ".join(path.name for path in (*seen, file))
            raise WorkflowError(f"the bases go round in a circle: {names}", *place, "base")
        if len(seen) > MOST_BASES:
            raise WorkflowError(f"has more than {MOST_BASES} bases", *place, "base")


def _base(
    base: str,
    file: Path,
    folders: Folders,
    seen: frozenset[Path],
    is_foreign: bool,
    place: tuple[str, int],
) -> Path:
    if "/" not in base and "." not in base:
        try:
            return find(base, folders, but=seen)
        except WorkflowError as error:
            is_circle = any(path.stem == base for path in seen)
            words = f"the bases go round in a circle at {base!r}" if is_circle else error.message
            raise WorkflowError(words, *place, "base") from None
    other = file.parent / base
    if is_foreign and not other.resolve().is_relative_to(file.parent.resolve()):
        raise WorkflowError("a repository's workflow builds only on files beside it", *place, "base")
    if not other.is_file():
        raise WorkflowError(f"there is no file {base}", *place, "base")
    return other


def _fill_texts(value: Any, path: Path_, file: Path, places: Places) -> Any:
    """Puts the text of a file in the place of ``file://name``, in `value` itself."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        here = (*path, key)
        if isinstance(item, dict | list):
            _fill_texts(item, here, file, places)
        elif isinstance(item, str) and item.startswith("file://"):
            value[key] = _text(item.removeprefix("file://"), file, places[here], dotted(here))
    return value


def _text(name: str, file: Path, place: tuple[str, int], key: str) -> str:
    target = file.parent / name
    if target.suffix not in TEXT_ENDINGS:
        endings = " ".join(TEXT_ENDINGS)
        raise WorkflowError(f"file://{name} is no file of text; possible endings: {endings}", *place, key)
    if not target.resolve().is_relative_to(file.parent.resolve()):
        raise WorkflowError(f"file://{name} leads out of the folder of the workflow", *place, key)
    try:
        with open(target, "rb") as source:
            data = source.read(MOST_TEXT + 1)
    except OSError as error:
        raise WorkflowError(f"file://{name} cannot be read: {error.strerror}", *place, key) from error
    if len(data) > MOST_TEXT:
        raise WorkflowError(f"file://{name} is larger than {MOST_TEXT // 1024} KiB", *place, key)
    try:
        return data.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise WorkflowError(f"file://{name} is not UTF-8 text", *place, key) from error


def _flat(changes: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Dotted keys and nested tables alike as (path, value)."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, value in changes.items():
        here = (*path, *key.split("."))
        if isinstance(value, Mapping) and value:
            found += _flat(value, here)
        else:
            found.append((here, value))
    return found


def _change(tree: Tree, key: tuple[str, ...], value: Any) -> None:
    """Sets one value; a number in the key is a position in a list."""
    table: Any = tree.values
    path: Path_ = ()
    for position, part in enumerate(key):
        is_last = position == len(key) - 1
        step: Any = int(part) if isinstance(table, list) and part.isdecimal() else part
        path = (*path, step)
        if isinstance(table, list) and not (isinstance(step, int) and step < len(table)):
            raise WorkflowError(f"there is no {dotted(path)} to set", SET, 0, ".".join(key))
        if is_last:
            table[step] = value
            for known in [p for p in tree.places if p[: len(path)] == path]:
                del tree.places[known]
            tree.places[path] = (f"{SET} {'.'.join(key)}", 0)
            return
        inner = table[step] if isinstance(table, list) else table.get(step)
        if not isinstance(inner, dict | list):
            inner = {}
            table[step] = inner
        table = inner
