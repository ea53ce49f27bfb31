"""What the files of subcommands share with typer: how an app is made, and where a command works."""

import click
import typer
from typer.core import TyperGroup

from mycoder.cli.here import Here
from mycoder.cli.misspelt import nearest
from mycoder.ui.exit_codes import ExitCode

_METAVARS = {"integer": "N", "integer range": "N", "float": "NUMBER", "float range": "NUMBER"}
"""What stands for a value in the help, by the name of its type."""


class Group(TyperGroup):
    """Subcommands of a subcommand: listed in whole sentences, and shown when none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            typer.echo(ctx.get_help(), err=True)
            ctx.exit(ExitCode.USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        names = self.list_commands(ctx)
        if args[0] not in names:
            near = nearest(args[0], names)
            choice = f"did you mean {near!r}?" if near else f"there are {', '.join(names)}."
            raise click.UsageError(f"There is no command {ctx.command_path} {args[0]}; {choice}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shown = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [
            (name, (command.help or "").partition("\n\n")[0].replace("\n", " "))
            for name, command in shown
            if command is not None and not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def new_app(help_text: str = "", *, is_group: bool = False) -> typer.Typer:
    """An app without rich and without completion options, which the main command has."""
    return typer.Typer(
        cls=Group,
        help=help_text or None,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=False,
        invoke_without_command=is_group,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def name_values(command: click.Command) -> None:
    """Lets the help say ``N`` and ``SECONDS`` where click says ``INTEGER RANGE``; below a group in all commands."""
    for param in command.params:
        if isinstance(param, click.Option) and param.metavar is None and param.type.name in _METAVARS:
            param.metavar = "SECONDS" if param.name == "seconds" else _METAVARS[param.type.name]
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        name_values(inner)


def here(context: typer.Context) -> Here:
    """The place that the options before the subcommand name."""
    found = context.find_object(Here)
    return found if found is not None else Here.of({})
