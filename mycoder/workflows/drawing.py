"""The graph of a workflow as lines of text for a terminal."""

from mycoder.config.role_settings import Roles
from mycoder.models.roles import role_name
from mycoder.workflows.definition import END, Edge, NodeSpec, Workflow
from mycoder.workflows.nodes import KINDS


def drawn(workflow: Workflow, roles: Roles, model: str, *, is_ascii: bool = False) -> list[str]:
    """One box of lines for each node, in the order of the file, with the edges that leave it."""
    arrow, down, branch, last = ("->", "|", "|-", "`-") if is_ascii else ("→", "│", "├─", "└─")
    lines = [f"{workflow.name}: {workflow.about}" if workflow.about else workflow.name]
    lines.append(f"from {workflow.source}")
    limits = ", ".join(f"{key} {getattr(workflow.limits, key)}" for key in workflow.limits.__struct_fields__)
    lines.append(f"limits: {limits}")
    if workflow.vars:
        lines.append("vars: " + ", ".join(f"{key} {_plain(value)}" for key, value in workflow.vars.items()))
    lines += ["", f"start {_edge(workflow.start[0], arrow)}"]
    lines += [f"      {_edge(edge, arrow)}" for edge in workflow.start[1:]]
    beside = _beside(workflow)
    for name, spec in workflow.nodes.items():
        lines += [down, f"[{name}] {_about(spec, roles, model)}"]
        if name in beside:
            lines.append(f"{last} side by side with [{beside[name]}], which says where to go on")
            continue
        for position, edge in enumerate(spec.edges):
            sign = last if position == len(spec.edges) - 1 else branch
            back = " (back)" if _is_back(workflow, name, edge) else ""
            lines.append(f"{sign}{_edge(edge, arrow)}{back}")
    return lines


def _beside(workflow: Workflow) -> dict[str, str]:
    """Nodes that only run side by side with another one, by name, and that one."""
    edges = [*workflow.start, *(edge for spec in workflow.nodes.values() for edge in spec.edges)]
    alone = {edge.targets[0] for edge in edges}
    return {name: edge.targets[0] for edge in edges for name in edge.targets[1:] if name not in alone}


def _edge(edge: Edge, arrow: str) -> str:
    targets = " + ".join(target if target == END else f"[{target}]" for target in edge.targets)
    return f"{arrow} {targets}" + (f"  when {edge.when}" if edge.when else "")


def _about(spec: NodeSpec, roles: Roles, model: str) -> str:
    kind = KINDS[spec.kind]
    parts = [spec.kind]
    if kind.role:
        role = role_name(getattr(spec, "role", "") or kind.role)
        played = getattr(spec, "model", "") or getattr(roles, role).model or model or "the usual model"
        parts.append(f"{role}: {played}")
        if (temperature := getattr(spec, "temperature", None)) is not None:
            parts.append(f"temperature {temperature:g}")
        if thread := getattr(spec, "thread", ""):
            parts.append(f"thread {thread}")
    parts += [
        f"{key} {getattr(spec.limits, key):g}"
        for key in spec.limits.__struct_fields__
        if getattr(spec.limits, key)
    ]
    return ", ".join(parts) + (f" - {spec.about}" if spec.about else "")


def _is_back(workflow: Workflow, name: str, edge: Edge) -> bool:
    order = list(workflow.nodes)
    return any(target in order and order.index(target) <= order.index(name) for target in edge.targets)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
