"""The tool that keeps the list of what is to be done."""

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
    for item in items[:MOST_ITEMS]:
        text = " ".join(item.text.split())[:MOST_CHARACTERS]
        status = _STATUS.get(item.status.strip().lower().replace("-", "_").replace(" ", "_"))
        if status is None:
            return ToolResult(
                f"There is no status {item.status!r}: use open, active, done or dropped.", ok=False
            )
        if text:
            kept.append(PlanItem(text, status))
    plan = tuple(kept)
    return ToolResult(
        _standing(kept, len(items)), blocks=(Plan(items=plan),), events=(PlanChanged(items=plan),)
    )


def _standing(kept: list[PlanItem], given: int) -> str:
    if not kept:
        return "The plan is empty now."
    done = sum(item.status in ("done", "dropped") for item in kept)
    left = [item.text for item in kept if item.status == "active"] or [
        i.text for i in kept if i.status == "open"
    ]
    words = f"{done} of {len(kept)} done." + (f" Next: {left[0][:80]}" if left else "")
    return words + (f" Only the first {MOST_ITEMS} items are kept." if given > MOST_ITEMS else "")
