"""A workflow file as a plain tree in which every value knows its file and line; nothing in it is ever run."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mycoder.workflows.errors import WorkflowError

MOST_BYTES = 256 * 1024
MOST_VALUES = 20_000
"""Values of one file with its aliases written out, which bounds what a few nested aliases can grow to."""

Path_ = tuple[str | int, ...]
Places = dict[Path_, tuple[str, int]]
"""Key path → (file, line)."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}")
OWN_VARIABLES = "MYCODER_"
"""How the only variables begin that a workflow of a repository may read: others may hold secrets."""


def read_tree(file: Path, env: Mapping[str, str], *, is_foreign: bool) -> tuple[dict[str, Any], Places]:
    """The tree of `file` with variables filled in, and where each value stands. Raises WorkflowError.

    `is_foreign`: it belongs to a repository, and may read only variables that begin with MYCODER_.
    """
    text = _text(file)
    import yaml  # late: only a workflow other than the plain loop needs it

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "cannot be read"
        raise WorkflowError(f"is not YAML: {problem}", str(file), mark.line + 1 if mark else 0) from error
    except RecursionError:
        raise WorkflowError("is nested too deeply", str(file)) from None
    if root is None:
        raise WorkflowError("is empty", str(file))
    reader = _Reader(str(file), env, is_foreign)
    tree = reader.value(root, ())
    if not isinstance(tree, dict):
        raise WorkflowError("is not a map of keys", str(file), 1)
    return tree, reader.places


def _text(file: Path) -> str:
    try:
        with open(file, "rb") as source:
            data = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise WorkflowError(f"cannot be read: {error.strerror}", str(file)) from error
    if len(data) > MOST_BYTES:
        raise WorkflowError(f"is larger than {MOST_BYTES // 1024} KiB", str(file))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WorkflowError("is not UTF-8 text", str(file), data[: error.start].count(b"\n") + 1) from error


class _Reader:
    """Makes plain values of the nodes of YAML."""

    def __init__(self, file: str, env: Mapping[str, str], is_foreign: bool) -> None:
        self._file, self._env, self._is_foreign = file, env, is_foreign
        self._count = 0
        self.places: Places = {}

    def value(self, node: Any, path: Path_) -> Any:
        line = node.start_mark.line + 1
        self.places[path] = (self._file, line)
        self._count += 1
        if self._count > MOST_VALUES or len(path) > 40:
            raise WorkflowError("holds too much, or is nested too deeply", self._file, line)
        match node.id:
            case "mapping":
                return self._map(node, path)
            case "sequence":
                return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, path, line)

    def _map(self, node: Any, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.id != "scalar" or key_node.value == "<<":
                raise WorkflowError("keys are plain words here", self._file, line, dotted(path))
            key = str(key_node.value)
            if key in result:
                raise WorkflowError("stands here twice", self._file, line, dotted((*path, key)))
            result[key] = self.value(value_node, (*path, key))
            self.places[(*path, key)] = (self._file, line)
        return result

    def _scalar(self, node: Any, path: Path_, line: int) -> Any:
        import yaml  # late: as above

        loader: Any = yaml.SafeLoader("")
        text = str(node.value)
        filled = _VARIABLE.sub(lambda found: self._variable(found, path, line), text)
        tag = node.tag
        if filled != text and node.style is None:  # unquoted, so a number may stand behind the variable
            tag = loader.resolve(yaml.ScalarNode, filled, (True, False))
        if tag not in _PLAIN:
            return filled
        try:
            return loader.construct_object(yaml.ScalarNode(tag, filled))
        except (ValueError, yaml.YAMLError):
            return filled

    def _variable(self, found: re.Match[str], path: Path_, line: int) -> str:
        name, default = found[1], found[2]
        if self._is_foreign and not name.startswith(OWN_VARIABLES):
            why = f"reads ${{{name}}}, but a workflow of a repository reads only variables named {OWN_VARIABLES}…"
            raise WorkflowError(why, self._file, line, dotted(path))
        value = self._env.get(name) or default
        if value is None:
            why = f"the variable {name} is not set: set it, or give a default as in ${{{name}:-value}}"
            raise WorkflowError(why, self._file, line, dotted(path))
        return value


_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null")}


def dotted(path: Path_) -> str:
    """A key path for people: ``nodes.test.next[0].when``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def merged(
    below: dict[str, Any], above: dict[str, Any], places: Places, new_places: Places
) -> dict[str, Any]:
    """`above` over `below`: maps are merged key by key, everything else is replaced. `places` follows along."""
    result = _merged(below, above, (), places, new_places)
    assert isinstance(result, dict)
    return result


def _merged(below: Any, above: Any, path: Path_, places: Places, new_places: Places) -> Any:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        for known in [p for p in places if p[: len(path)] == path]:
            del places[known]
        places.update({p: place for p, place in new_places.items() if p[: len(path)] == path})
        return above
    if path in new_places:
        places[path] = new_places[path]
    result = dict(below)
    for key, value in above.items():
        result[key] = _merged(below.get(key), value, (*path, key), places, new_places)
    return result
