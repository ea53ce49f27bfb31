"""``/resume``: go on with another session. Carried out by the face."""

from mycoder.session.slash.command import SlashCommand

COMMAND = SlashCommand(
    name="resume", summary="go on with another session", usage="[session]", aliases=("sessions",)
)
