"""Compaction without a model: what the log knows for certain, in few words, in place of the old messages.

The log keeps everything; only what the model reads becomes shorter. Old tool outputs are the bulk of a long
session and can be read again, so they go first.
"""

from collections.abc import Sequence

from mycoder.agent.conversation import Conversation
from mycoder.models.tokens import estimate_text
from mycoder.protocol.events import ContextCompacted
from mycoder.protocol.messages import Message

USER_BUDGET = 16_000
"""Characters of the person's own words that are kept verbatim, newest and first ones before those between."""

WORDS_OF_ONE = 4_000


def compaction(conversation: Conversation, state: str, tail: int, before: int) -> ContextCompacted:
    """The event that replaces all but about `tail` tokens at the end of `conversation` by a summary.

    `state` is what the session knows now; `before` is the size of the context in tokens, for people.
    """
    messages = conversation.messages
    keep = tail_messages(messages, tail)
    start = conversation.tail_start(keep) if keep else len(messages)
    return ContextCompacted(
        before=before, after=0, summary=summarise(messages[1:start], state), keep=len(messages) - start
    )


def summarise(messages: Sequence[Message], state: str) -> str:
    """The deterministic summary of `messages`; `state` is what the session knows now (files, tests, plan)."""
    parts = [
        "The conversation so far was compacted to fit the model's window. What was said and done before, "
        "from the session's log:"
    ]
    parts.append("## What the person said, word for word\n" + _words(messages))
    if done := _actions(messages):
        parts.append("## What was done, oldest first\n" + done)
    if last := _last_words(messages):
        parts.append("## Your own last words\n" + last)
    if state:
        parts.append(state)
    parts.append("Read files again before you edit them: their old contents are no longer shown.")
    return "\n\n".join(parts)


def tail_messages(messages: Sequence[Message], budget: int) -> int:
    """How many messages at the end fit into `budget` tokens; at least none."""
    used = count = 0
    for message in reversed(messages[1:]):
        used += estimate_text(message.text) + sum(estimate_text(c.arguments) for c in message.calls) + 8
        if used > budget:
            break
        count += 1
    return count


def _words(messages: Sequence[Message]) -> str:
    said = [m.text for m in messages if m.role == "user"]
    kept: list[str] = []
    left = USER_BUDGET
    for text in [*said[:1], *reversed(said[1:])]:
        piece = (
            text
            if len(text) <= WORDS_OF_ONE
            else text[: WORDS_OF_ONE // 2] + " […] " + text[-WORDS_OF_ONE // 2 :]
        )
        if len(piece) > left:
            kept.append(f"[… {len(said) - len(kept)} more in the log]")
            break
        left -= len(piece)
        kept.append(piece)
    return "\n---\n".join([*kept[:1], *reversed(kept[1:])])


def _actions(messages: Sequence[Message], most: int = 60) -> str:
    lines: list[str] = []
    for message in messages:
        lines += [f"- {call.name} {_one_line(call.arguments)}" for call in message.calls]
    cut = len(lines) - most
    return "\n".join(([f"- (… {cut} earlier calls)"] if cut > 0 else []) + lines[-most:])


def _last_words(messages: Sequence[Message]) -> str:
    return next((m.text[-2_000:] for m in reversed(messages) if m.role == "assistant" and m.text), "")


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 140 else flat[:137] + "…"
