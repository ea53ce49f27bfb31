"""What a typed line answers. A line that was begun before the question cannot answer it."""

import re
from typing import Literal

import msgspec

from mycoder.protocol.events import Asked

DEAF = 0.5
"""Seconds after a question in which a line answers nothing: it was on its way before that."""
_NUMBER = re.compile(r"(\d+)(?:[.):]?\s+(.*))?\Z", re.DOTALL)


class Verdict(msgspec.Struct, frozen=True):
    """`answer` to send, or why the line is none; "prompt": the line is meant for the model."""

    kind: Literal["answer", "early", "unclear", "prompt"]
    choice: str = ""
    note: str = ""


def judge(asked: Asked, line: str, *, waited: float, was_typing: bool) -> Verdict:
    """What `line` says to `asked`, entered `waited` seconds after it was shown.

    `was_typing` says that there was text in the prompt when the question came.
    """
    text = line.strip()
    if was_typing:
        return Verdict("prompt")
    if waited < DEAF:
        return Verdict("early")
    if not asked.options:
        return Verdict("answer", text) if text else Verdict("unclear")
    match = _NUMBER.match(text)
    if match is None or not 0 < int(match[1]) <= len(asked.options):
        return Verdict("unclear")
    option = asked.options[int(match[1]) - 1]
    note = (match[2] or "").strip()
    if note and not option.id.startswith("deny"):
        return Verdict("unclear")
    return Verdict("answer", option.id, note)


def how_to_answer(asked: Asked, *, is_early: bool) -> str:
    """What to say to an answer that was none, or that came before the question could be read."""
    if is_early:
        return "That came before the question could be read; answer again."
    if asked.options:
        return f"Answer with a number from 1 to {len(asked.options)}; after the one that denies, say why."
    return "Answer in your own words."
