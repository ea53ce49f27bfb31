"""Events: what has happened. Everything anyone sees, stores, replays or measures is a function of these.

Every event is frozen, serialisable both ways and in the past tense. `session`, `turn`, `agent`, `seq` and `at`
are stamped by the session when the event passes its door; whoever makes an event leaves them alone.

The laws (tests/protocol/test_laws.py): a turn starts with TurnStarted and ends with exactly one TurnEnded;
every ToolCalled has one ToolFinished; every Asked one AskSettled; a reply of a model is the TextAdded,
ThoughtAdded and ToolCalled events up to a UsageChanged, and ModelRetried voids what came of it so far.
"""

from typing import Any, Literal

import msgspec

from mycoder.protocol.blocks import AnyBlock, PlanItem
from mycoder.protocol.messages import Attachment
from mycoder.protocol.report import FileChange, Report
from mycoder.protocol.usage import Usage

COMMAND = "command"
"""The `agent` of the call that is a slash command of a person while it runs: outside of turns, and read by no model."""

Mode = Literal["plan", "ask", "edit", "auto"]

EndReason = Literal[
    "done",  # the work is finished, and verified where there was something to verify
    "failed",  # the model gave up, or it could not be achieved
    "tests_failing",  # tests still fail
    "refused",  # policy forbade what was needed
    "budget",  # steps, cost or tokens are used up
    "timeout",  # wall time is used up
    "interrupted",  # a person or a signal stopped it
    "unavailable",  # the provider is away for now; trying again later may work
    "misconfigured",  # no key, unknown model, or the provider said no for good
    "crashed",  # a fault of ours; the log holds what happened
]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag=True):
    """Base of all events; the tag on the wire is the class name."""

    session: str = ""
    turn: int = 0
    agent: str = ""
    """Id of the sub-agent it comes from; empty for the main agent."""
    seq: int = 0
    """Position in the session's log, from 1."""
    at: float = 0.0
    """Unix time in seconds."""


class SessionStarted(Event, frozen=True):
    """First event of a session: all that the first request is made of, so that a resumed one repeats its bytes."""

    version: str
    root: str
    model: str
    mode: Mode = "auto"
    sandbox: str = ""
    system: str = ""
    facts: str = ""
    forked_from: str = ""
    branch: str = ""


class SessionResumed(Event, frozen=True):
    version: str
    model: str
    sandbox: str = ""
    branch: str = ""


class TurnStarted(Event, frozen=True):
    prompt: str
    attachments: tuple[Attachment, ...] = ()


class PromptAdded(Event, frozen=True):
    """Words for the model that entered a running turn."""

    text: str
    origin: Literal["steer", "follow_up", "harness", "slash"] = "harness"


class TextAdded(Event, frozen=True):
    text: str


class ThoughtAdded(Event, frozen=True):
    text: str


class ModelRetried(Event, frozen=True):
    """A model call failed and is tried again after `delay` seconds; what it had said so far is void."""

    reason: str
    attempt: int
    delay: float
    status: int | None = None


class ToolCalled(Event, frozen=True):
    call_id: str
    tool: str
    arguments: str = "{}"
    """As the model wrote them."""
    title: str = ""
    """One line for people, e.g. ``edit src/app.py``."""
    opaque: str = ""
    """What the provider of the model wants back with the call, as JSON: signed thoughts, signatures."""


class ToolProgressed(Event, frozen=True):
    """More output of a running call; superseded by its ToolFinished and not stored."""

    call_id: str
    text: str


class ToolFinished(Event, frozen=True):
    call_id: str
    ok: bool = True
    output: str = ""
    """What the model reads."""
    blocks: tuple[AnyBlock, ...] = ()
    """What people see."""
    seconds: float = 0.0
    origin: str = ""
    """Where words from outside came from; set, it taints the session from here on."""


class AskOption(msgspec.Struct, frozen=True, omit_defaults=True):
    """A choice in a whole sentence; `remembers` spells out the rule that would be kept."""

    id: str
    label: str
    remembers: str = ""


class Asked(Event, frozen=True):
    """The turn waits for a person. Settled by the command Answer with the same id."""

    ask_id: str
    kind: Literal["approval", "question"] = "approval"
    question: str = ""
    call_id: str = ""
    options: tuple[AskOption, ...] = ()
    blocks: tuple[AnyBlock, ...] = ()
    reason: str = ""


class AskSettled(Event, frozen=True):
    ask_id: str
    choice: str
    note: str = ""
    by: Literal["person", "policy", "timeout", "interrupt"] = "person"


class TestsRan(Event, frozen=True):
    """One run of the project's tests, compared with the baseline taken before the first edit."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    command: str
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    failing: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    """Tests that failed before the first edit and now neither pass nor fail: gone, or skipped. Never green when set."""
    problem: str = ""
    """Why the run proves nothing (no tests, collection error, crash of the runner); never green when set."""
    baseline: bool = False
    complete: bool = True
    """False when only some of the tests were asked for."""
    sandbox: str = ""
    seconds: float = 0.0

    @property
    def is_green(self) -> bool:
        is_clean = self.failed == 0 and self.errors == 0 and not self.vanished
        return not self.problem and is_clean and self.passed > 0


class TestsWeakened(Event, frozen=True):
    """The changes of the turn take something away from the tests that there were, found before its end."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    findings: tuple[str, ...]
    """Where and what, a line each."""
    allowed: Literal["", "task", "person"] = ""
    """Who allows it; empty when nobody does, and then the turn is not verified."""


class FilesChanged(Event, frozen=True):
    """Files of the repository changed; `entry` is the id in the undo journal."""

    changes: tuple[FileChange, ...]
    entry: str = ""
    cause: Literal["tool", "command", "undo", "redo", "repair"] = "tool"


class PlanChanged(Event, frozen=True):
    items: tuple[PlanItem, ...]


class UsageChanged(Event, frozen=True):
    """Ends a reply of a model: what it used, and the totals of the session."""

    model: str
    usage: Usage
    total: Usage
    finish: str = "stop"
    """stop | tool_calls | length | content_filter"""
    context: int = 0
    """Tokens now in the context."""
    window: int = 0
    """Size of the model's window in tokens; 0 when unknown."""
    seconds: float = 0.0
    first_token: float = 0.0
    """Seconds from the request to the first token (TTFT)."""


class ContextCompacted(Event, frozen=True):
    """The conversation up to here is replaced by `summary` for the model; the log keeps all of it.

    `keep` messages at the end of the conversation stay. `cuts` are pairs of a position among these and the most
    characters that its text keeps; `whole` is the file that holds all of what is no longer shown.
    """

    before: int
    after: int
    summary: str
    keep: int = 0
    cuts: tuple[tuple[int, int], ...] = ()
    whole: str = ""


class CheckpointMade(Event, frozen=True):
    """The watermark: the file `checkpoint` is complete, and `digest` is the hash of its bytes."""

    checkpoint: str
    reason: str = ""
    digest: str = ""


class GoalChanged(Event, frozen=True):
    """What the session has to reach before a turn may end as done. An empty text: there is no goal any more.

    `checks` are shell commands that must exit 0. With `judged` a model is asked too, as it is where there are none.
    """

    text: str
    checks: tuple[str, ...] = ()
    judged: bool = False
    status: Literal["open", "met", "unmet"] = "open"
    attempts: int = 0
    """How often it was looked at since a person spoke."""
    reason: str = ""


class AgentStarted(Event, frozen=True):
    """A sub-agent began; its own events carry `child` as their `agent`."""

    child: str
    name: str
    task: str


class AgentEnded(Event, frozen=True):
    child: str
    ok: bool
    summary: str = ""
    usage: Usage = Usage()


class NodeStarted(Event, frozen=True):
    """A workflow visits a node, for the `visit`-th time."""

    workflow: str
    node: str
    kind: str
    visit: int = 1


class NodeEnded(Event, frozen=True):
    workflow: str
    node: str
    kind: str
    ok: bool = True
    """Whether it did what it is for, e.g. whether the tests are green."""
    summary: str = ""
    model: str = ""
    """Of the role that played it; empty for a node without a model."""
    seconds: float = 0.0


class WorkflowSaved(Event, frozen=True):
    """A run of a workflow can go on from here: `nodes` come next, none when the run is over."""

    workflow: str
    nodes: tuple[str, ...] = ()
    state: dict[str, Any] = {}


class ModeChanged(Event, frozen=True):
    mode: Mode


class ModelChanged(Event, frozen=True):
    model: str


class Noticed(Event, frozen=True):
    """Something worth knowing that is nobody's answer: a warning, a hint, the result of a slash command."""

    text: str
    level: Literal["info", "warning", "error"] = "info"
    hint: str = ""
    blocks: tuple[AnyBlock, ...] = ()
    undo: str = ""
    """The slash command that takes back what it tells of, where there is one, e.g. ``memory dream undo``."""


class TurnEnded(Event, frozen=True):
    reason: EndReason
    message: str = ""
    """Why, in a sentence with what to do; empty when done."""
    answer: str = ""
    """The last words of the model: the result of the turn."""
    report: Report = Report()


AnyEvent = (
    SessionStarted
    | SessionResumed
    | TurnStarted
    | PromptAdded
    | TextAdded
    | ThoughtAdded
    | ModelRetried
    | ToolCalled
    | ToolProgressed
    | ToolFinished
    | Asked
    | AskSettled
    | TestsRan
    | TestsWeakened
    | FilesChanged
    | PlanChanged
    | UsageChanged
    | ContextCompacted
    | CheckpointMade
    | GoalChanged
    | AgentStarted
    | AgentEnded
    | NodeStarted
    | NodeEnded
    | WorkflowSaved
    | ModeChanged
    | ModelChanged
    | Noticed
    | TurnEnded
)
