"""A model that plays deltas, and a turn around it, for tests of the loop."""

from collections.abc import Sequence

from mycoder.agent.conversation import Conversation
from mycoder.agent.gate import Gate, GateRules
from mycoder.agent.goal import CheckRun, Ending
from mycoder.agent.keeper import Keeper, Rules
from mycoder.agent.limits import Budget, Meter
from mycoder.agent.loop import Inbox, Turn
from mycoder.agent.toolbox import Toolbox
from mycoder.models.model import CallDelta, Card, Failed, Finished, TextDelta
from mycoder.models.retry import RetryPolicy
from mycoder.protocol.events import SessionStarted
from mycoder.protocol.messages import Request
from mycoder.protocol.usage import Usage


def says(text: str, *, finish="stop", usage=None):
    return [TextDelta(text[i : i + 3]) for i in range(0, len(text), 3)] + [
        Finished(finish, usage or Usage(input=100, output=5))
    ]


def calls(*named: tuple[str, str], text=""):
    deltas = [TextDelta(text)] if text else []
    for index, (name, arguments) in enumerate(named):
        half = len(arguments) // 2
        deltas += [
            CallDelta(index, f"c{index}", name, arguments[:half]),
            CallDelta(index, arguments=arguments[half:]),
        ]
    return [*deltas, Finished("tool_calls", Usage(input=100, output=5))]


class Player:
    """Plays one list of deltas a request; the last one again and again when they are used up."""

    name = "played/model"

    def __init__(self, replies: Sequence[list], window: int = 0) -> None:
        self.replies, self.requests, self.window, self.closed = list(replies), [], window, 0

    def card(self) -> Card:
        return Card(self.name, window=self.window, input_price=1e-6, output_price=2e-6)

    async def stream(self, request: Request):
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        try:
            for delta in reply:
                if callable(delta):
                    await delta()
                else:
                    yield delta
        finally:
            self.closed += 1

    async def aclose(self) -> None:
        return None


class NoTests:
    """A project without tests."""

    command = ""

    def digest(self) -> str:
        return ""

    async def run(self):
        return
        yield


async def passes(command: str) -> CheckRun:
    return CheckRun(is_passed=True)


def turn_of(
    model, tools, room, *, judge=None, budget=Budget(), rules=Rules(asks_note=False), check=passes, **options
) -> Turn:
    conversation = Conversation()
    conversation.apply(SessionStarted(version="1", root="/r", model="m", system="system", facts="facts"))
    meter = Meter(budget)
    return Turn(
        conversation=conversation,
        model=model,
        toolbox=Toolbox(tools, room),
        gate=Gate(judge or NoTests(), GateRules(refusals=2)),
        meter=meter,
        keeper=Keeper(conversation, meter, rules=rules),
        ending=Ending(check),
        inbox=Inbox(),
        request=lambda messages: Request(messages),
        retries=RetryPolicy(first_delay=0, max_delay=0, attempts=3),
        **options,
    )


def fails(kind="server", status=503):
    return [TextDelta("half a"), Failed(kind, "the provider is away", status)]
