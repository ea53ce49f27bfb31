"""The subcommands: one line each here, one file each beside this one, loaded when it is called."""

from typing import NamedTuple


class Subcommand(NamedTuple):
    """`module` holds a `typer.Typer` named `app`."""

    name: str
    module: str
    help: str


SUBCOMMANDS: tuple[Subcommand, ...] = (
    Subcommand("demo", "mycoder.cli.demo", "See failing tests mended in a small packaged repository."),
    Subcommand("test", "mycoder.cli.run_tests", "Run the project's tests."),
    Subcommand("diff", "mycoder.cli.diff", "Show what mycoder has changed and not undone."),
    Subcommand("undo", "mycoder.cli.undo", "Take back the last changes of mycoder."),
    Subcommand("redo", "mycoder.cli.redo", "Make again what was undone."),
    Subcommand("localise", "mycoder.cli.localise", "Show which code failing tests make suspicious."),
    Subcommand("agents", "mycoder.cli.agents", "List the sub-agents that can be started here."),
    Subcommand("sessions", "mycoder.cli.sessions", "List, show, export and delete sessions."),
    Subcommand("memory", "mycoder.cli.memory", "Show, change and search what is remembered."),
    Subcommand("skills", "mycoder.cli.skills", "List and show skills, accept proposed ones."),
    Subcommand("history", "mycoder.cli.history", "Search past sessions."),
    Subcommand("workflow", "mycoder.cli.workflow", "List, check and draw workflows."),
    Subcommand("models", "mycoder.cli.models", "List providers, keys found and local servers."),
    Subcommand("config", "mycoder.cli.config", "Show and change settings."),
    Subcommand("policy", "mycoder.cli.policy", "Show what is allowed here, forget remembered answers."),
    Subcommand("trust", "mycoder.cli.trust", "Trust this folder's own configuration, or not."),
    Subcommand("data", "mycoder.cli.data", "Show what mycoder keeps on this machine, and remove it."),
    Subcommand("paths", "mycoder.cli.paths", "Show where mycoder keeps its files."),
    Subcommand("doctor", "mycoder.cli.doctor", "Check what mycoder needs on this machine."),
    Subcommand("bench", "mycoder.cli.bench", "Measure what mycoder itself costs on this machine."),
    Subcommand("eval", "mycoder.cli.evaluate", "Evaluate mycoder on known tasks."),
    Subcommand("batch", "mycoder.cli.batch", "Do many tasks on repositories, side by side."),
    Subcommand("reference", "mycoder.cli.reference", "Write the reference pages of this version."),
    Subcommand("completion", "mycoder.cli.completion", "Print a completion script for a shell."),
)
