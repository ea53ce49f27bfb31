"""``/rewind``: back to before an earlier prompt. Carried out by the face."""

from mycoder.session.slash.command import SlashCommand

COMMAND = SlashCommand(
    name="rewind",
    summary="go back to before an earlier prompt: talk, files or both",
    usage="[n files|talk|both]",
)
