"""The tool that keeps the list of what is to be done."""

import re
from typing import Annotated

import msgspec

from mycoder.protocol.blocks import Plan, PlanItem
from mycoder.protocol.events import PlanChanged
from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import ToolContext, tool

MOST_ITEMS = 50
MOST_CHARACTERS = 500

_STATUS = {
    "open": "open",
    "active": "active",
    "done": "done",
    "dropped": "dropped",
    # what other assistants call them
    "": "open",
    "todo": "open",
    "pending": "open",
    "not_started": "open",
    "in_progress": "active",
    "doing": "active",
    "started": "active",
    "complete": "done",
    "completed": "done",
    "finished": "done",
    "cancelled": "dropped",
    "canceled": "dropped",
    "skipped": "dropped",
    "blocked": "open",
}


_NUMBER = re.compile(r"^\s*[-*]?\s*T?(\d{1,3}(?:\.\d{1,3}){0,3})[.:)]?\s+(?=\S)")
_INDENT = re.compile(r"^(?:\t|\s{2,}|\s*[-*]\s)")


class Numbers:
    """Gives each task of a plan its number in the tree: the one that it was written with, else the next one.

    A task without a number that is indented goes below the one before it.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._parent = ""

    def of(self, written: str) -> tuple[str, str]:
        """Number and text of the task `written`; both empty when there is no text."""
        text = " ".join(written.split())
        match = _NUMBER.match(written)
        if match is not None:
            rest = " ".join(written[match.end() :].split())
            wish = f"T{match[1]}"
            # "2 files are left" begins with a number that is none of a task unless it is written like one
            if rest and wish not in self._taken and ("T" in match[0] or "." in match[0] or ")" in match[0]):
                return self._take(wish), rest
        if not text:
            return "", ""
        if self._parent and _INDENT.match(written):
            return self._take(self._next(f"{self._parent}.")), text.lstrip("-* ")
        number = self._take(self._next("T"))
        return number, text

    def _take(self, number: str) -> str:
        self._taken.add(number)
        if "." not in number:
            self._parent = number
        return number

    def _next(self, prefix: str) -> str:
        count = 1
        while f"{prefix}{count}" in self._taken:
            count += 1
        return f"{prefix}{count}"


class Item(msgspec.Struct, frozen=True):
    text: str
    status: Annotated[str, msgspec.Meta(description="open, active, done or dropped")] = "open"


@tool(
    effect=Effect.READ, aliases=("todo", "todo_write", "todowrite", "update_plan", "todo_list"), title="plan"
)
async def plan(services: ToolContext, items: list[Item]) -> ToolResult:
    """Replaces the plan; people see it, the model gets a word of where it stands."""
    del services
    kept: list[PlanItem] = []
    numbers = Numbers()
    for item in items[:MOST_ITEMS]:
        number, text = numbers.of(item.text)
        status = _STATUS.get(item.status.strip().lower().replace("-", "_").replace(" ", "_"))
        if status is None:
            return ToolResult(
                f"There is no status {item.status!r}: use open, active, done or dropped.", ok=False
            )
        if text:
            kept.append(PlanItem(text[:MOST_CHARACTERS], status, number))
    plan = tuple(kept)
    return ToolResult(
        _standing(kept, len(items)), blocks=(Plan(items=plan),), events=(PlanChanged(items=plan),)
    )


def _standing(kept: list[PlanItem], given: int) -> str:
    if not kept:
        return "The plan is empty now."
    done = sum(item.status in ("done", "dropped") for item in kept)
    left = [i for i in kept if i.status == "active"] or [i for i in kept if i.status == "open"]
    words = f"{done} of {len(kept)} done." + (f" Next: {left[0].label.strip()[:80]}" if left else "")
    return words + (f" Only the first {MOST_ITEMS} items are kept." if given > MOST_ITEMS else "")
