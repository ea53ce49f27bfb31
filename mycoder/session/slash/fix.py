"""``/fix``: run the tests, take what fails as the task, and work until they pass or the budget is used up."""

from mycoder.protocol.commands import Submit
from mycoder.protocol.events import TestsRan
from mycoder.session.slash.command import SlashCommand, SlashSession

LISTED = 30


async def run(session: SlashSession, arguments: str) -> None:
    if session.state.mode == "plan":
        hint = "/mode auto (or edit) lets it; /test only runs the tests."
        session.notice("/fix changes files, and the mode plan only looks.", level="warning", hint=hint)
        return
    before = session.state.tests
    await session.run_tests(())
    ran = session.state.tests
    if ran is None or ran is before:
        session.notice(
            "/fix needs a test run to start from, and there was none.",
            level="warning",
            hint="Name the test command in the setting test_command.",
        )
        return
    if ran.is_green and not arguments:
        session.notice(f"All {ran.passed} tests pass; there is nothing to fix.")
        return
    await session.send(Submit(text=task(ran, arguments)))


def task(ran: TestsRan, goal: str) -> str:
    """The failures of a run as a task in words."""
    lines = []
    if ran.problem:
        lines.append(
            f"The test command `{ran.command}` gives no result: {ran.problem}. "
            "Make it run, then make all tests pass."
        )
    elif ran.failing:
        lines.append(f"Make these failing tests pass (`{ran.command}`), without weakening any test:")
        lines += [f"- {name}" for name in ran.failing[:LISTED]]
        if len(ran.failing) > LISTED:
            lines.append(f"- and {len(ran.failing) - LISTED} more")
    if goal:
        lines.append(f"Goal: {goal}")
    return "\n".join(lines)


COMMAND = SlashCommand(
    name="fix",
    summary="run the tests and work on what fails until they pass",
    usage="[goal]",
    aliases=("f",),
    run=run,
    lasts="alone",
)
