"""All pages by file name. A new one is a module with ``text() -> str`` and one line here."""

from importlib import import_module

PAGES: tuple[tuple[str, str], ...] = (
    ("commands.md", "mycoder.cli.pages.commands"),
    ("settings.md", "mycoder.cli.pages.settings"),
    ("slash-commands.md", "mycoder.cli.pages.slash_commands"),
    ("tools.md", "mycoder.cli.pages.tools"),
    ("events.md", "mycoder.cli.pages.events"),
    ("exit-codes.md", "mycoder.cli.pages.exit_codes"),
)


def texts() -> dict[str, str]:
    """Every page as it should be, by file name."""
    return {name: import_module(module).text() for name, module in PAGES}
