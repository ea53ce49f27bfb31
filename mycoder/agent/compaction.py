"""The plain summary: what stands for the old messages where checkpoints are switched off.

It is made of the messages alone, so each compaction forgets a part of what the one before had kept. It is here for
comparison and for those who want nothing kept.
"""

from collections.abc import Sequence

from mycoder.agent.shorten import to_tokens
from mycoder.protocol.messages import Message

HEAD = "The conversation so far was compacted to fit the model's window."
FOOT = "Read files again before you edit them: their old contents are no longer shown."


def plain_summary(messages: Sequence[Message], budget: int) -> str:
    """The person's words and the calls in `messages`, in about `budget` tokens at most."""
    words = "\n---\n".join(m.text for m in messages if m.role == "user")
    calls = [f"- {call.name} {_one_line(call.arguments)}" for m in messages for call in m.calls]
    parts = [HEAD, "## What the person said, word for word\n" + to_tokens(words, budget // 2)]
    if calls:
        done = "\n".join(calls[-60:])
        parts.append("## What was done, oldest first\n" + to_tokens(done, budget // 4))
    return "\n\n".join([*parts, FOOT])


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 140 else flat[:137] + "…"
