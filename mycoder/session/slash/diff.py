"""``/diff``: all that this session changed and did not undo."""

from mycoder.session.slash.command import SlashCommand, SlashSession


async def run(session: SlashSession, arguments: str) -> None:
    blocks = [block for block in session.diff() if not arguments or arguments in block.path]
    if not blocks:
        session.notice("This session has changed nothing." if not arguments else f"No change in {arguments}.")
        return
    added, removed = sum(block.added for block in blocks), sum(block.removed for block in blocks)
    files = "1 file" if len(blocks) == 1 else f"{len(blocks)} files"
    session.notice(f"{files} changed, +{added} −{removed}", blocks=tuple(blocks))


COMMAND = SlashCommand(
    name="diff",
    summary="show what this session has changed",
    usage="[part of a path]",
    aliases=("d",),
    run=run,
)
