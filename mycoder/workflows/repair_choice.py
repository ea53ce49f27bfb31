"""Several patches make the tests pass and behave differently: a person is asked which behaviour is right."""

from collections.abc import AsyncIterator, Callable, Sequence

import msgspec

from mycoder.protocol.blocks import AnyBlock, Diff, Text
from mycoder.protocol.events import AnyEvent, Asked, AskOption, AskSettled
from mycoder.repair.outcome import Choice, Patch, RepairOutcome, Verified

NONE = "deny"
"""Id of the choice of none; after it every face takes words about why."""
LONGEST_CALLS, LONGEST_LABEL = 60, 36
"""Characters of the calls in the question, and of what an option says that a patch does: neither scrolls."""
LONGEST_WHY = 120
"""Characters of why a patch was refused: the name of a test, or what a worker said last."""

Choose = Callable[[Asked], AsyncIterator[AnyEvent]]
"""Asks a person, and gives the question an id; the last event is an AskSettled."""
Judge = Callable[[Patch], AsyncIterator[AnyEvent | Verified]]
"""Runs the whole suite with a patch that was not verified; the last item is what it showed."""


class Picked(msgspec.Struct):
    """What a person made of the patches, filled while they are asked."""

    is_asked: bool = False
    """Whether they were, and took `patch` or none."""
    patch: Patch | None = None
    verified: Verified | None = None
    """What the whole suite showed with `patch`; None for the best one, which the engine has verified."""
    refused: list[str] = []
    """Patches that they took and the whole suite refused, a sentence each."""
    declined: str = ""
    """In a sentence that they want none, and why."""


async def pick(
    outcome: RepairOutcome, choose: Choose, judge: Judge, picked: Picked, call: str
) -> AsyncIterator[AnyEvent]:
    """Asks until a patch is taken that the whole suite lets pass, or none is wanted."""
    picked.is_asked = True
    left = list(outcome.choices)
    while True:
        settled: AskSettled | None = None
        async for event in choose(_question(outcome, left, picked.refused, call)):
            settled = event if isinstance(event, AskSettled) else settled
            yield event
        number = _number(settled)
        if settled is None or not 0 <= number < len(left):
            picked.declined = _declined(len(outcome.choices), settled.note if settled else "")
            return
        chosen = left[number]
        if chosen.patch is outcome.best:
            picked.patch = chosen.patch
            return
        async for item in judge(chosen.patch):
            if isinstance(item, Verified):
                picked.verified = item
            else:
                yield item
        if picked.verified is not None and not picked.verified.red:
            picked.patch = chosen.patch
            return
        picked.refused.append(_refused(chosen.patch, picked.verified))
        del left[number]


def behaviour(choice: Choice, longest: int) -> str:
    """What the patch does, e.g. ``clamp(12, 0, 10) returns 10; clamp(-1, 0, 10) returns 0``."""
    said = [f"{_cut(a.call, longest)} {_cut(a.does, longest)}" for a in choice.answers]
    return "; ".join(said)


def diff_of(patch: Patch, text: str) -> Diff:
    """`text`, one of the patch's diffs, as a block."""
    lines = text.splitlines()
    added, removed = (
        sum(line.startswith(sign) and not line.startswith(sign * 3) for line in lines) for sign in "+-"
    )
    return Diff(path=patch.path, text=text, added=added, removed=removed)


def _question(outcome: RepairOutcome, left: Sequence[Choice], refused: Sequence[str], call: str) -> Asked:
    answers = outcome.choices[0].answers
    if len(left) == 1:
        question = "Is this behaviour right?"
        reason = "Of the edits that were shown only this one is left. If you choose it, it is written."
    else:
        *most, last = [_cut(answer.call, LONGEST_CALLS // len(answers)) for answer in answers]
        question = f"What should {' and '.join([*([', '.join(most)] if most else []), last])} do?"
        reason = (
            f"{outcome.plausible} edits make the tests pass; these {len(left)} behave differently. "
            "The one that you choose is written."
        )
    options = [_option(number, choice, outcome) for number, choice in enumerate(left)]
    blocks: list[AnyBlock] = []
    for number, choice in enumerate(left, 1):
        blocks += [
            Text(text=f"{number}  {_place(choice.patch)}: {behaviour(choice, 500)}"),
            diff_of(choice.patch, choice.patch.bare),
        ]
    return Asked(
        ask_id="",
        kind="question",
        question=question,
        call_id=call,
        options=(*options, AskOption(NONE, "none of them: nothing is written")),
        blocks=tuple(blocks),
        reason=" ".join([*refused[-1:], reason]),
    )


def _option(number: int, choice: Choice, outcome: RepairOutcome) -> AskOption:
    """A row or two of a narrow terminal, in the order of the calls in the question; the blocks hold all of it."""
    longest = LONGEST_LABEL // len(choice.answers)
    does = "; ".join(_cut(answer.does, longest) for answer in choice.answers)
    mark = ", the engine's choice" if choice.patch is outcome.best else ""
    is_one_file = len({c.patch.path for c in outcome.choices}) == 1
    where = f"line {choice.patch.line}" if is_one_file else _place(choice.patch)
    return AskOption(f"patch-{number}", f"{does} ({where}{mark})")


def _number(settled: AskSettled | None) -> int:
    """Place of the choice that was taken; -1 for none, and for an answer that is no choice."""
    number = settled.choice.removeprefix("patch-") if settled else ""
    return int(number) if number.isdecimal() and settled and settled.choice != number else -1


def _place(patch: Patch) -> str:
    return f"{patch.path}:{patch.line}"


def _declined(count: int, note: str) -> str:
    why = f" ({note})" if note else ""
    return f"None of the {count} patches that were shown was wanted{why}, so nothing was written."


def _refused(patch: Patch, verified: Verified | None) -> str:
    why = _cut(verified.red[0], LONGEST_WHY) if verified and verified.red else "it could not be run"
    more = f" and {len(verified.red) - 1} more" if verified and len(verified.red) > 1 else ""
    return f"The patch at {_place(patch)} does not stand the whole suite: {why}{more}."


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 2 + 1 :]}"
