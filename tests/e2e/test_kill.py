"""kill -9 at the boundaries between two events of a 12-step run; what was acknowledged is there, nothing is done twice.

At every fifth boundary, and at each of them with ``MYCODER_TEST_FULL=1``.
"""

import json
import re
import sys

import pytest

from mycoder.models.script import When
from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import call, repository, say, task, tree
from tests.sampling import IS_FULL

pytestmark = pytest.mark.e2e

KILLED = """
import os, signal, sys
import mycoder.session.store as store
left = int(sys.argv.pop(1))
append = store.Log.append
def counted(log, event):
    global left
    append(log, event)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
store.Log.append = counted
from mycoder.__main__ import main
sys.exit(main())
"""
"""The real main of the real store, with a SIGKILL from inside right after the n-th event reached the kernel."""

FILES = {"notes.txt": "start\n", "code.py": "one = 1\n"}


def model(request):
    """Twelve steps that can be told apart by what the tree holds: each writes its own line once.

    A step whose result says that it was not done is sent again, as a model would.
    """
    results = [m.text for m in request.messages if m.role == "tool" and "nothing was changed" not in m.text]
    number = len({found for text in results for found in re.findall(r"(?:line|part)-(\d+)", text)})
    if number >= 12:
        return {"text": "All twelve lines are written."}
    if number % 3 == 2:
        command = f"grep -q line-{number:02d} notes.txt || echo line-{number:02d} >> notes.txt; grep line-{number:02d} notes.txt"
        return {"calls": [{"tool": "shell", "arguments": {"command": command}}]}
    path = f"part-{number:02d}.txt"
    return {"calls": [{"tool": "write", "arguments": {"path": path, "content": f"line-{number:02d}\n"}}]}


async def finished(place, server, count):
    """Runs until killed after `count` events, then goes on; returns the run that ended properly."""
    command = (sys.executable, "-c", KILLED, str(count))
    first = await task("write twelve lines", "--allow-unverified", server=server, command=command, **place)
    if first.code == 0:
        return first, True
    assert first.code == -9, first.err
    deltas = ("Stream", "TextAdded", "ThoughtAdded", "ToolProgressed")
    acknowledged = {e["seq"] for e in first.events if e["type"] not in deltas}
    again = await task("go on", "--continue", "--allow-unverified", server=server, **place)
    assert again.code == 0, again.err
    (log,) = (place["home"] / ".local/state/mycoder/sessions").glob("*.jsonl")
    stored = {json.loads(line).get("seq") for line in log.read_text().splitlines()[1:]}
    assert acknowledged <= stored, "an event that was told is not in the log"
    return again, False


PARTS = 4
STRIDE = 1 if IS_FULL else 5


@pytest.mark.parametrize("part", range(PARTS))
async def test_killed_anywhere_it_goes_on(tmp_path, part):
    expected = None
    count = part * STRIDE + 1
    while True:
        place = {"cwd": repository(tmp_path / f"r{count}", FILES), "home": tmp_path / f"h{count}"}
        async with ScriptedServer((), model) as server:
            _, was_whole = await finished(place, server, count)
        after = tree(place["cwd"])
        lines = after["notes.txt"].decode().split()
        assert len(lines) == len(set(lines)), f"killed after event {count}: a command ran twice"
        expected = expected or {
            f"part-{n:02d}.txt": f"line-{n:02d}\n".encode() for n in range(12) if n % 3 != 2
        }
        assert {k: v for k, v in after.items() if k.startswith("part")} == expected, (
            f"killed after event {count}"
        )
        assert lines == ["start", "line-02", "line-05", "line-08", "line-11"]
        if was_whole:
            return
        count += PARTS * STRIDE


async def test_a_half_done_edit_is_told_as_what_it_is(tmp_path):
    place = {"cwd": repository(tmp_path / "r", FILES), "home": tmp_path / "h"}
    steps = (
        call(("edit", {"path": "code.py", "old": "one = 1", "new": "one = 2"}), when=When(results=0)),
        say("Seen.", when=When(last="mycoder was stopped|go on")),
    )
    async with ScriptedServer(steps) as server:
        killed = (sys.executable, "-c", KILLED, "4")
        first = await task("edit it", server=server, command=killed, **place)
        assert first.code == -9
        await task("go on", "--continue", server=server, **place)
    assert "nothing was changed" in server.requests[-1].body.decode()
    assert (place["cwd"] / "code.py").read_text() == "one = 1\n"
