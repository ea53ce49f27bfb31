"""``/setup``: choose a provider and try its key. Carried out by the face."""

from mycoder.session.slash.command import SlashCommand

COMMAND = SlashCommand(name="setup", summary="set up a model: choose a provider, try a key")
