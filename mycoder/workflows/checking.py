"""A tree of plain values becomes a checked workflow; every mistake names file, line, key and what is known."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from mycoder.models.roles import ROLES, role_name
from mycoder.tools import TOOLS
from mycoder.workflows import definition as d
from mycoder.workflows.errors import WorkflowError, unknown
from mycoder.workflows.expressions import ExpressionError, Kind, check, parse
from mycoder.workflows.finding import Folders
from mycoder.workflows.loading import Tree, load_tree
from mycoder.workflows.nodes import KINDS as NODE_KINDS
from mycoder.workflows.state import KINDS, TEXTS
from mycoder.workflows.yaml_tree import Path_

TOOL_SETS = ("all", "none", "read")
_NO_CODE = ("vars", "limits")
_NAME = re.compile(r"[A-Za-z][\w-]{0,40}\Z")
_AT = re.compile(r"(.*?)(?: - at `(?:key in )?\$(.*)`)?\Z", re.S)
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\[\.\.\.\]")


def load(
    name: str, folders: Folders, env: Mapping[str, str], changes: Mapping[str, Any] | None = None
) -> d.Workflow:
    """The workflow `name`, checked. `changes` are values by dotted key, as ``--set`` gives them.

    Raises WorkflowError for the first mistake.
    """
    return checked(load_tree(name, folders, env, changes or {}))


def checked(tree: Tree) -> d.Workflow:
    """Raises WorkflowError."""
    values = tree.values
    for key in values:
        if key not in d.TOP:
            raise tree.error((key,), unknown("key", key, d.TOP))
    limits = _converted(tree, ("limits",), values.get("limits", {}), d.Limits)
    constants = _vars(tree, values.get("vars", {}))
    nodes = _nodes(tree, values.get("nodes"))
    start = d.edges_of(_converted(tree, ("start",), values.get("start", next(iter(nodes))), _Next))
    about = values.get("about", "")
    if not isinstance(about, str):
        raise tree.error(("about",), "is not a text")
    workflow = d.Workflow(
        name=tree.name,
        about=about,
        start=start,
        limits=limits,
        vars=constants,
        nodes=nodes,
        source=str(tree.file),
        is_foreign=tree.is_foreign,
    )
    _check_graph(tree, workflow)
    return workflow


_Next = str | tuple[str | d.Edge, ...]


def _vars(tree: Tree, values: Any) -> dict[str, bool | int | float | str]:
    if not isinstance(values, dict):
        raise tree.error(("vars",), "is not a map of names and values")
    for name, value in values.items():
        if not isinstance(value, bool | int | float | str):
            raise tree.error(("vars", name), "is not true, false, a number or a text")
    return values


def _nodes(tree: Tree, values: Any) -> dict[str, d.NodeSpec]:
    if not isinstance(values, dict) or not values:
        raise tree.error(("nodes",), "there are no nodes: give at least one, by its name")
    nodes: dict[str, d.NodeSpec] = {}
    for name, value in values.items():
        if name == d.END or not _NAME.match(name):
            raise tree.error(
                ("nodes", name), "is no name for a node: letters, digits, - and _, and not `end`"
            )
        nodes[name] = _node(tree, name, value)
    return nodes


def _node(tree: Tree, name: str, value: Any) -> d.NodeSpec:
    path: Path_ = ("nodes", name)
    if not isinstance(value, dict):
        raise tree.error(path, "is not a map of keys")
    kind = value.get("kind")
    if kind is None:
        raise tree.error(path, f"has no kind. Known: {', '.join(sorted(NODE_KINDS))}")
    if not isinstance(kind, str) or kind not in NODE_KINDS:
        raise tree.error((*path, "kind"), unknown("kind of node", str(kind), NODE_KINDS))
    spec: d.NodeSpec = _converted(tree, path, value, NODE_KINDS[kind].spec)
    _check_model(tree, path, spec)
    if isinstance(spec, d.ModelNode):
        _check_tools(tree, path, spec)
    return spec


def _check_model(tree: Tree, path: Path_, spec: d.NodeSpec) -> None:
    if role := getattr(spec, "role", ""):
        try:
            role_name(role)
        except KeyError:
            raise tree.error((*path, "role"), unknown("role", role, ROLES)) from None
    models = [
        ("model", getattr(spec, "model", "")),
        *(("models", name) for name in getattr(spec, "models", ())),
    ]
    for key, name in models:
        if tree.is_foreign and name.strip().lower().startswith("scripted"):
            why = "a repository cannot name a scripted model, which may be a program"
            raise tree.error((*path, key), why)


def _check_tools(tree: Tree, path: Path_, spec: d.ModelNode) -> None:
    if isinstance(spec.tools, str):
        if spec.tools not in TOOL_SETS:
            raise tree.error((*path, "tools"), unknown("set of tools", spec.tools, TOOL_SETS))
        return
    known = [tool.name for tool in TOOLS]
    for position, tool in enumerate(spec.tools):
        if tool not in known:
            raise tree.error((*path, "tools", position), unknown("tool", tool, known))


def _check_graph(tree: Tree, workflow: d.Workflow) -> None:
    _check_edges(tree, workflow, ("start",), workflow.start)
    for name, spec in workflow.nodes.items():
        _check_edges(tree, workflow, ("nodes", name, "next"), spec.edges)
        _check_prompt(tree, workflow, name, spec)
    for name in workflow.nodes:
        if name not in reachable(workflow):
            raise tree.error(("nodes", name), "is never reached: no edge leads to it")


def _check_prompt(tree: Tree, workflow: d.Workflow, name: str, spec: d.NodeSpec) -> None:
    texts = [getattr(spec, "prompt", ""), *getattr(spec, "variants", ())]
    for found in d.PLACEHOLDER.finditer("\n".join(texts)):
        value = found[1]
        if value not in TEXTS and kind_of(workflow, value) is None:
            what = unknown("value", value, [*KINDS, *TEXTS])
            raise tree.error(("nodes", name, "prompt"), f"{{{{{value}}}}}: {what}")
        if spec.kind == "design_tests" and value != "task" and value.partition(".")[0] not in _NO_CODE:
            why = f"{{{{{value}}}}} could show code, which the designer of tests must not see"
            raise tree.error(("nodes", name, "prompt"), why)


def _check_edges(tree: Tree, workflow: d.Workflow, path: Path_, edges: tuple[d.Edge, ...]) -> None:
    if not edges:
        raise tree.error(path, f"has no edge: give a node, or {d.END}")
    for position, edge in enumerate(edges):
        here: Path_ = (*path, position) if (*path, position) in tree.places else path
        for target in edge.targets:
            if target != d.END and target not in workflow.nodes:
                raise tree.error(here, unknown("node", target, [*workflow.nodes, d.END]))
        _check_together(tree, workflow, here, edge.targets)
        if not edge.when:
            continue
        try:
            check(parse(edge.when), lambda name: kind_of(workflow, name))
        except ExpressionError as error:
            words = unknown("value", error.name, _names(workflow)) if error.name else error.message
            raise tree.error((*here, "when"), f"column {error.column} of {edge.when!r}: {words}") from error


def _check_together(tree: Tree, workflow: d.Workflow, path: Path_, targets: tuple[str, ...]) -> None:
    if not targets or (len(targets) > 1 and (d.END in targets or len(set(targets)) != len(targets))):
        raise tree.error(path, "what runs side by side are different nodes")
    first = workflow.nodes.get(targets[0])
    for name in targets[1:]:
        if first is not None and workflow.nodes[name].edges not in (first.edges, d.edges_of(d.END)):
            why = (
                f"{targets[0]} and {name} run side by side, so the graph goes on with the edges of the first"
            )
            raise tree.error(("nodes", name, "next"), f"{why}: leave them out here, or give the same")


def reachable(workflow: d.Workflow) -> set[str]:
    """Names of the nodes that some path of edges leads to."""
    found: set[str] = set()
    waiting = [target for edge in workflow.start for target in edge.targets]
    while waiting:
        name = waiting.pop()
        if name != d.END and name not in found:
            found.add(name)
            waiting += [target for edge in workflow.nodes[name].edges for target in edge.targets]
    return found


def kind_of(workflow: d.Workflow, name: str) -> Kind | None:
    """The type of a value that conditions and prompts may name; None when there is none of that name."""
    head, _, rest = name.partition(".")
    match head:
        case "visits" | "outputs":
            return None if rest not in workflow.nodes else "number" if head == "visits" else "text"
        case "limits":
            return "number" if rest in d.Limits.__struct_fields__ else None
        case "vars" if rest in workflow.vars:
            value = workflow.vars[rest]
            return "bool" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    return KINDS.get(name)


def _names(workflow: d.Workflow) -> list[str]:
    own = [f"{head}.{name}" for head in ("visits", "outputs") for name in workflow.nodes]
    limits = [f"limits.{name}" for name in d.Limits.__struct_fields__]
    return [*KINDS, *own, *limits, *(f"vars.{name}" for name in workflow.vars)]


def _converted(tree: Tree, path: Path_, value: Any, kind: Any) -> Any:
    """Raises WorkflowError for an unknown key and a value of a wrong type."""
    _check_keys(tree, path, value, kind)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        found = _AT.match(str(error))
        words, rest = (found[1], found[2] or "") if found else (str(error), "")
        steps = tuple(int(step[1]) if step[1] else step[0] for step in _STEP.findall(rest) if any(step))
        words = words.replace("`", "").replace("Object", "it")
        raise tree.error((*path, *steps), f"{words[:1].lower()}{words[1:]}") from error


def _check_keys(tree: Tree, path: Path_, value: Any, kind: Any) -> None:
    if isinstance(value, list):
        for position, item in enumerate(value):
            _check_keys(tree, (*path, position), item, kind)
    if not isinstance(value, dict):
        return
    is_struct = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    fields = {field.name: field for field in msgspec.structs.fields(kind if is_struct else d.Edge)}
    for key, item in value.items():
        if key not in fields:
            raise tree.error((*path, key), unknown("key", key, fields))
        inner: Any = {"limits": d.NodeLimits, "next": d.Edge}.get(key)
        if inner is not None:
            _check_keys(tree, (*path, key), item, inner)


__all__ = ["WorkflowError", "checked", "kind_of", "load", "reachable"]
