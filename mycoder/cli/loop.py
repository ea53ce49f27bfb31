"""Running a coroutine to its end, and then ending: a process without a person must never hang."""

import asyncio
from collections.abc import Coroutine
from typing import Any

LEFT_OVER = 1.0
"""Seconds that tasks which were left behind have to end."""


def run_to_end(main: Coroutine[Any, Any, int]) -> int:
    """As ``asyncio.run``, which waits for ever for a task that cannot be cancelled: it is left behind here.

    One is known: cancelling ``asyncio.create_subprocess_exec`` while it starts the process (Python 3.11).
    """
    loop = asyncio.new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(main)
    finally:
        # what is left cannot tell anybody anything; its complaints would only follow the result
        loop.set_exception_handler(lambda _loop, _context: None)
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=LEFT_OVER))
        asyncio.set_event_loop(None)
        loop.close()
