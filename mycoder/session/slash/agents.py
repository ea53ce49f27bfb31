"""``/agents``: the sub-agents that run, and those that can be started."""

import time

from mycoder.session.slash.command import SlashCommand, SlashSession
from mycoder.workflows.agents.crew import Member

USAGE = "[stop ID|all] [tell ID words]"


async def run(session: SlashSession, arguments: str) -> None:
    verb, _, rest = arguments.partition(" ")
    match verb:
        case "":
            _list(session)
        case "stop":
            _stop(session, rest.strip())
        case "tell":
            child, _, words = rest.strip().partition(" ")
            _tell(session, child, words.strip())
        case _:
            session.notice(f"/agents does not know {verb!r}.", level="warning", hint=f"/agents {USAGE}")


def _list(session: SlashSession) -> None:
    crew = session.crew
    running = [_line(member) for member in crew.running] if crew else []
    catalog = session.agent_catalog()
    known = [
        f"  {definition.name:<16} {definition.description}" for definition in catalog.definitions.values()
    ]
    parts = ["Running:", *running] if running else ["No sub-agent is running."]
    parts += ["", "Can be started by the model, or by asking for one by name:", *known]
    if crew is None:
        parts += ["", "Sub-agents are switched off: the setting agents.enabled is false."]
    parts += ["", *(f"Not read: {problem}" for problem in catalog.problems)] if catalog.problems else []
    session.notice("\n".join(parts))


def _line(member: Member) -> str:
    seconds = time.monotonic() - member.started
    cost = f", ${member.usage.cost:.4f}" if member.usage.cost else ""
    waits = ", waits for an approval" if member.asks else ""
    task = " ".join(member.task.split())
    return f"  {member.id}: {member.steps} steps, {seconds:.0f} s{cost}{waits}: {task[:100]}"


def _stop(session: SlashSession, which: str) -> None:
    crew = session.crew
    running = [member.id for member in crew.running] if crew else []
    chosen = running if which == "all" else [which] if which in running else []
    if crew is None or not chosen:
        hint = f"Running: {', '.join(running)}." if running else ""
        session.notice(f"No sub-agent {which!r} is running.", level="warning", hint=hint)
        return
    for child in chosen:
        crew.stop(child)
    session.notice(f"Stopping {', '.join(chosen)}.")


def _tell(session: SlashSession, child: str, words: str) -> None:
    if not words:
        session.notice("Say to whom and what: /agents tell ID words.", level="warning")
        return
    crew = session.crew
    if crew is None or not crew.tell(child, words):
        session.notice(f"No sub-agent {child!r} is running.", level="warning")
        return
    session.notice(f"{child} reads that before its next step.")


COMMAND = SlashCommand(
    name="agents",
    summary="list sub-agents, stop one, or tell it something",
    usage=USAGE,
    aliases=("agent", "subagents"),
    run=run,
)
