"""The full command line, made from the tables by click and typer: help, errors, completion, subcommands."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import click

from mycoder.cli.commands import SUBCOMMANDS
from mycoder.cli.options import RUN_OPTIONS, Option
from mycoder.version import __version__

HELP = """A coding assistant that calls nothing done which a test run did not show.

Without a task and a command the app opens. With --task it works without a person: standard output holds the
result, standard error the progress, and the exit code says how it ended."""

EXIT_CODES = """Exit codes: 0 done and verified, 1 not achieved or not verified, 2 usage, 3 setting or key,
4 refused by policy, 5 budget, 6 tests still fail, 75 provider away, 124 timeout, 130 Ctrl+C, 143 SIGTERM."""


class Commands(click.Group):
    """Subcommands from the table; the module of one is imported, and typer with it, when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [command.name for command in SUBCOMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for entry in SUBCOMMANDS:
            if entry.name == cmd_name:
                from typer.main import get_command  # late: half of what click costs, for nothing in the help

                command = get_command(import_module(entry.module).app)
                command.name = entry.name
                command.help = command.help or entry.help
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(_no_such_command(args[0]), ctx) from error

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups = dict.fromkeys(option.group for option in RUN_OPTIONS)
        by_name = {option.name: option.group for option in RUN_OPTIONS}
        for group in (*groups, "General"):
            members = (p for p in self.get_params(ctx) if by_name.get(p.name or "", "General") == group)
            _write_section(formatter, group, (param.get_help_record(ctx) for param in members))
        _write_section(formatter, "Commands", ((entry.name, entry.help) for entry in SUBCOMMANDS))


def _write_section(
    formatter: click.HelpFormatter, title: str, records: Iterable[tuple[str, str] | None]
) -> None:
    rows = [record for record in records if record is not None]
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def _no_such_command(name: str) -> str:
    import difflib  # late: only for a word that nobody knows

    near = difflib.get_close_matches(name, [entry.name for entry in SUBCOMMANDS], n=1)
    if near:
        return f"There is no command {name!r}; did you mean {near[0]!r}?"
    return f"There is no command {name!r}. A task is given with --task: mycoder --task {name!r}"


def command_line() -> Commands:
    """The click command for everything after ``mycoder``."""
    params: list[click.Parameter] = [_parameter(option) for option in RUN_OPTIONS]
    params.append(
        click.Option(
            ["-V", "--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_tell_version,
            help="Show the version and exit.",
        )
    )
    return Commands(
        name="mycoder",
        params=params,
        callback=_start,
        invoke_without_command=True,
        help=HELP,
        epilog=EXIT_CODES,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def main(arguments: Sequence[str]) -> int:
    """Runs `arguments`; raises click's exceptions and those of the command."""
    result = command_line().main(list(arguments), prog_name="mycoder", standalone_mode=False)
    return result if isinstance(result, int) else 0


def _start(**values: Any) -> int | None:
    context = click.get_current_context()
    given = {name: value for name, value in values.items() if value not in (None, False, ())}
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    if context.invoked_subcommand is not None:
        from mycoder.cli.here import Here  # late: not for the help

        context.obj = Here.of(given)
        return None
    from mycoder.cli.run import run  # late: a subcommand does not need a session

    return run(given)


def _parameter(option: Option) -> click.Option:
    declarations = [*option.flags, option.name]
    if option.kind == "switch":
        return click.Option(declarations, is_flag=True, help=option.help)
    return click.Option(
        declarations,
        type=_type(option),
        multiple=option.kind == "many",
        metavar=option.metavar,
        help=option.help,
    )


def _type(option: Option) -> "click.ParamType[Any]":
    if option.choices:
        return click.Choice(option.choices)
    match option.kind:
        case "count":
            return click.IntRange(min=option.least)
        case "number":
            return click.FloatRange(min=option.least)
        case "path":
            return click.Path()
    return click.STRING


def _tell_version(context: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"mycoder {__version__}")
        context.exit()
