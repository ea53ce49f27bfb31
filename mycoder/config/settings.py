"""Every setting, its type, its default and what it does.

The descriptions are the only text about a key: the JSON schema, the reference page and the settings screen
are made from them. A key exists here once; files, environment and flags only give it values.

Annotations stay unevaluated until a file, variable or flag gives a value (half of this module's import time).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from mycoder.config.agent_settings import Agents
from mycoder.config.checkpoint_settings import Checkpoints, Goals, Stall
from mycoder.config.memory_settings import Memory, SkillWishes
from mycoder.config.retrieval_settings import Retrieval
from mycoder.config.role_settings import Roles
from mycoder.config.sandbox_settings import SandboxContainer, SandboxNetwork
from mycoder.config.undo_settings import Undo
from mycoder.config.workflow_settings import Workflow

Mode = Literal["plan", "ask", "edit", "auto"]
SandboxWish = Literal["auto", "required", "container", "off"]
Engine = Literal["auto", "repair", "model"]


class Limits(Struct, frozen=True, kw_only=True):
    max_steps: Annotated[int, Meta(ge=1, description="Most model replies in one turn.")] = 200
    max_cost: Annotated[
        float, Meta(ge=0, description="Most US dollars that one turn may cost; 0 sets no limit.")
    ] = 0.0
    max_time: Annotated[
        float, Meta(ge=0, description="Most seconds that one turn may take; 0 sets no limit.")
    ] = 0.0
    refusals: Annotated[
        int, Meta(ge=0, description="How often a claim of being done is sent back while tests are red.")
    ] = 3


class Tests(Struct, frozen=True, kw_only=True):
    __test__ = False  # not a test class, whatever pytest thinks of the name

    seconds: Annotated[
        float, Meta(gt=0, description="Seconds that one run of the project's tests may take.")
    ] = 600.0
    baseline: Annotated[
        bool,
        Meta(description="Run the tests before the first edit, so that failures of before are told apart."),
    ] = True
    baseline_seconds: Annotated[
        float, Meta(gt=0, description="Seconds after which the run before the first edit is given up.")
    ] = 120.0
    allow_unverified: Annotated[
        bool, Meta(description="Exit 0 although files were edited and no test run could verify them.")
    ] = False
    verify: Annotated[
        bool, Meta(description="Let a claim of being done count only as much as the test runs show.")
    ] = True
    may_change: Annotated[
        bool,
        Meta(
            description="Tests that were there may be removed, skipped or weakened without it being held back."
        ),
    ] = False
    accept_known_failures: Annotated[
        bool,
        Meta(
            description="Call a turn done when every test that still fails also failed before the first edit."
        ),
    ] = False


class Retry(Struct, frozen=True, kw_only=True):
    attempts: Annotated[
        int, Meta(ge=1, description="How often a request is sent before the provider counts as away.")
    ] = 6
    first_delay: Annotated[
        float, Meta(ge=0, description="Seconds before the second try; it doubles each time.")
    ] = 1.0
    max_delay: Annotated[float, Meta(ge=0, description="Longest wait in seconds between two tries.")] = 60.0
    connect_seconds: Annotated[float, Meta(gt=0, description="Seconds to wait for a connection.")] = 10.0
    first_token_seconds: Annotated[float, Meta(gt=0, description="Seconds to wait for the first token.")] = (
        300.0
    )
    idle_seconds: Annotated[
        float, Meta(gt=0, description="Seconds of silence after which a stream counts as cut.")
    ] = 120.0


class Context(Struct, frozen=True, kw_only=True):
    window: Annotated[
        int, Meta(ge=0, description="Tokens that the model can read; 0 takes what is known of the model.")
    ] = 0
    compact_at: Annotated[
        float,
        Meta(
            gt=0,
            le=1,
            description="Share of the window, less what a reply needs, at which the conversation is compacted.",
        ),
    ] = 0.85
    tail: Annotated[
        int,
        Meta(ge=0, description="Tokens at the end of the conversation that compaction leaves as they are."),
    ] = 15_000


class ModelSettings(Struct, frozen=True, kw_only=True):
    name: Annotated[
        str,
        Meta(
            description="The model that is really asked, as provider/name; empty when the key itself is it."
        ),
    ] = ""
    base_url: Annotated[
        str,
        Meta(
            description="Where the model is served, e.g. http://localhost:8000/v1; empty asks the provider."
        ),
    ] = ""
    key_env: Annotated[
        str,
        Meta(description="Name of the environment variable that holds the key; empty takes the provider's."),
    ] = ""
    temperature: Annotated[
        float | None, Meta(description="Sampling temperature; left out of the request when not set.")
    ] = None
    max_tokens: Annotated[
        int | None, Meta(description="Most tokens of one reply; left out of the request when not set.")
    ] = None
    window: Annotated[
        int, Meta(ge=0, description="Tokens that the model can read; 0 takes the packaged table.")
    ] = 0
    input_price: Annotated[
        float | None,
        Meta(description="US dollars per million input tokens; not set takes the packaged table."),
    ] = None
    cached_price: Annotated[
        float | None,
        Meta(description="US dollars per million cached input tokens; not set takes the packaged table."),
    ] = None
    output_price: Annotated[
        float | None,
        Meta(description="US dollars per million output tokens; not set takes the packaged table."),
    ] = None
    tools: Annotated[
        Literal["auto", "native", "text"],
        Meta(description="How the model calls tools: its own way, or written in its text; auto decides."),
    ] = "auto"
    extra: Annotated[
        dict[str, Any],
        Meta(description="Further fields of the request, passed on to the provider as they are."),
    ] = field(default_factory=dict)


class Repair(Struct, frozen=True, kw_only=True):
    enabled: Annotated[
        bool, Meta(description="Let the offline repair engine try before a model is asked.")
    ] = True
    engine: Annotated[
        Engine,
        Meta(description="Who mends failing tests: the offline engine (repair), the model, or both (auto)."),
    ] = "auto"
    seconds: Annotated[
        float, Meta(ge=0, description="Seconds that the offline engine may search before a model is asked.")
    ] = 8.0
    alone_seconds: Annotated[
        float, Meta(gt=0, description="Seconds that the offline engine may search when there is no model.")
    ] = 120.0
    endless_seconds: Annotated[
        float,
        Meta(
            ge=0,
            description="Seconds after which the offline engine takes a test that still runs for one that never ends, "
            "and mends it; 0 waits for all.",
        ),
    ] = 60.0
    ask: Annotated[
        bool,
        Meta(
            description="Ask which behaviour is right where patches that pass differ, if somebody can answer."
        ),
    ] = True


class Ui(Struct, frozen=True, kw_only=True):
    theme: Annotated[
        str, Meta(description="Name of the colour theme; empty picks one that suits the terminal.")
    ] = ""
    ascii: Annotated[bool, Meta(description="Draw with ASCII characters only.")] = False
    reduced_motion: Annotated[bool, Meta(description="No spinners, no animation.")] = False
    plain: Annotated[
        bool, Meta(description="Use the line face instead of the full screen, e.g. with a screen reader.")
    ] = False
    notify: Annotated[
        Literal["auto", "bell", "osc", "off"],
        Meta(description="How to tell that a turn ended or waits while the terminal is not in view."),
    ] = "auto"
    keys: Annotated[
        dict[str, str], Meta(description="Other keys for actions: action id = key, e.g. ctrl+g.")
    ] = field(default_factory=dict)


class RuleWithExamples(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule that is checked when it is loaded: it must fit what it names in `fits`, and spare the rest."""

    rule: Annotated[str, Meta(description="The rule, e.g. shell(git push).")]
    fits: Annotated[tuple[str, ...], Meta(description="Commands or paths that the rule must be about.")] = ()
    spares: Annotated[
        tuple[str, ...], Meta(description="Commands or paths that the rule must not be about.")
    ] = ()


class Policy(Struct, frozen=True, kw_only=True):
    """Rules say what a call may do; deny always wins. Lists of all layers add up."""

    allow: Annotated[
        tuple[str | RuleWithExamples, ...],
        Meta(description="Calls that need no approval, e.g. shell(git status)."),
    ] = ()
    ask: Annotated[tuple[str, ...], Meta(description="Calls that always need approval.")] = ()
    deny: Annotated[
        tuple[str | RuleWithExamples, ...],
        Meta(description="Calls that are always refused, in every mode, e.g. write(secrets/**)."),
    ] = ()


class Settings(Struct, frozen=True, kw_only=True):
    """All settings of one session, merged from every layer. Frozen: a change makes a new one."""

    model: Annotated[
        str,
        Meta(description="The model to work with, as provider/name; empty takes the first in reach."),
    ] = ""
    prefer: Annotated[
        tuple[str, ...],
        Meta(description="Models or providers to look for, in this order, when no model is named."),
    ] = ()
    base_url: Annotated[
        str, Meta(description="Where the model is served; for one model only, use the section of that model.")
    ] = ""
    mode: Annotated[
        Mode,
        Meta(description="plan only reads, ask asks for each change, edit for commands, auto works alone."),
    ] = "auto"
    test_command: Annotated[
        str, Meta(description="The command that runs the project's tests; empty finds it in the project.")
    ] = ""
    sandbox: Annotated[
        SandboxWish,
        Meta(
            description="auto takes the strongest there is, required stops without one, container takes the "
            "container of sandbox_container, off has none."
        ),
    ] = "auto"
    pass_env: Annotated[
        tuple[str, ...],
        Meta(
            description="Names of environment variables that commands may see beside the usual harmless ones."
        ),
    ] = ()
    limits: Annotated[Limits, Meta(description="When a turn stops at the latest.")] = Limits()
    tests: Annotated[Tests, Meta(description="How the project's tests are run and judged.")] = Tests()
    retry: Annotated[Retry, Meta(description="How long to insist when a provider does not answer.")] = Retry()
    context: Annotated[Context, Meta(description="How much of the conversation the model sees.")] = Context()
    checkpoints: Annotated[
        Checkpoints, Meta(description="What is kept when a long conversation is compacted.")
    ] = Checkpoints()
    stall: Annotated[Stall, Meta(description="When a turn makes no progress.")] = Stall()
    goals: Annotated[Goals, Meta(description="How goals and open tasks hold up the end of a turn.")] = Goals()
    models: Annotated[
        dict[str, ModelSettings], Meta(description="What is special about a model, by its name.")
    ] = field(default_factory=dict)
    roles: Annotated[Roles, Meta(description="Which model does which job; a name alone is enough.")] = Roles()
    workflow: Annotated[
        Workflow, Meta(description="How a task is done; a name alone is enough, e.g. solo or tdd.")
    ] = Workflow()
    repair: Annotated[Repair, Meta(description="The repair engine that works without a model.")] = Repair()
    retrieval: Annotated[Retrieval, Meta(description="How code is found by a description.")] = Retrieval()
    agents: Annotated[Agents, Meta(description="Sub-agents that do parts of the work.")] = Agents()
    memory: Annotated[Memory, Meta(description="What is remembered between sessions.")] = Memory()
    skills: Annotated[SkillWishes, Meta(description="What the model is told of skills.")] = SkillWishes()
    ui: Annotated[Ui, Meta(description="How it looks.")] = Ui()
    policy: Annotated[Policy, Meta(description="What is allowed, asked and refused.")] = Policy()
    sandbox_network: Annotated[
        SandboxNetwork, Meta(description="Which hosts approved commands may reach.")
    ] = SandboxNetwork()
    sandbox_container: Annotated[
        SandboxContainer, Meta(description="The container that can stand in for a sandbox.")
    ] = SandboxContainer()
    undo: Annotated[Undo, Meta(description="How long changes can be taken back.")] = Undo()
