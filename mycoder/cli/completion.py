"""``mycoder completion``: scripts with which a shell completes mycoder's options and commands."""

from enum import StrEnum
from typing import Annotated

import typer
from click.shell_completion import get_completion_class

from mycoder.cli.main import command_line
from mycoder.cli.start import COMPLETION
from mycoder.cli.typed import new_app

app = new_app()


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command(
    help="Print a completion script, e.g. for your ~/.bashrc:\n\n"
    "\b\nbash: source <(mycoder completion bash)\nzsh:  source <(mycoder completion zsh)\n"
    "fish: mycoder completion fish | source"
)
def completion(shell: Annotated[Shell, typer.Argument(help="bash, zsh or fish.")]) -> None:
    kind = get_completion_class(shell.value)
    if kind is None:  # click knows all of Shell
        raise typer.Exit(1)
    typer.echo(kind(command_line(), {}, "mycoder", COMPLETION).source())
