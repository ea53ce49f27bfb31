"""``/goal``: what has to be reached before a turn may end as done."""

import shlex

from mycoder.protocol.commands import Submit
from mycoder.protocol.events import GoalChanged
from mycoder.session.slash.command import SlashCommand, SlashSession

_USAGE = 'e.g. /goal "the suite passes" --check "pytest -q"; /goal clear takes it away'


async def run(session: SlashSession, arguments: str) -> None:
    if not arguments:
        session.notice(*_shown(session.goal))
        return
    if arguments.strip().lower() in ("clear", "off", "none"):
        session.set_goal(GoalChanged(text=""))
        session.notice("There is no goal any more.")
        return
    try:
        goal = parse(arguments)
    except ValueError as wrong:
        session.notice(f"/goal: {wrong}.", level="warning", hint=_USAGE)
        return
    session.set_goal(goal)
    session.notice(*_shown(goal))
    if not session.state.is_running:
        await session.send(Submit(text=goal.text))


def parse(arguments: str) -> GoalChanged:
    """Text, ``--check COMMAND`` any number of times, ``--judge``. Raises ValueError with what is wrong."""
    words = shlex.split(arguments)
    text: list[str] = []
    checks: list[str] = []
    is_judged = False
    while words:
        word = words.pop(0)
        if word == "--check":
            if not words:
                raise ValueError("--check needs a command in quotes")
            checks.append(words.pop(0))
        elif word == "--judge":
            is_judged = True
        elif word.startswith("--"):
            raise ValueError(f"there is no option {word}")
        else:
            text.append(word)
    if not text and not checks:
        raise ValueError("say what is to be reached")
    told = " ".join(text) or " and ".join(f"`{check}` succeeds" for check in checks)
    return GoalChanged(text=told, checks=tuple(checks), judged=is_judged)


def _shown(goal: GoalChanged | None) -> tuple[str]:
    if goal is None:
        return (f"There is no goal; {_USAGE}.",)
    state = {"open": "open", "met": "reached", "unmet": "not reached"}[goal.status]
    lines = [f"Goal ({state}): {goal.text}", *(f"  checked by: {check}" for check in goal.checks)]
    if goal.judged or not goal.checks:
        lines.append("  judged by the model, from what the session shows")
    if goal.reason:
        lines.append(f"  last seen: {goal.reason.splitlines()[0][:200]}")
    return ("\n".join(lines),)


COMMAND = SlashCommand(
    name="goal",
    summary="set, show or clear what must be reached before a turn ends",
    usage='["text" --check "command" | clear]',
    run=run,
)
