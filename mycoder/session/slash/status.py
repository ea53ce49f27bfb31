"""``/status``: where this session stands, on one page."""

from mycoder.protocol.events import TestsRan
from mycoder.session.slash.command import SlashCommand, SlashSession
from mycoder.version import __version__


async def run(session: SlashSession, arguments: str) -> None:
    session.notice("\n".join(f"{name:<10}{value}" for name, value in rows(session) if value))


def rows(session: SlashSession) -> list[tuple[str, str]]:
    """(name, value) in the order of the page; a value that is not known is empty."""
    state = session.state
    window = f" of {state.window:,}" if state.window else ""
    branch = f", branch {state.branch}" if state.branch else ""
    waiting = (
        f", {len(state.queue)} prompts wait"
        if len(state.queue) > 1
        else ", a prompt waits" * len(state.queue)
    )
    return [
        ("mycoder", __version__),
        ("session", f"{getattr(session, 'id', '')}"),
        ("project", f"{state.root}{branch}"),
        ("model", state.model or "none: /setup"),
        ("mode", state.mode),
        ("workflow", session.workflow),
        ("sandbox", state.sandbox or "is chosen with the first command"),
        ("turn", ("running" if state.is_running else "none runs") + waiting),
        ("goal", session.goal.text if session.goal is not None else ""),
        ("changed", _changed(session)),
        ("tests", _tests(state.tests)),
        ("context", f"{state.context:,}{window} tokens"),
        ("used", f"${state.usage.cost:.4f}, {state.usage.input:,} tokens in, {state.usage.output:,} out"),
    ]


def _changed(session: SlashSession) -> str:
    blocks = session.diff()
    if not blocks:
        return "nothing"
    added, removed = sum(block.added for block in blocks), sum(block.removed for block in blocks)
    return f"{len(blocks)} file{'s' * (len(blocks) > 1)}, +{added} −{removed}"


def _tests(ran: TestsRan | None) -> str:
    if ran is None:
        return "not run yet"
    if ran.problem:
        return f"no result: {ran.problem}"
    red = ran.failed + ran.errors
    return f"{ran.passed} passed" + (f", {red} failed" if red else "")


COMMAND = SlashCommand(name="status", summary="show where this session stands", run=run)
