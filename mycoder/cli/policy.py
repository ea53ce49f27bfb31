"""``mycoder policy``: what would be allowed here, and which answers are remembered."""

import os
import time
from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from mycoder.cli.faults import UsageError
from mycoder.cli.here import Here
from mycoder.cli.typed import here, new_app
from mycoder.config.errors import ConfigError
from mycoder.policy.decide import Action, Verdict, decide
from mycoder.policy.policy import Policy
from mycoder.policy.remembered import Remembered
from mycoder.policy.rules import RuleError
from mycoder.protocol.tooling import Effect
from mycoder.tools import TOOLS
from mycoder.ui.exit_codes import ExitCode
from mycoder.ui.visible import visible_line

app = new_app("Show what is allowed here, and forget remembered answers.", is_group=True)

_CODES = {"allow": ExitCode.DONE, "ask": ExitCode.NOT_ACHIEVED, "deny": ExitCode.REFUSED}


class ModeName(StrEnum):
    PLAN = "plan"
    ASK = "ask"
    EDIT = "edit"
    AUTO = "auto"


@app.callback()
def policy(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        show(context)


@app.command(help="Say whether a command would run here. Exits 0 for allow, 1 for ask, 4 for deny.")
def check(
    context: typer.Context,
    action: Annotated[str, typer.Argument(help="The command, or the path with --tool.")],
    mode: Annotated[ModeName | None, typer.Option(help="In this mode; without it the one in force.")] = None,
    tool: Annotated[str, typer.Option(help="A tool other than the shell, e.g. write.")] = "shell",
    tainted: Annotated[
        bool, typer.Option("--tainted", help="As if text from outside had been read.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> int:
    place = here(context)
    settings = place.load().settings
    effects = {known.name: known.effect for known in TOOLS}
    if tool not in effects:
        raise UsageError(f"there is no tool {tool!r}; there are: {', '.join(sorted(effects))}")
    if not action.strip():
        raise UsageError("name a command, in quotes, e.g. mycoder policy check 'git push'")
    effect = effects[tool]
    arguments = {"command": action} if tool == "shell" else {"path": action}
    verdict = decide(
        Action(tool, effect, arguments),
        mode.value if mode else settings.mode,
        policy_of(place),
        sandbox=_level(place, settings.sandbox) if effect is Effect.RUN else "limits",
        is_tainted=tainted,
        root=os.path.realpath(place.root),
        home=os.path.realpath(place.env["HOME"]) if place.env.get("HOME") else "",
    )
    typer.echo(_as_json(verdict) if as_json else _as_words(verdict))
    return _CODES[verdict.decision]


@app.command("list", help="List the rules in force here: those of the settings, and remembered answers.")
def show(context: typer.Context) -> None:
    place = here(context)
    found = policy_of(place, is_remembered=False)
    for word, rules in (("deny", found.deny), ("ask", found.ask), ("allow", found.allow)):
        for rule in rules:
            typer.echo(visible_line(f"{word}  {rule}"))
    if not (found.deny or found.ask or found.allow):
        typer.echo("No rules are set: `mycoder config set policy.deny '[\"edit(secret/**)\"]'` adds one.")
    answers = Remembered(place.paths.project(place.root)).answers()
    for number, answer in enumerate(answers, 1):
        day = time.strftime("%Y-%m-%d", time.localtime(answer.at))
        typer.echo(visible_line(f"{number}. allow  {answer.rule}  (answered {day})"))
    if not answers:
        typer.echo("No answers are remembered in this project.")


@app.command(help="Forget remembered answers of this project, by their numbers in the list, or all.")
def forget(
    context: typer.Context,
    numbers: Annotated[list[int] | None, typer.Argument(help="Numbers in the list.")] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> int:
    if bool(numbers) == all_of_them:
        raise UsageError("Say which: numbers as `mycoder policy list` shows them, or --all.")
    place = here(context)
    gone = Remembered(place.paths.project(place.root)).forget(None if all_of_them else numbers)
    for answer in gone:
        typer.echo(visible_line(f"forgotten: {answer.rule}"))
    if not gone:
        typer.echo("There is no such answer.")
    return ExitCode.DONE if gone or all_of_them else ExitCode.NOT_ACHIEVED


def policy_of(place: Here, *, is_remembered: bool = True) -> Policy:
    """The rules in force at `place`. Raises ConfigError."""
    rules = place.load().settings.policy
    try:
        found = Policy.of(allow=rules.allow, ask=rules.ask, deny=rules.deny)
    except RuleError as wrong:
        raise ConfigError(str(wrong), key="policy") from None
    if not is_remembered:
        return found
    return found.with_rules(allow=Remembered(place.paths.project(place.root)).rules())


def _level(place: Here, wish: str) -> str:
    if wish == "off":
        return "off"
    from mycoder.sandbox.sandbox import open_sandbox  # late: only where the level matters

    return open_sandbox("auto", place.root, env=place.env, cache=place.paths.cache).level


def _as_words(verdict: Verdict) -> str:
    lines = [verdict.decision, f"rule: {verdict.rule}"]
    lines += [f"reason: {verdict.reason}"] if verdict.reason else []
    lines += [f"runs as: {verdict.command}"] if verdict.command else []
    return "\n".join(visible_line(line) for line in lines)


def _as_json(verdict: Verdict) -> str:
    return msgspec.json.encode(
        {
            "verdict": verdict.decision,
            "rule": verdict.rule,
            "reason": verdict.reason,
            "command": verdict.command,
        }
    ).decode()
