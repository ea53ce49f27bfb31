"""``/settings``: what the settings are, and changing one. Carried out by the face."""

from mycoder.session.slash.command import SlashCommand

COMMAND = SlashCommand(
    name="settings", summary="show or change settings", usage="[KEY [VALUE]]", aliases=("config",)
)
