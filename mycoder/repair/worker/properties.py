"""Tests by Hypothesis: what each forked child would have to make anew is made once, and no test is given up because
the machine is busy or the test is traced."""

from __future__ import annotations

from typing import Any

_SETTINGS = "_hypothesis_internal_use_settings"


def settle(items: list[Any]) -> bool:
    """Makes Hypothesis's tables of characters (two seconds of processor time, at which a first test would be taken to
    be endless) and lifts its time limit for each example. Says whether there are such tests."""
    tests = [t for t in (getattr(i, "obj", None) for i in items) if getattr(t, "is_hypothesis_test", False)]
    if not tests:
        return False
    try:
        from hypothesis import settings  # late: of the project, and only where its tests have imported it
        from hypothesis.internal import charmap  # late: as above

        for test in tests:
            function = getattr(test, "__func__", test)
            if hasattr(function, _SETTINGS):
                setattr(function, _SETTINGS, settings(getattr(function, _SETTINGS), deadline=None))
        charmap.charmap()
        charmap.intervals_from_codec("utf-8")
    except Exception:  # another version: its tests run as they are
        return True
    return True
