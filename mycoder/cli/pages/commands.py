"""The page of the command line: the options of a run and every subcommand."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any, get_type_hints

import click
from typer.main import get_command
from typer.models import ParameterInfo

from mycoder.cli.commands import SUBCOMMANDS
from mycoder.cli.main import HELP
from mycoder.cli.options import RUN_OPTIONS, Option
from mycoder.cli.pages.markdown import block, code, page, table

USAGE = """
mycoder [OPTIONS] ['PROMPT']
mycoder -p TEXT [OPTIONS]
mycoder [OPTIONS] COMMAND ..."""

OPTIONS = """\
An option that names a setting gives it for this run only and wins over every file and variable. Options
before a subcommand count for it too where they make sense: `mycoder -C DIR diff`."""


def text() -> str:
    groups = dict.fromkeys(option.group for option in RUN_OPTIONS)
    options = [
        f"### {group}\n\n{_options([option for option in RUN_OPTIONS if option.group == group])}"
        for group in groups
    ]
    return page(
        "Commands",
        HELP,
        block(USAGE, "text"),
        "How it ended is told by the [exit code](exit-codes.md).",
        "## Options",
        OPTIONS,
        *options,
        "### General",
        table(
            ("option", "what it does"),
            (
                ("`-V`, `--version`", "Show the version and exit."),
                ("`-h`, `--help`", "Show the help and exit."),
            ),
        ),
        "## Subcommands",
        *(_section(f"mycoder {entry.name}", _subcommand(entry.module), entry.help) for entry in SUBCOMMANDS),
    )


def _options(options: list[Option]) -> str:
    return table(("option", "what it does", "setting"), (_run_option(option) for option in options))


def _run_option(option: Option) -> tuple[str, str, str]:
    flags = ", ".join(code(f"{flag} {option.metavar}".rstrip()) for flag in option.flags)
    notes = f" One of {_listed(option.choices)}." if option.choices else ""
    notes += " May be given more than once." if option.kind == "many" and "again" not in option.help else ""
    notes += f" At least {option.least}." if option.least else ""
    return flags, option.help + notes, code(option.key)


def _subcommand(module: str) -> click.Command:
    command = get_command(import_module(module).app)
    assert isinstance(command, click.Command)
    return command


def _section(name: str, command: click.Command, summary: str = "", level: int = 3) -> str:
    """A command with all below it."""
    parts = [f"{'#' * level} {name}", _paragraphs(command.help or summary)]
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    options = [p for p in command.params if isinstance(p, click.Option)]
    words = {p.name or "": _help(command, p) for p in command.params}
    below = command.commands if isinstance(command, click.Group) else {}
    usage = [name, *(_usage(argument) for argument in arguments), *(["COMMAND"] if below else [])]
    parts.append(block(" ".join([*usage, "[OPTIONS]"] if options else usage), "text"))
    if isinstance(command, click.Group) and command.invoke_without_command:
        parts.append(f"Without a command: {code(next(iter(below)))}.")
    rows = [
        *((code(_usage(p)), words[p.name or ""], _default(p)) for p in arguments),
        *((_flags(p), words[p.name or ""], _default(p)) for p in options),
    ]
    parts.append(table(("argument or option", "what it does", "default"), rows))
    parts += [_section(f"{name} {word}", each, level=level + 1) for word, each in below.items()]
    return "\n\n".join(part for part in parts if part)


def _usage(argument: click.Argument) -> str:
    word = (argument.metavar or argument.name or "").removesuffix("...").upper()
    word = word if argument.required else f"[{word}]"
    return f"{word}..." if argument.nargs == -1 else word


def _flags(option: click.Option) -> str:
    value = "" if option.is_flag else f" {_value_name(option)}"
    return ", ".join(code(f"{flag}{value}") for flag in option.opts)


def _value_name(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "|".join(str(choice) for choice in option.type.choices)
    for kind, word in ((click.types.IntParamType, "N"), (click.types.FloatParamType, "X")):
        if isinstance(option.type, kind):
            return word
    return "PATH" if isinstance(option.type, click.Path) else "TEXT"


def _help(command: click.Command, parameter: click.Parameter) -> str:
    """From the annotation of the function, since not every version of click keeps what typer hands it."""
    if isinstance(parameter, click.Option):
        return parameter.help or ""
    function: Any = inspect.unwrap(command.callback) if command.callback else None
    hint = get_type_hints(function, include_extras=True).get(parameter.name or "") if function else None
    notes = getattr(hint, "__metadata__", ())
    words = next((note.help for note in notes if isinstance(note, ParameterInfo)), None)
    choices = parameter.type.choices if isinstance(parameter.type, click.Choice) else ()
    return words or (f"One of {_listed(tuple(map(str, choices)))}." if choices else "")


def _default(parameter: click.Parameter) -> str:
    value = parameter.default
    if parameter.required:
        return "required"
    if not isinstance(value, str | int | float) and not hasattr(value, "__fspath__"):
        return ""
    return "" if isinstance(value, bool) or value == "" else code(str(getattr(value, "value", value)))


def _paragraphs(text: str) -> str:
    """A help text; the part that click is told not to wrap becomes a block."""
    return "\n\n".join(_paragraphs_of(inspect.cleandoc(text)))


def _paragraphs_of(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield block(paragraph.removeprefix("\b\n"), "text") if paragraph.startswith("\b") else paragraph


def _listed(words: tuple[str, ...]) -> str:
    marked = [code(word) for word in words]
    return f"{', '.join(marked[:-1])} or {marked[-1]}"
