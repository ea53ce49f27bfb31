"""A command with the network: it reaches allowed hosts through the proxy, and nothing else."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from mycoder.sandbox import grant
from mycoder.sandbox.proxy import Proxy
from mycoder.sandbox.sandbox import Sandbox
from tests.sandbox.conftest import Opener, sh
from tests.sandbox.test_proxy import Web

pytestmark = pytest.mark.isolation

FETCH = """
import sys, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())
except Exception as fault:
    print("FAILED", fault)
"""


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    web = Web()
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
def reachable(open_at: Opener, port: int, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A bubblewrap sandbox for which every name leads to this machine."""

    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(grant, "Proxy", partial(Proxy, resolve=here, is_open=lambda address: True))
    return open_at("bubblewrap", hosts=(f"a.example:{port}",))


async def fetch(sandbox: Sandbox, url: str, **more: object) -> str:
    (sandbox.root / "fetch.py").write_text(FETCH)
    completed = await sh(sandbox, f"{sys.executable} fetch.py {url}", **more)
    return f"{completed.output}{completed.problem}{completed.note}"


async def test_an_allowed_host_is_reached_and_another_is_refused(reachable: Sandbox, port: int) -> None:
    assert await fetch(reachable, f"http://a.example:{port}/", network=True) == "hello\n"
    said = await fetch(reachable, f"http://b.example:{port}/", network=True)
    assert "FAILED HTTP Error 403" in said
    assert f"The network was refused: b.example:{port} (it is not in sandbox_network.allow)." in said


async def test_without_the_grant_nothing_is_reached(reachable: Sandbox, port: int) -> None:
    assert "FAILED" in await fetch(reachable, f"http://a.example:{port}/")
    completed = await sh(reachable, "env | grep -i proxy; ls /run/mycoder/net")
    assert "3128" not in completed.output
    assert "No such file" in completed.output


async def test_with_the_grant_there_is_no_other_way_out(reachable: Sandbox, port: int) -> None:
    (reachable.root / "direct.py").write_text(
        "import socket, sys\n"
        "for family, kind, place in [(2, 1, ('127.0.0.1', int(sys.argv[1]))), (2, 1, ('1.1.1.1', 443)),\n"
        "                            (2, 2, ('1.1.1.1', 53)), (10, 1, ('2606:4700::1111', 443))]:\n"
        "    try:\n"
        "        one = socket.socket(family, kind); one.settimeout(3); one.connect(place); print('REACHED', place)\n"
        "    except OSError as fault:\n"
        "        print('no', fault.errno)\n"
    )
    completed = await sh(
        reachable, f"{sys.executable} direct.py {port}; cat /etc/hosts >/dev/null", network=True
    )
    assert "REACHED" not in completed.output
    assert completed.output.count("no ") == 4


async def test_the_grant_ends_with_the_command(reachable: Sandbox, tmp_path: Path) -> None:
    completed = await sh(
        reachable, "ls /run/mycoder/net; touch /run/mycoder/net/x; rm /run/mycoder/net/proxy", network=True
    )
    assert completed.output.startswith("proxy\n")
    assert completed.output.count("Read-only file system") == 2
    assert not [name for name in os.listdir(tmp_path) if ".net-" in name]


async def test_exit_codes_words_and_missing_programs_are_as_without(reachable: Sandbox) -> None:
    from mycoder.sandbox.job import Job

    assert (await sh(reachable, "exit 7", network=True)).exit_code == 7
    completed = await sh(reachable, "wait; echo 'a  b' \"$0\"", network=True)
    assert completed.output.startswith("a  b ")
    gone = await reachable.run(Job(argv=("/no/such/program",), cwd=reachable.root, network=True))
    assert gone.exit_code == 127
    assert "No such file" in gone.problem


async def test_what_runs_in_the_background_ends_with_it(reachable: Sandbox) -> None:
    completed = await sh(reachable, "sleep 300 & echo done", network=True, seconds=10)
    assert completed.output == "done\n"
    assert not completed.timed_out


async def test_without_hosts_it_is_said_what_to_do(open_at: Opener) -> None:
    completed = await sh(open_at("bubblewrap"), "true", network=True)
    assert "mycoder config set sandbox_network.allow" in completed.problem


async def test_a_rule_that_cannot_be_read_is_said(open_at: Opener) -> None:
    completed = await sh(open_at("bubblewrap", hosts=("*",)), "true", network=True)
    assert completed.problem.startswith("sandbox_network.allow: ")


async def test_landlock_gives_no_command_the_network(open_at: Opener) -> None:
    completed = await sh(open_at("landlock", hosts=("a.example",)), "true", network=True)
    assert "bubblewrap is needed" in completed.problem


async def test_limits_run_it_as_it_is(open_at: Opener) -> None:
    assert (await sh(open_at("limits"), "echo ran", network=True)).output == "ran\n"
