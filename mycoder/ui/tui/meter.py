"""The interface measured from inside: how long its event loop answers nothing while things happen.

``python -m mycoder.ui.tui.meter`` plays a long scripted session and prints one JSON object of figures in
seconds, MB and shares; `mycoder bench tui` runs it and judges. With ``--paint`` it only starts the face, for
whoever measures the first paint from outside.
"""

import asyncio
import gc
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from textual import events as keyboard
from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.widgets import Markdown

from mycoder.protocol import events as ev
from mycoder.protocol.blocks import Diff, Terminal
from mycoder.protocol.usage import Usage
from mycoder.ui.door import Door, Opening, Options
from mycoder.ui.played import PlayedSession
from mycoder.ui.tui import rest
from mycoder.ui.tui.app import MycoderApp, run
from mycoder.ui.tui.views import LiveReply

REPLIES, CALLS = 300, 1_000
STREAM_BYTES, FRAGMENTS = 15_000, 2_500
RESUMED = 10_000
SIZE = (120, 36)
_REPLY = """## Step {0}

The store keeps *every* event of step {0}, and `flush` comes before the effect.

- first point of {0}
- second point

```python
def step_{0}(store: Store) -> int:
    return store.flush({0}) + 1  # counted
```
"""


Act = Callable[[], Awaitable[None] | None]


class Stall:
    """The longest gap between two turns of the event loop while it is entered.

    `longest` is wall time; `work` counts the processor time of this thread only, so that it is the same on a
    machine that others keep busy.
    """

    def __init__(self) -> None:
        self.longest = self.work = 0.0
        self._task: asyncio.Task[None] | None = None

    async def _watch(self) -> None:
        last, worked = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now, work = time.perf_counter(), time.thread_time()
            self.longest = max(self.longest, now - last - 0.001)
            self.work = max(self.work, work - worked)
            last, worked = now, work

    async def __aenter__(self) -> "Stall":
        self._task = asyncio.create_task(self._watch())
        await asyncio.sleep(0.005)
        self.longest = self.work = 0.0
        return self

    async def __aexit__(self, *fault: object) -> None:
        assert self._task is not None
        self._task.cancel()


def long_session(replies: int = REPLIES, calls: int = CALLS) -> Iterator[ev.AnyEvent]:
    """Replies with code blocks, and tool calls between them, in turns."""
    yield ev.SessionStarted(version="0", root="/bench", model="scripted", sandbox="none")
    per = max(1, calls // replies)
    for reply in range(replies):
        yield ev.TurnStarted(prompt=f"task {reply}")
        yield ev.TextAdded(text=_REPLY.format(reply))
        for call in range(per + (reply < calls % replies)):
            name = f"{reply}.{call}"
            if call % 3:
                block: Terminal | Diff = Terminal(command="make", output="line\n" * 50)
            else:
                block = Diff(path="a.py", text="@@ -1,2 +1,2 @@\n-a = 1\n+a = 2\n b\n", added=1, removed=1)
            yield ev.ToolCalled(call_id=name, tool="shell", title=f"shell make {name}")
            yield ev.ToolFinished(call_id=name, output="line\n" * 50, blocks=(block,), seconds=0.2)
        yield ev.UsageChanged(
            model="scripted", usage=Usage(1), total=Usage(reply), context=reply, window=9_999
        )
        yield ev.TurnEnded(reason="done")


def log_of(count: int) -> list[ev.AnyEvent]:
    """The first `count` events of a session as long as needed."""
    found: list[ev.AnyEvent] = []
    for event in long_session(count, 2 * count):
        found.append(event)
        if len(found) == count:
            break
    return found


def app_on(session: Door) -> MycoderApp:
    async def opened(opening: Opening) -> Door:
        return session

    return MycoderApp(Options(root=Path("/bench"), open_session=opened))


async def quiet(seconds: float = 0.25) -> None:
    """Until the screen has had time to follow."""
    await asyncio.sleep(seconds)


async def during(figures: dict[str, float], name: str, act: Act, after: float = 0.4) -> None:
    """Notes the longest stall while `act` happens and is drawn."""
    async with Stall() as stall:
        outcome = act()
        if outcome is not None:
            await outcome
        await quiet(after)
    note(figures, name, stall)


def note(figures: dict[str, float], name: str, stall: Stall) -> None:
    figures[f"{name}_stall"], figures[f"{name}_work"] = stall.longest, stall.work


async def long_run(figures: dict[str, float], replies: int = REPLIES, calls: int = CALLS) -> None:
    """Replies and calls arrive; then what a person does all day is measured."""
    session = PlayedSession()
    app = app_on(session)
    async with app.run_test(size=SIZE, notifications=True):
        await quiet()

        async def arrive() -> None:
            for count, event in enumerate(long_session(replies, calls)):
                session.feed(event)
                if count % 4 == 0:
                    await asyncio.sleep(0.01)

        await during(figures, "append", arrive)
        composer = app.conversation.composer

        async def type_keys() -> None:
            for letter in "hello":
                composer.post_message(keyboard.Key(letter, letter))
                await asyncio.sleep(0.03)

        await during(figures, "key", type_keys)

        async def look_away() -> None:
            app.post_message(keyboard.AppBlur())
            await asyncio.sleep(0.1)
            app.post_message(keyboard.AppFocus())

        await during(figures, "focus", look_away)

        def recolour() -> None:
            app.theme = "paper"

        await during(figures, "theme", recolour, 1.0)

        def resize() -> None:
            size = Size(100, 30)
            app.post_message(keyboard.Resize(size, size, size))

        await during(figures, "resize", resize, 1.0)
        figures["views"] = len(app.conversation.chat.views)
        # idle begins when the collection after the last turn is over
        session.feed(ev.TurnEnded(reason="done"))
        await quiet(2 * rest.QUIET + 1.0)
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.sleep(3.0)
        figures["idle_cpu"] = (time.process_time() - cpu) / (time.perf_counter() - began)
        figures["rss_mb"] = resident()


class Alone(App[None]):
    """Nothing but a Markdown widget, to compare with."""

    def compose(self) -> ComposeResult:
        yield Markdown()


async def streaming(figures: dict[str, float]) -> None:
    """One reply of 15 kB in 2,500 fragments: the whole face against a MarkdownStream alone."""
    text = "".join(_REPLY.format(number) for number in range(100))[:STREAM_BYTES]
    step = -(-len(text) // FRAGMENTS)
    fragments = [text[at : at + step] for at in range(0, len(text), step)]
    session = PlayedSession([ev.TurnStarted(prompt="go")])
    app = app_on(session)
    async with app.run_test(size=SIZE):
        await quiet()
        async with Stall() as stall:
            began = time.perf_counter()
            for fragment in fragments:
                session.feed(ev.TextAdded(text=fragment))
                await asyncio.sleep(0)
            while not _has_drawn(app, text):
                await asyncio.sleep(0.005)
            figures["stream"] = time.perf_counter() - began
        note(figures, "stream_loop", stall)
    bare = Alone()
    async with bare.run_test(size=SIZE) as pilot:
        await pilot.pause()
        began = time.perf_counter()
        stream = Markdown.get_stream(bare.query_one(Markdown))
        for fragment in fragments:
            await stream.write(fragment)
        while len(bare.query_one(Markdown).source) < len(text):
            await asyncio.sleep(0.005)
        figures["stream_alone"] = time.perf_counter() - began
        await stream.stop()
    figures["stream_ratio"] = figures["stream"] / figures["stream_alone"]


def _has_drawn(app: MycoderApp, text: str) -> bool:
    """Whether the living reply holds all of `text`."""
    replies = [view for view in app.conversation.chat.views.values() if isinstance(view, LiveReply)]
    return bool(replies) and replies[-1].written >= len(text)


async def resuming(figures: dict[str, float]) -> None:
    """A stored session of 10,000 events: from opening to its tail on the screen."""
    session = PlayedSession(log_of(RESUMED))
    app = app_on(session)
    async with Stall() as stall, app.run_test(size=SIZE):
        began = time.perf_counter()
        chat = app.conversation.chat
        while not chat.views or chat.last < len(chat.entries) or len(chat.entries) < RESUMED // 4:
            await asyncio.sleep(0.005)
        figures["resume"] = time.perf_counter() - began
        await quiet()
    note(figures, "resume_loop", stall)


def resident() -> float:
    """Resident memory in MB; the most so far where /proc is not there."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


async def measure() -> dict[str, float]:
    rest.begin()
    figures: dict[str, float] = {}
    for part in (long_run, streaming, resuming):
        await part(figures)
        gc.collect()
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> int:
    if "--paint" in sys.argv:

        async def never(opening: Opening) -> Door:
            await asyncio.sleep(3_600)
            raise AssertionError

        return run(Options(root=Path.cwd(), open_session=never))
    sys.stdout.write(json.dumps(asyncio.run(measure())) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
