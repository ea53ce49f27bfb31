"""Socket files of others under bubblewrap: known from the kernel's list, covered, and not in the way of honest work."""

import contextlib
import socket
from pathlib import Path

import pytest

from mycoder.sandbox import sockets
from mycoder.sandbox.mounts import HIDE, READ, WRITE, Mount
from mycoder.sandbox.sandbox import Sandbox
from tests.sandbox.conftest import sh

CONNECT = 'python3 -c \'import socket; socket.socket(socket.AF_UNIX).connect("{}"); print("through")\''


@contextlib.contextmanager
def listening(path: Path):
    """Somebody who listens on `path`, of which the kernel takes 107 bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))
        one.listen()
        yield one


def table(tmp_path: Path, *names: str) -> str:
    lines = ["Num       RefCount Protocol Flags    Type St Inode Path"]
    lines += [f"0000: 00000002 00000000 00010000 0001 01 77 {name}" for name in names]
    lines += ["0000: 00000003 00000000 00000000 0001 03 78"]
    file = tmp_path / "table"
    file.write_text("\n".join(lines) + "\n")
    return str(file)


def test_names(tmp_path):
    with listening(tmp_path / "a dir" / "s"), listening(tmp_path / "r"):
        (tmp_path / "file").write_text("")
        names = (
            *(f"{tmp_path}/a dir/s", f"{tmp_path}/gone", f"{tmp_path}/file", "@abstract", "@"),
            *("r", "/proc/self/fd/9/r", "/proc/thread-self/fd/9/r"),
        )
        found = sockets.bound([str(tmp_path)], table(tmp_path, *names))
        assert found == [f"{tmp_path}/a dir/s", f"{tmp_path}/r"]
        assert f"{tmp_path}/r" in sockets.bound([str(tmp_path)])  # the real list


def test_without_a_list_there_is_nothing(tmp_path):
    assert sockets.bound([], str(tmp_path / "none")) == []


def test_only_what_is_seen_is_covered(tmp_path, monkeypatch):
    paths = ["/h/s", "/h/hidden/s", "/r/s", "/tmp/s", "/dev/log", "/o/s"]
    monkeypatch.setattr(sockets, "bound", lambda among: paths)
    mounts = [
        Mount(HIDE, "/h/hidden", "/h/hidden"),
        Mount(WRITE, "/r", "/r"),
        Mount(WRITE, "/tmp", "/x/scratch"),
        Mount(READ, "/o", "/o"),
    ]
    assert [mount.target for mount in sockets.hidden(mounts, ())] == ["/h/s", "/r/s", "/o/s"]


@pytest.mark.isolation
async def test_nobody_is_reached(bubblewrap: Sandbox, home: Path, root: Path):
    """But a command's own sockets work."""
    with listening(root / "live" / "s"), listening(home / "s"):
        for path in (root / "live" / "s", home / "s"):
            ran = await sh(bubblewrap, f"cd {path.parent}; {CONNECT.format('s')}")
            assert "through" not in ran.output
            assert "Error" in ran.output, ran.output
    own = (
        "import os, socket, threading; s = socket.socket(socket.AF_UNIX); s.bind('own'); s.listen();"
        "c = socket.socket(socket.AF_UNIX); c.connect('own'); s.accept()[0].send(b'hello'); print(c.recv(9))"
    )
    assert "hello" in (await sh(bubblewrap, f'python3 -c "{own}"')).output


@pytest.mark.isolation
async def test_a_socket_that_goes_away_does_not_stop_a_command(bubblewrap: Sandbox, home: Path, monkeypatch):
    """Between the look and the mount: so say that there is one, which is not."""
    gone, looks = home / "gone", []

    def bound(among):
        looks.append(1)
        return [str(gone)] if len(looks) == 1 else []

    monkeypatch.setattr(sockets, "bound", bound)
    ran = await sh(bubblewrap, "echo it ran")
    assert (ran.output.strip(), ran.exit_code, ran.problem) == ("it ran", 0, "")
    assert len(looks) >= 2
    assert (await sh(bubblewrap, "exit 1")).exit_code == 1
