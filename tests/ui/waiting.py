"""Waiting for the screen to be at rest: for what it still has to do, never for a time."""

import asyncio
import time
import unicodedata

from textual import events
from textual.app import App
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key

ROUNDS = 12
"""Turns of the event loop in which nothing may be left to do: what only hands on takes a turn for each hand."""
SOON = 1.5
"""A timer that is due within this many seconds is waited for; longer ones take messages off the screen again."""
PATIENCE = 60.0


async def at_rest(app: App) -> None:
    """Returns when all that was begun is on the screen, however slow the machine is."""
    end = time.monotonic() + PATIENCE
    still = 0
    while still < ROUNDS:
        busy = left_to_do(app)
        assert time.monotonic() < end, f"never at rest: {busy}"
        still = 0 if busy else still + 1
        await asyncio.sleep(0.005 if busy else 0)


async def press(pilot, *keys) -> None:
    """Keys by their names, each when the screen rests from the one before."""
    for key in keys:
        await at_rest(pilot.app)
        pilot.app.post_message(key_event(key))
    await at_rest(pilot.app)


def key_event(key: str) -> events.Key:
    if len(key) == 1 and not key.isalnum():
        key = _character_to_key(key)
    try:
        character = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(key, key)))
    except KeyError:
        character = key if len(key) == 1 else None
    return events.Key(key, character)


def left_to_do(app: App) -> str:
    """What has yet to happen, in words; empty when nothing has."""
    feed = getattr(getattr(app, "conversation", None), "feed", None)
    if feed is not None and feed.is_behind:
        return "events that are not shown"
    if app.animator._animations or app.animator._scheduled:
        return "an animation"
    if busy := [worker for worker in app.workers if worker.group != "feed" and not worker.is_finished]:
        return f"workers: {busy}"
    for screen in app.screen_stack:
        if screen is app.screen and (screen._dirty_widgets or screen._layout_required or screen._callbacks):
            return f"drawing of {screen}"
        for pump in (app, screen, *screen.walk_children()):
            if pump.message_queue_size or pump._next_callbacks or not pump._is_mounted:
                return f"messages of {pump}"
            if any(_is_due(timer) for timer in pump._timers):
                return f"timers of {pump}"
    return ""


def _is_due(timer) -> bool:
    is_going = timer._task is not None and not timer._task.done() and timer._active.is_set()
    return is_going and timer._repeat == 0 and timer._interval < SOON


async def until(condition, what="it") -> None:
    """Returns when `condition()` holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen"
        await asyncio.sleep(0.005)
