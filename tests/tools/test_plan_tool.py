from types import SimpleNamespace
from typing import Any

import pytest

from mycoder.protocol.blocks import Plan, PlanItem
from mycoder.protocol.events import PlanChanged
from mycoder.protocol.tooling import ToolResult
from mycoder.tools.plan import MOST_ITEMS, Item, plan


async def make(*items: Item) -> ToolResult:
    services: Any = SimpleNamespace()
    return await plan.call(services, plan.arguments(items=list(items)))


async def test_the_plan_is_shown_and_confirmed_in_a_line() -> None:
    result = await make(Item("read"), Item("fix  it\n", "in_progress"), Item("look", "Completed"))
    items = (PlanItem("read", "open"), PlanItem("fix it", "active"), PlanItem("look", "done"))
    told = (PlanChanged(items=items),)
    assert result == ToolResult("1 of 3 done. Next: fix it", blocks=(Plan(items=items),), events=told)


async def test_an_empty_plan() -> None:
    empty = ToolResult("The plan is empty now.", blocks=(Plan(),), events=(PlanChanged(items=()),))
    assert await make(Item(" ")) == empty


async def test_all_done() -> None:
    assert (await make(Item("a", "done"), Item("b", "cancelled"))).output == "2 of 2 done."


async def test_an_unknown_status_is_answered() -> None:
    result = await make(Item("a", "perhaps"))
    assert not result.ok
    assert "use open, active, done or dropped" in result.output


async def test_a_plan_without_end_is_cut() -> None:
    result = await make(*(Item(f"{i}" * 400) for i in range(80)))
    (block,) = result.blocks
    assert isinstance(block, Plan)
    assert len(block.items) == MOST_ITEMS
    assert result.output.endswith(f"Only the first {MOST_ITEMS} items are kept.")
    assert len(result.output) < 200


def test_what_the_model_is_told() -> None:
    items = plan.spec.schema["properties"]["items"]
    assert items["items"]["required"] == ["text"]
    assert items["items"]["properties"]["status"] == {
        "type": "string",
        "description": "open, active, done or dropped",
    }
    assert len(plan.description) < 200


@pytest.mark.parametrize("alias", ["todo", "update_plan", "todowrite"])
def test_names_that_models_know(alias: str) -> None:
    assert alias in plan.aliases
