"""No look-up and no connection but the model's."""

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import call, repository, say, task

pytestmark = pytest.mark.e2e

WATCH = """
import os, sys
def watch(name, arguments):
    if name in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        with open(os.environ["WATCHED"], "a") as file:
            file.write(f"{name} {arguments[-1] if name == 'socket.connect' else arguments[:2]}\\n")
sys.addaudithook(watch)
"""


async def test_only_the_model_is_connected_to(tmp_path):
    place = {"cwd": repository(tmp_path / "r", {"a.py": "x = 1\n"}), "home": tmp_path / "home"}
    watch = tmp_path / "watch"
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(WATCH)
    seen = tmp_path / "seen"
    async with ScriptedServer((call(("shell", {"command": "echo hi"})), say("Hi."))) as server:
        ran = await task("hi", server=server, **place, PYTHONPATH=str(watch), WATCHED=str(seen))
        port = server.url.rsplit(":", 1)[1].split("/")[0]
    assert ran.code == 0, ran.err
    lines = seen.read_text().splitlines()
    assert lines
    assert all(port in line for line in lines), lines
