"""What the files of subcommands share with typer: how an app is made, and where a command works."""

import typer

from mycoder.cli.here import Here


def new_app(help_text: str = "", *, is_group: bool = False) -> typer.Typer:
    """An app without rich and without completion options, which the main command has."""
    return typer.Typer(
        help=help_text or None,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=False,
        invoke_without_command=is_group,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def here(context: typer.Context) -> Here:
    """The place that the options before the subcommand name."""
    found = context.find_object(Here)
    return found if found is not None else Here.of({})
