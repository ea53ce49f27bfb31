"""How a node asks its model: role, conversation, tools and limits, and what came of it."""

import re
from collections.abc import AsyncIterator

from mycoder.agent.limits import Budget
from mycoder.models.model import Model
from mycoder.models.registry import ModelUnavailable
from mycoder.protocol.events import AnyEvent, EndReason
from mycoder.workflows.agent_turn import AgentTurn, run_agent
from mycoder.workflows.applying import AnswerGate
from mycoder.workflows.definition import ModelNode, NodeSpec
from mycoder.workflows.state import State, Use
from mycoder.workflows.texts import named_files, packaged
from mycoder.workflows.visit import Visit

_FILE = re.compile(r"(?<![\w/.])(?:[\w-]+/)*[\w-]+\.(?:py|js|ts|go|rs|java|c|cpp|rb)\b")

ENDS_THE_RUN: tuple[EndReason, ...] = ("unavailable", "misconfigured", "crashed")


async def ask(visit: Visit, prompt: str, *, writes: bool, role: str) -> AsyncIterator[AnyEvent]:
    """One turn of the node's agent. `visit.summary` is its answer; `writes` lets code in it become files."""
    state = visit.state
    role = getattr(visit.spec, "role", "") or role
    use = state.uses.setdefault(role, Use())
    if (model := _model(visit, role, use)) is None:
        return
    turn, gate = _turn(visit, model, role, use)
    gate.is_writing = writes
    if writes and not turn.toolbox.specs:
        prompt = "\n\n".join(part for part in (prompt, named_files(visit, _FILE.findall(state.task))) if part)
    try:
        async for event in run_agent(turn, prompt):
            yield event
    finally:
        use.calls += turn.calls
        use.cost += turn.used.cost
        state.calls += turn.calls
        state.cost += turn.used.cost
    _conclude(visit, turn, [*turn.toolbox.denied, *gate.denied])


def _model(visit: Visit, role: str, use: Use) -> Model | None:
    """Who plays the node; None when nobody can, which `visit` then tells."""
    spec, services = visit.spec, visit.services
    if spent := services.meter.spent() or services.roles.spent(role, use.calls, use.cost):
        visit.ok, visit.stop, visit.message = False, "budget", spent
        return None
    try:
        model = services.roles.open(
            role, model=getattr(spec, "model", ""), temperature=getattr(spec, "temperature", None)
        )
    except ModelUnavailable as missing:
        visit.ok, visit.stop, visit.message = False, "misconfigured", str(missing)
        return None
    visit.model = model.name
    return model


def _turn(visit: Visit, model: Model, role: str, use: Use) -> tuple[AgentTurn, AnswerGate]:
    spec, services = visit.spec, visit.services
    toolbox = services.tools(spec.tools if isinstance(spec, ModelNode) else "none")
    has_tools = bool(toolbox.specs)
    gate = _gate(visit, has_tools=has_tools)
    conversation = services.threads.open(
        visit.agent,
        getattr(spec, "system", "") or (services.system() if has_tools else packaged("role")),
        services.facts() if has_tools else "",
        goes_on=bool(getattr(spec, "thread", "")),
    )
    turn = AgentTurn(
        agent=visit.agent,
        model=model,
        toolbox=toolbox,
        gate=gate,
        account=services.meter,
        conversation=conversation,
        retries=services.retries,
        budget=_budget(visit, role, use),
        steers=services.steers,
        rules=services.rules,
        patience=services.patience,
        cleaner=services.cleaner,
    )
    return turn, gate


def _gate(visit: Visit, *, has_tools: bool) -> AnswerGate:
    services, state = visit.services, visit.state
    return AnswerGate(
        visit.agent,
        services.tools(("write",)),
        call_id=f"{visit.agent}-{sum(state.visits.values()) + 1}-file",
        usual=_usual(state),
        has_tools=has_tools,
        exists=lambda path: (services.workspace.root / path).exists(),
        show=lambda path: named_files(visit, [path]),
    )


def _budget(visit: Visit, role: str, use: Use) -> Budget:
    """The node's limits, or what is left of the role's where that is less."""
    limits, left = visit.spec.limits, visit.services.roles.settings(role)
    steps = [n for n in (limits.max_steps, left.max_calls and left.max_calls - use.calls) if n]
    costs = [c for c in (limits.max_cost, left.budget and left.budget - use.cost) if c]
    return Budget(min(steps, default=0), min(costs, default=0.0))


def _conclude(visit: Visit, turn: AgentTurn, denied: list[str]) -> None:
    ended = turn.ended
    if ended is None:
        visit.ok = False
        return
    visit.summary = ended.answer or ended.message
    visit.ok = ended.reason in ("done", "refused")
    visit.state.denied += denied
    if ended.reason in ENDS_THE_RUN:
        visit.stop, visit.message = ended.reason, ended.message
    elif ended.reason == "budget" and (spent := visit.services.meter.spent()):
        visit.stop, visit.message = "budget", spent


def _usual(state: State) -> str:
    """The file that an answer with one nameless block means: the only one that the run has changed, or that the
    task names."""
    changed = [path for path in state.now if path not in (state.designed.path, state.reproduction.path)]
    if changed:
        return changed[0] if len(changed) == 1 else ""
    named = dict.fromkeys(_FILE.findall(state.task))
    code = [name for name in named if not name.rpartition("/")[2].startswith("test_")]
    return code[0] if len(code) == 1 else ""


def prompt_of(spec: NodeSpec, usual: str) -> str:
    """What the node asks, or the packaged prompt of that name."""
    return getattr(spec, "prompt", "") or packaged(usual)
