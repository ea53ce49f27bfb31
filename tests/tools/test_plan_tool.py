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
    items = (
        PlanItem("read", "open", "T1"),
        PlanItem("fix it", "active", "T2"),
        PlanItem("look", "done", "T3"),
    )
    told = (PlanChanged(items=items),)
    assert result == ToolResult("1 of 3 done. Next: T2 fix it", blocks=(Plan(items=items),), events=told)


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        (["a", "b", "c"], ["T1", "T2", "T3"]),
        (["T1 a", "T1.1 b", "T1.2 c", "T2 d"], ["T1", "T1.1", "T1.2", "T2"]),
        (["1. a", "1.1 b", "2) c"], ["T1", "T1.1", "T2"]),
        (["a", "  b", "- c", "d"], ["T1", "T1.1", "T1.2", "T2"]),
        (["T2 b", "a", "T2 again"], ["T2", "T1", "T3"]),
        (["2 files are left", "3 more"], ["T1", "T2"]),
    ],
)
async def test_tasks_form_a_tree(written: list[str], numbers: list[str]) -> None:
    (event,) = (await make(*map(Item, written))).events
    assert isinstance(event, PlanChanged)
    assert [item.id for item in event.items] == numbers
    assert all(item.text for item in event.items)


async def test_what_is_sent_back_keeps_its_numbers() -> None:
    (first,) = (await make(Item("a"), Item("  b"), Item("c"))).events
    assert isinstance(first, PlanChanged)
    (again,) = (await make(*(Item(item.label, item.status) for item in first.items))).events
    assert again == first


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
