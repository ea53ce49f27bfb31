"""How much of a long table of cases a run takes: a fixed sample, spread over the table, or all with
``MYCODER_TEST_FULL=1``."""

import os
from collections.abc import Sequence
from typing import TypeVar

IS_FULL = os.environ.get("MYCODER_TEST_FULL", "") not in ("", "0")

Case = TypeVar("Case")


def sample(cases: Sequence[Case], every: int, first: int = 0) -> Sequence[Case]:
    """Every `every`-th of `cases` from the one at `first` on, the same in each run; all of them in a full run."""
    return cases if IS_FULL else cases[first::every]
