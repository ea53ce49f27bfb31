"""``/quit``: leave. Carried out by the face."""

from mycoder.session.slash.command import SlashCommand

COMMAND = SlashCommand(name="quit", summary="leave", aliases=("exit", "q"))
