"""``/plan``: show the plan, or have a task planned without changing anything."""

from mycoder.protocol.blocks import Plan
from mycoder.protocol.commands import Submit
from mycoder.session.slash.command import SlashCommand, SlashSession


async def run(session: SlashSession, arguments: str) -> None:
    if arguments:
        session.set_mode("plan")
        await session.send(Submit(text=arguments))
        return
    items = session.state.plan
    if not items:
        session.notice(
            "There is no plan yet.", hint="/plan TASK has a task planned without changing anything."
        )
        return
    done = sum(item.status == "done" for item in items)
    session.notice(f"Plan: {done} of {len(items)} done", blocks=(Plan(items=items),))


COMMAND = SlashCommand(
    name="plan",
    summary="show the plan, or plan a task in plan mode",
    usage="[task]",
    aliases=("todo",),
    run=run,
)
