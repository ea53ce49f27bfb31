"""The interface answers while much happens. Judged by processor time, which a busy machine does not change."""

import gc

import pytest

from mycoder.bench.tui import AIMS, judged, table
from mycoder.ui.tui import meter

SLACK = 2.0
"""Machines differ by this much; a tree of living widgets misses the aims twentyfold."""


@pytest.fixture
def no_collection():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_no_stall_while_a_session_arrives_and_a_person_types(no_collection):
    figures = {}
    await meter.long_run(figures, replies=80, calls=260)
    aims = {aim.figure: aim.most for aim in AIMS}
    for name in ("key", "append", "focus", "theme", "resize"):
        assert figures[f"{name}_work"] <= SLACK * aims[name], (name, figures)
    assert figures["views"] <= 120


async def test_a_long_log_is_on_the_screen_at_once(no_collection):
    figures = {}
    await meter.resuming(figures)
    assert figures["resume_loop_work"] <= 0.3


def test_figures_are_judged_by_work_where_it_is_known():
    verdicts = {
        aim.figure: is_met for aim, _, is_met in judged({"key_work": 0.01, "key_stall": 9, "resume": 2.0})
    }
    assert verdicts == {"key": True, "resume": False}
    assert "MISSED" in table({"resume": 2.0})
