"""Real attacks against real levels: what a command must not be able to do. Skipped, loudly, where a level is
missing."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from mycoder.sandbox.sandbox import Sandbox
from tests.sandbox.conftest import SECRET, Opener, sh

pytestmark = pytest.mark.isolation


@pytest.mark.parametrize(
    "place",
    [
        "{home}/.bashrc",
        "{home}/new",
        "{beside}",
        "/etc/mycoder-was-here",
        "/usr/x",
        "{home}/.ssh/authorized_keys",
    ],
)
async def test_nothing_outside_is_written(isolating: Sandbox, home: Path, place: str) -> None:
    target = Path(place.format(home=home, beside=isolating.root.parent / "beside"))
    before = target.read_bytes() if target.exists() else None
    for command in (
        f"echo x > {target}",
        f"ln -sf /bin/sh {target}",
        f"mv a.txt {target}",
        f"rm -f {target}; touch {target}",
    ):
        await sh(isolating, command)
    assert (target.read_bytes() if target.exists() else None) == before
    assert not target.is_symlink()


async def test_nothing_outside_is_deleted_or_moved(isolating: Sandbox, home: Path) -> None:
    await sh(isolating, "rm -rf ~/.ssh ~/.gitconfig ../../.bashrc; mv ~/.aws ./aws; rm -rf ~ / 2>/dev/null")
    assert (home / ".ssh" / "id_ed25519").read_text() == SECRET
    assert (home / ".gitconfig").exists()
    assert (home / ".bashrc").exists()
    assert (home / ".aws").is_dir()


async def test_the_rest_of_home_can_be_read(isolating: Sandbox) -> None:
    """Else the tests of what cannot be read would show nothing."""
    assert (await sh(isolating, "cat ~/.bashrc")).output == "# mine\n"


async def test_the_repository_and_tmp_are_written(isolating: Sandbox) -> None:
    completed = await sh(
        isolating,
        "echo x > new && rm a.txt && mkdir -p d/e && mv new d/e/ && echo y > $TMPDIR/t && "
        "cat d/e/new $TMPDIR/t",
    )
    assert completed.output == "x\ny\n"
    assert (isolating.root / "d" / "e" / "new").read_text() == "x\n"
    assert (await sh(isolating, "cat $TMPDIR/t")).output == "y\n", "tmp lasts for the session"


async def test_credentials_cannot_be_read(isolating: Sandbox, home: Path) -> None:
    completed = await sh(
        isolating,
        "cat ~/.ssh/* ~/.aws/* ~/.netrc ~/.config/gcloud/* ~/.mozilla/*; cp -r ~/.ssh . ; "
        "cat .ssh/*; ln -s ~/.netrc l; cat l; grep -r CANARY ~ 2>/dev/null",
    )
    assert SECRET not in completed.output


async def test_own_folders_cannot_be_read(open_at: Opener, isolating: Sandbox, tmp_path: Path) -> None:
    private = tmp_path / "state" / "mycoder"
    private.mkdir(parents=True)
    (private / "log").write_text(SECRET)
    hiding = open_at(isolating.level, hidden=(private,))
    assert SECRET not in (await sh(hiding, f"cat {private}/log; ls -la {private}")).output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could read it at all")
async def test_password_hashes_cannot_be_read(isolating: Sandbox) -> None:
    assert ":" not in (await sh(isolating, "cat /etc/shadow 2>/dev/null")).output


async def test_the_environment_of_others_cannot_be_read(isolating: Sandbox) -> None:
    """Case 73: the keys of mycoder are in its own environment."""
    completed = await sh(
        isolating,
        f""
        f"cat /proc/$PPID/environ /proc/{os.getpid()}/environ /proc/{os.getppid()}/environ /proc/1/environ | "
        f"tr '\\0' '\\n'",
    )
    assert "PYTEST_CURRENT_TEST" not in completed.output


async def test_mycoder_cannot_be_signalled(isolating: Sandbox) -> None:
    completed = await sh(isolating, f"kill -0 {os.getpid()} && echo reached")
    assert "reached" not in completed.output


TOUCH = (
    "import socket; s = socket.create_connection(('127.0.0.1', {port}), 2); s.send(b'hi'); print('reached')"
)

NETWORK = {
    "bash": "exec 3<>/dev/tcp/127.0.0.1/{port} && echo reached",
    "curl": "curl -s -m 2 http://127.0.0.1:{port}/ && echo reached",
    "python": f'{sys.executable} -c "{TOUCH}"',
    "udp": "echo x > /dev/udp/127.0.0.1/{port} && echo sent",
}


@pytest.mark.parametrize("way", NETWORK)
async def test_there_is_no_way_to_a_server_outside(isolating: Sandbox, way: str) -> None:
    connections = []
    server = await asyncio.start_server(lambda reader, writer: connections.append(writer), "127.0.0.1", 0)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    port = server.sockets[0].getsockname()[1]
    udp.bind(("127.0.0.1", port))
    udp.setblocking(False)
    try:
        completed = await sh(isolating, NETWORK[way].format(port=port))
        assert "reached" not in completed.output
        await asyncio.sleep(0.05)
        assert not connections
        with pytest.raises(BlockingIOError):
            udp.recv(10)
    finally:
        server.close()
        udp.close()


async def test_sockets_of_other_programs_cannot_be_reached(
    isolating: Sandbox, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desktop's message bus or a container daemon would run commands for us (case 67)."""
    monkeypatch.chdir(home)
    abstract = f"\0mycoder-test-{os.getpid()}"
    places = ["/run/mycoder-test.sock"] if os.access("/run", os.W_OK) else []
    servers = [
        await asyncio.start_unix_server(lambda reader, writer: writer.close(), place)
        for place in (*places, abstract)
    ]
    try:
        for place in (*places, "\\0" + abstract[1:]):
            code = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{place}'); print('reached')"
            assert "reached" not in (await sh(isolating, f'{sys.executable} -c "{code}"')).output
    finally:
        for server in servers:
            server.close()
        for place in places:
            os.unlink(place)


async def test_bubblewrap_has_a_loopback_of_its_own(bubblewrap: Sandbox) -> None:
    """Tests that start a server have to work."""
    code = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); "
        "c = socket.create_connection(s.getsockname()); "
        "s.accept()[0].send(b'own'); print(c.recv(9))"
    )
    assert (await sh(bubblewrap, f'{sys.executable} -c "{code}"')).output == "b'own'\n"


async def test_more_folders_can_be_writable(
    isolating: Sandbox, open_at: Opener, home: Path, tmp_path: Path
) -> None:
    for name in ("lasting", "once"):
        (tmp_path / name).mkdir()
    sandbox = open_at(isolating.level, writable=(tmp_path / "lasting",))
    command = f"echo a > {tmp_path}/lasting/f; echo b > {tmp_path}/once/f"
    await sh(sandbox, command)
    assert (tmp_path / "lasting" / "f").exists()
    assert not (tmp_path / "once" / "f").exists()
    await sh(sandbox, command, writable=(tmp_path / "once",))
    assert (tmp_path / "once" / "f").exists()


async def test_the_cache_at_home_is_private_but_shows_the_real_one(bubblewrap: Sandbox, home: Path) -> None:
    completed = await sh(
        bubblewrap,
        "cat ~/.cache/tool/thing; echo x > ~/.cache/new; echo evil > ~/.cache/tool/thing; "
        "mkdir ~/.cache/go-build; cat ~/.cache/new",
    )
    assert completed.output.startswith("cached")
    assert completed.output.endswith("x\n")
    assert (home / ".cache" / "tool" / "thing").read_text() == "cached"
    assert os.listdir(home / ".cache") == ["tool"]
    assert (await sh(bubblewrap, "cat ~/.cache/new")).output == "x\n"


async def test_tokens_in_the_cache_are_hidden_wherever_it_is_seen(bubblewrap: Sandbox, home: Path) -> None:
    token = home / ".cache" / "huggingface" / "token"
    token.parent.mkdir()
    token.write_text(SECRET)
    assert (
        SECRET
        not in (await sh(bubblewrap, "cat ~/.cache/huggingface/token; grep -r CANARY ~/.cache /run")).output
    )


async def test_tmp_of_the_machine_is_not_seen(isolating: Sandbox) -> None:
    place = Path("/tmp") / f"mycoder-test-{os.getpid()}"
    place.write_text(SECRET)
    try:
        assert SECRET not in (await sh(isolating, f"cat {place}; echo evil > {place}")).output
        assert place.read_text() == SECRET
    finally:
        place.unlink()


async def test_no_capability_is_left(isolating: Sandbox) -> None:
    completed = await sh(isolating, "grep -E 'Cap(Eff|Prm|Inh|Amb)|NoNewPrivs' /proc/self/status")
    for line in completed.output.splitlines():
        name, _, value = line.partition(":")
        assert int(value, 16) == (name == "NoNewPrivs"), line
    assert completed.output.count("\n") == 5


@pytest.mark.parametrize("name", ["kernel/core_pattern", "vm/overcommit_memory", "fs/file-max"])
async def test_the_machine_cannot_be_reconfigured(isolating: Sandbox, name: str) -> None:
    """Root without capabilities may still write settings of the kernel, unless they are out of reach. Writes
    what is there already, so that a broken sandbox does no harm."""
    completed = await sh(
        isolating, f"p=/proc/sys/{name}; c=$(cat $p) && echo read; echo $c > $p && echo written"
    )
    assert completed.output.startswith("read\n")
    assert "written" not in completed.output


async def test_disks_cannot_be_opened(isolating: Sandbox) -> None:
    completed = await sh(
        isolating,
        "for d in /dev/vda /dev/sda /dev/nvme0n1 /dev/mem /dev/kmsg; "
        "do head -c 1 $d >/dev/null 2>&1 && echo $d opened; done; true",
    )
    assert "opened" not in completed.output


async def test_a_setuid_program_gains_nothing(isolating: Sandbox) -> None:
    completed = await sh(
        isolating,
        "cp /bin/bash b; chmod u+s b; ./b -p -c 'echo x > /etc/mycoder-was-here'; sudo -n id 2>&1 | head -1",
    )
    assert not Path("/etc/mycoder-was-here").exists()
    assert completed.exit_code is not None


async def test_a_hard_link_out_of_the_repository_is_refused(isolating: Sandbox, home: Path) -> None:
    await sh(isolating, "ln ~/.gitconfig hard && echo evil >> hard")
    assert "evil" not in (home / ".gitconfig").read_text()


async def test_commands_carry_nothing_over(isolating: Sandbox) -> None:
    """Cases 22 and 23: functions, variables and directories of one call are not there in the next."""
    await sh(
        isolating, "export PAGER=./evil; git() { echo evil; }; export -f git; alias ls=evil; cd /; umask 0"
    )
    completed = await sh(isolating, "echo $PAGER; type -t git; pwd; umask")
    assert completed.output == f"cat\nfile\n{isolating.root}\n{(await sh(isolating, 'umask')).output}"


async def test_python_pytest_and_node_work(isolating: Sandbox) -> None:
    (isolating.root / "test_it.py").write_text(
        "def test_it(tmp_path):\n    (tmp_path / 'x').write_text('y')\n"
    )
    completed = await sh(
        isolating,
        f"{sys.executable} -m pytest -q -p no:cacheprovider test_it.py 2>&1; "
        f"{sys.executable} -m venv --without-pip v && v/bin/python -c 'print(7)'; "
        f"command -v node >/dev/null && node -e 'console.log(8)' || echo 8",
        seconds=60,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert "1 passed" in completed.output
    assert completed.output.endswith("7\n8\n")


async def test_a_command_that_only_reads_can_write_nothing_of_the_project(
    isolating: Sandbox, root: Path
) -> None:
    before = sorted(os.listdir(root)), (root / ".git/HEAD").read_bytes()
    for command in (
        "echo x > new",
        "rm -f a.txt; echo x > a.txt",
        "git commit --allow-empty -qm x; git branch other",
        "mkdir -p .mycoder d",
        "echo x > .git/HEAD",
        "mv a.txt b.txt",
    ):
        await sh(isolating, command, read_only=True)
    assert (sorted(os.listdir(root)), (root / ".git/HEAD").read_bytes()) == before
    assert (root / "a.txt").read_text() == "one\n"
    ran = await sh(
        isolating, "git log --oneline; git status --short; cat a.txt; echo x > /dev/null", read_only=True
    )
    assert ran.exit_code == 0, ran.output
    assert "first" in ran.output
    assert (await sh(isolating, "echo x > new && rm new")).exit_code == 0, "the next command may write again"
