"""``/keys``: show all keys. Carried out by the face."""

from mycoder.session.slash.command import SlashCommand

COMMAND = SlashCommand(name="keys", summary="show all keys")
