"""``/cost``: what the session has used."""

from mycoder.session.slash.command import SlashCommand, SlashSession


async def run(session: SlashSession, arguments: str) -> None:
    used = session.state.usage
    share = f" ({used.cached * 100 // used.input}% cached)" if used.input and used.cached else ""
    estimated = (
        " The provider sent no figures for a part of it; that part is estimated." if used.estimated else ""
    )
    session.notice(
        f"${used.cost:.4f} · {used.input:,} tokens in{share} · {used.output:,} tokens out"
        f" · model {session.state.model or 'none'}.{estimated}"
    )


COMMAND = SlashCommand(
    name="cost", summary="show tokens and money used by this session", aliases=("usage",), run=run
)
