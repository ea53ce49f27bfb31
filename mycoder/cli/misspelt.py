"""Mistakes on the command line, told in one sentence with the word that was most likely meant."""

from collections.abc import Iterable

import click

from mycoder.cli.options import RUN_OPTIONS


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that `word` most likely stands for; empty when none is near."""
    import difflib  # late: only for a mistake

    words = list(known)
    swapped = [each for each in words if sorted(each) == sorted(word)]
    found = swapped or difflib.get_close_matches(word, words, n=1)
    return found[0] if found else ""


def words_for(error: click.ClickException) -> str:
    """What is wrong, then where to look it up."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "mycoder"
    message = (
        _no_such_option(error.option_name, context)
        if isinstance(error, click.NoSuchOption)
        else _plainer(error.format_message())
    )
    stop = "" if message[-1:] in ".?!" else "."
    return f"{message}{stop} `{path} --help` shows what there is."


def _no_such_option(name: str, context: click.Context | None) -> str:
    if context is None:
        return f"There is no option {name}."
    inner = context.command_path.removeprefix(context.find_root().command_path).strip()
    if inner and any(name in option.flags for option in RUN_OPTIONS):
        return f"{name} belongs before the command: {context.find_root().command_path} {name} … {inner}."
    value = name.lstrip("-")
    takers = [] if inner else [option.flags[-1] for option in RUN_OPTIONS if value in option.choices]
    if len(takers) == 1:
        return f"There is no option {name}; did you mean {takers[0]} {value}?"
    flags = [flag for param in context.command.get_params(context) for flag in param.opts]
    near = nearest(name, [flag for flag in flags if flag.startswith("--") == name.startswith("--")])
    return f"There is no option {name}{f'; did you mean {near}?' if near else '.'}"


def _plainer(message: str) -> str:
    for clumsy, plain in _PLAINER:
        message = message.replace(clumsy, plain)
    return message


_PLAINER = (
    ("valid integer range", "whole number"),
    ("valid integer", "whole number"),
    ("valid float range", "number"),
    ("valid float", "number"),
)
"""Names of click's own types as they come in its messages; the longer ones first."""
