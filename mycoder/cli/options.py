"""The options of a run as data. The help, the full parser and the quick one are made from this table.

Nothing is imported here but `typing`, so that the help and the quick parser cost next to nothing.
"""

from typing import Literal, NamedTuple

Kind = Literal["switch", "text", "path", "count", "number", "many"]


class Option(NamedTuple):
    """One option. `key` is the setting that it gives; without one it is about this run only."""

    flags: tuple[str, ...]
    help: str
    group: str
    kind: Kind = "text"
    metavar: str = ""
    key: str = ""
    choices: tuple[str, ...] = ()
    """The values of the setting; a test holds them against its type."""
    least: int = 0
    """Smallest value of a count or number."""

    @property
    def name(self) -> str:
        return self.flags[-1].lstrip("-").replace("-", "_")


TASK, MODEL, RIGHTS, RESULT = "Task", "Model", "Limits and rights", "Result"

RUN_OPTIONS: tuple[Option, ...] = (
    Option(
        flags=("-p", "--task"),
        metavar="TEXT|-|@FILE",
        help="Do this task without a person and end: its words, - for standard input, @FILE for a file.",
        group=TASK,
    ),
    Option(
        flags=("--goal",),
        metavar="TEXT",
        help="What must be reached before the run may end as done; without --task it is the task.",
        group=TASK,
    ),
    Option(
        flags=("--check",),
        kind="many",
        metavar="COMMAND",
        help="A command that must exit 0 for the goal, e.g. 'pytest -q'; may be given again.",
        group=TASK,
    ),
    Option(
        flags=("-C", "--directory"),
        kind="path",
        metavar="DIR",
        help="Work as if started in DIR; the project is the repository around it.",
        group=TASK,
    ),
    Option(
        flags=("-c", "--continue"),
        kind="switch",
        help="Go on with the session that was used last in this project.",
        group=TASK,
    ),
    Option(
        flags=("-r", "--resume"),
        metavar="ID",
        help="Go on with a session; the beginning of its id is enough.",
        group=TASK,
    ),
    Option(flags=("--fork",), metavar="ID", help="Branch off from a session into a new one.", group=TASK),
    Option(flags=("--ephemeral",), kind="switch", help="Keep nothing of this session.", group=TASK),
    Option(
        flags=("--plain",),
        kind="switch",
        key="ui.plain",
        help="The line face instead of the full screen, e.g. with a screen reader.",
        group=TASK,
    ),
    Option(
        flags=("-m", "--model"),
        metavar="NAME",
        key="model",
        help="The model, as provider/name, e.g. openai/gpt-5 or ollama/qwen3.",
        group=MODEL,
    ),
    Option(
        flags=("--role",),
        kind="many",
        metavar="ROLE=MODEL",
        help="The model of one role, e.g. debug=deepseek/deepseek-reasoner.",
        group=MODEL,
    ),
    Option(
        flags=("--workflow",),
        metavar="NAME",
        key="workflow.name",
        help="How the task is done, e.g. tdd, agentcoder or best-of-n; `mycoder workflow list` shows all.",
        group=MODEL,
    ),
    Option(
        flags=("--base-url",), metavar="URL", key="base_url", help="Where the model is served.", group=MODEL
    ),
    Option(
        flags=("--engine",),
        metavar="ENGINE",
        key="repair.engine",
        choices=("auto", "repair", "model"),
        help="Who mends failing tests: auto, repair (offline, no model) or model.",
        group=MODEL,
    ),
    Option(
        flags=("--mode",),
        metavar="MODE",
        key="mode",
        choices=("plan", "ask", "edit", "auto"),
        help="plan (only reads), ask, edit or auto.",
        group=RIGHTS,
    ),
    Option(
        flags=("--sandbox",),
        metavar="WISH",
        key="sandbox",
        choices=("auto", "required", "container", "off"),
        help="auto, required (stop when there is none), container or off.",
        group=RIGHTS,
    ),
    Option(
        flags=("--max-steps",),
        kind="count",
        metavar="N",
        key="limits.max_steps",
        least=1,
        help="Most model replies.",
        group=RIGHTS,
    ),
    Option(
        flags=("--max-cost",),
        kind="number",
        metavar="USD",
        key="limits.max_cost",
        help="Most US dollars.",
        group=RIGHTS,
    ),
    Option(
        flags=("--max-time",),
        kind="number",
        metavar="SECONDS",
        key="limits.max_time",
        help="Most seconds.",
        group=RIGHTS,
    ),
    Option(
        flags=("--allow-unverified",),
        kind="switch",
        key="tests.allow_unverified",
        help="Exit 0 also when no test run could verify the edits.",
        group=RIGHTS,
    ),
    Option(
        flags=("--accept-known-failures",),
        kind="switch",
        key="tests.accept_known_failures",
        help="Tests that failed before the first edit may go on failing.",
        group=RIGHTS,
    ),
    Option(
        flags=("--set",),
        kind="many",
        metavar="KEY=VALUE",
        help="Any setting, e.g. tests.seconds=60; `mycoder config show` lists them.",
        group=RIGHTS,
    ),
    Option(
        flags=("--output-format",),
        metavar="FORM",
        choices=("text", "json", "stream-json"),
        help="What standard output holds: text, one json object, or stream-json, a line for each event.",
        group=RESULT,
    ),
    Option(
        flags=("--output-schema",),
        kind="path",
        metavar="FILE",
        help="The answer must be JSON that is valid under this JSON schema.",
        group=RESULT,
    ),
    Option(
        flags=("-o", "--output"),
        kind="path",
        metavar="FILE",
        help="Write the answer to FILE too.",
        group=RESULT,
    ),
    Option(flags=("-q", "--quiet"), kind="switch", help="Only errors on standard error.", group=RESULT),
    Option(
        flags=("--debug",), kind="switch", help="Show the traceback when mycoder itself fails.", group=RESULT
    ),
)


def is_prompt(word: str) -> bool:
    """Whether an argument is words for the app rather than a command: commands are one word of ASCII each."""
    return not word.startswith("-") and (len(word.split()) > 1 or bool(word.strip() and not word.isascii()))
