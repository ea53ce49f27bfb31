"""``/workflow``: show or change how tasks are done."""

from mycoder.session.slash.command import SlashCommand, SlashSession


async def run(session: SlashSession, arguments: str) -> None:
    if not arguments:
        session.notice(
            f"Tasks are done by the workflow {session.workflow}.",
            hint="/workflow NAME changes it; mycoder workflow list shows all.",
        )
        return
    problem = session.use_workflow(arguments)
    if problem:
        session.notice(problem, level="warning")
    else:
        session.notice(f"The next task is done by the workflow {session.workflow}.")


COMMAND = SlashCommand(name="workflow", summary="show or change how tasks are done", usage="[name]", run=run)
