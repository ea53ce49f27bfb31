"""What a session lends to a run of a workflow."""

from collections.abc import Mapping, Sequence

from mycoder.agent.keeper import Rules
from mycoder.agent.toolbox import Toolbox
from mycoder.models.retry import RetryPolicy
from mycoder.protocol.events import AnyEvent
from mycoder.protocol.tooling import Effect
from mycoder.session.parts import Parts, patience_of
from mycoder.testing.detect import detect
from mycoder.workflows.visit import Services, Threads


def services(parts: Parts, stored: Mapping[str, list[AnyEvent]]) -> Services:
    """`stored` are events of agents of a run that goes on, by agent."""
    settings, context = parts.settings, parts.settings.context

    def tools(names: Sequence[str] | str) -> Toolbox:
        every = parts.toolbox.tools
        match names:
            case "all":
                chosen = every
            case "none":
                chosen = ()
            case "read":
                chosen = tuple(tool for tool in every if tool.effect is Effect.READ)
            case _:
                chosen = tuple(tool for tool in every if tool.name in names)
        return Toolbox(chosen, parts.surroundings)

    def find_tests() -> None:
        if parts.tests.command is None:
            parts.tests.command = detect(parts.root, settings.test_command, parts.env)

    return Services(
        roles=parts.roles,
        tools=tools,
        tests=parts.tests,
        find_tests=find_tests,
        test_seconds=settings.tests.seconds,
        workspace=parts.workspace,
        gate=parts.gate,
        meter=parts.meter,
        steers=parts.inbox.steers,
        retries=RetryPolicy(
            attempts=settings.retry.attempts,
            first_delay=settings.retry.first_delay,
            max_delay=settings.retry.max_delay,
        ),
        system=lambda: parts.conversation.messages[0].text if parts.conversation.messages else "",
        facts=lambda: parts.facts,
        threads=Threads(dict(stored)),
        rules=Rules(asks_note=False, window=context.window, compact_at=context.compact_at, tail=context.tail),
        patience=patience_of(settings),
        cleaner=parts.surroundings.entrance.cleaner,
    )
