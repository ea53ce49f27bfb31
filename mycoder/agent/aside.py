"""A question to the model that is no part of the conversation: it stands behind it, so that the provider's cache of
all before it is used, and neither the question nor the answer is kept."""

from contextlib import aclosing

import msgspec

from mycoder.agent.reply import Reply, ask
from mycoder.models.model import Model
from mycoder.models.retry import RetryPolicy
from mycoder.protocol.messages import Message, Request
from mycoder.protocol.usage import Usage

MOST_CHARACTERS = 16_000
"""Of an answer; a longer one is no short answer and is cut off."""


class Said(msgspec.Struct, frozen=True):
    """`text` is empty and `problem` says why when there is no answer."""

    text: str = ""
    problem: str = ""
    usage: Usage = Usage()


async def aside(model: Model, request: Request, question: str) -> Said:
    """Asks `question` behind the messages of `request`: tools, parameters and all before it stay byte for byte."""
    asked = msgspec.structs.replace(request, messages=(*request.messages, Message("user", question)))
    reply = Reply()
    size = 0
    async with aclosing(ask(model, asked, RetryPolicy(attempts=1), reply)) as events:
        async for event in events:
            size += len(getattr(event, "text", ""))
            if size > MOST_CHARACTERS:
                return Said(problem="the answer was far too long", usage=reply.usage)
    if reply.failure is not None:
        return Said(problem=reply.failure.message, usage=reply.usage)
    if not reply.text:
        return Said(problem="the answer held no text", usage=reply.usage)
    return Said(reply.text, usage=reply.usage)
