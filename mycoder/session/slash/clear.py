"""``/clear``: a new session in the place of this one, which is kept. Carried out by the face."""

from mycoder.session.slash.command import SlashCommand

COMMAND = SlashCommand(
    name="clear", summary="begin a new session; this one is kept", aliases=("new", "reset")
)
