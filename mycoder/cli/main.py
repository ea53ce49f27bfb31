"""The full command line, made from the tables by click and typer: help, errors, completion, subcommands."""

import itertools
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import click

from mycoder.cli.commands import SUBCOMMANDS
from mycoder.cli.options import RUN_OPTIONS, Option, is_prompt
from mycoder.version import __version__

HELP = """A coding assistant that calls nothing done which a test run did not show.

Without a command the app opens; words in quotes are its first prompt. With -p it works without a person:
standard output holds the result, standard error the progress, and the exit code says how it ended."""

USAGE = ["[OPTIONS] ['PROMPT']", "[OPTIONS] COMMAND [ARGS]..."]

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

                from mycoder.cli.typed import name_values  # late: as above

                command = get_command(import_module(entry.module).app)
                name_values(command)
                command.name = entry.name
                command.help = command.help or entry.help
                return command
        return None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Also takes a prompt, in the place of a command, and ``help [COMMAND]``."""
        _, words, _ = self.make_parser(ctx).parse_args(list(args))
        at = len(args) - len(words)
        if words[:1] == ["help"]:
            return super().parse_args(ctx, [*args[:at], *words[1:], "--help"])
        if not words or not is_prompt(words[0]):
            return super().parse_args(ctx, args)
        without = [*args[:at], *words[1:]]
        if rest := self.make_parser(ctx).parse_args(list(without))[1]:
            raise click.UsageError(_two_prompts(words[0], rest), ctx)
        super().parse_args(ctx, without)
        ctx.params["prompt"] = words[0]
        return []

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None:
            raise click.UsageError(_no_such_command(args), ctx)
        return super().resolve_command(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for at, usage in enumerate(USAGE):
            formatter.write_usage(ctx.command_path, usage, "Usage: " if at == 0 else "       ")

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


def _no_such_command(words: Sequence[str]) -> str:
    from mycoder.cli.misspelt import nearest  # late: only for a word that nobody knows

    near = nearest(words[0], [entry.name for entry in SUBCOMMANDS])
    if near:
        return f"There is no command {words[0]!r}; did you mean {near!r}?"
    prompt = " ".join(itertools.takewhile(lambda word: not word.startswith("-"), words))
    return (
        f"There is no command {words[0]!r}. A prompt of one word is sent with -p: mycoder -p {prompt!r}."
        if prompt == words[0]
        else f"There is no command {words[0]!r}. A prompt stands in quotes: mycoder {prompt!r}, "
        f"or without the app: mycoder -p {prompt!r}."
    )


def _two_prompts(prompt: str, rest: Sequence[str]) -> str:
    return f"{rest[0]!r} behind the prompt {prompt!r} has no meaning: put all of the prompt between one pair of quotes."


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
