"""``/theme``: choose the colours. Carried out by the face."""

from mycoder.session.slash.command import SlashCommand

COMMAND = SlashCommand(name="theme", summary="choose the colours", usage="[name]")
