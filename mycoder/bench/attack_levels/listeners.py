"""Somebody outside of the sandbox to be reached: sockets of every kind on this machine, which count who comes."""

import contextlib
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mycoder.bench.attack_levels.stage import BAIT, Stage, inside


@dataclass
class Listeners:
    """`places` maps words in commands to where somebody listens, or lives; `reached` is who was."""

    port: int
    places: dict[str, str]
    reached: list[str] = field(default_factory=list)


def _files(stage: Stage, shared: Path) -> dict[str, Path]:
    """Where programs of a person keep their socket files: those of docker, of agents and message buses, of tmux and
    the like in `shared`, and others in the project, at home and outside of both."""
    home = stage.home
    found = {
        "LISTEN_PATH": stage.base / "s" / "agent",
        "LISTEN_HOME": home / "agent.sock",
        "LISTEN_DOCKER": home / ".docker" / "run" / "docker.sock",
        "LISTEN_AGENT": home / ".ssh" / "agent.17",
        "LISTEN_BUS": home / ".runtime" / "bus",
        "LISTEN_CACHE": home / ".cache" / "x" / "default",
        "LISTEN_SHARED": shared / "default",
        "LISTEN_PROJECT": stage.app / "live" / "s",
        "LISTEN_DATAGRAMS": home / "datagrams",
    }
    if os.access("/run", os.W_OK):
        found["LISTEN_RUN"] = Path("/run", shared.name)
    return found


def _bound(path: Path, kind: int) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = socket.socket(socket.AF_UNIX, kind)
    made.bind(str(path))
    return made


@contextlib.contextmanager
def listening(stage: Stage) -> Iterator[Listeners]:
    """TCP and UDP on one port of loopback, IPv6, socket files, one of them bound by a relative name, an abstract
    socket, and a process with a secret in its environment."""
    with tempfile.TemporaryDirectory(prefix="mycoder-", dir="/tmp") as shared:
        files = _files(stage, Path(shared))
        try:
            with _listening(stage, files) as listeners:
                yield listeners
        finally:
            if "LISTEN_RUN" in files:
                files["LISTEN_RUN"].unlink(missing_ok=True)


@contextlib.contextmanager
def _listening(stage: Stage, files: dict[str, Path]) -> Iterator[Listeners]:
    abstract = f"mycoder-attacks-{os.getpid()}-{os.urandom(4).hex()}"
    made: list[tuple[str, socket.socket]] = []
    tcp = socket.create_server(("127.0.0.1", 0))
    port = tcp.getsockname()[1]
    made.append(("TCP", tcp))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    made.append(("UDP", udp))
    with contextlib.suppress(OSError):  # a machine without IPv6
        made.append(("IPv6", socket.create_server(("::1", port), family=socket.AF_INET6)))
    for name, path in files.items():
        made.append(
            (name, _bound(path, socket.SOCK_DGRAM if name == "LISTEN_DATAGRAMS" else socket.SOCK_STREAM))
        )
    with inside(stage.home):
        made.append(("LISTEN_RELATIVE", _bound(Path("relative"), socket.SOCK_STREAM)))
    unnamed = socket.socket(socket.AF_UNIX)
    unnamed.bind(f"\0{abstract}")
    made.append(("abstract", unnamed))
    for _, one in made:
        if one.family == socket.AF_UNIX and one.type == socket.SOCK_STREAM:
            one.listen()
    victim = subprocess.Popen(
        ("sleep", "600"), env={"KEY": BAIT, "PATH": os.environ.get("PATH", "/usr/bin:/bin")}
    )
    places = {
        "LISTEN_PORT": str(port),
        **{name: str(path) for name, path in files.items()},
        "LISTEN_RELATIVE": str(stage.home / "relative"),
        "LISTEN_RUN": str(files.get("LISTEN_RUN", "/run/none")),
        "LISTEN_NAME": abstract,
        "VICTIM": str(victim.pid),
    }
    listeners = Listeners(port, places)
    stop = threading.Event()
    thread = threading.Thread(target=_count, args=(made, listeners, stop), daemon=True)
    thread.start()
    try:
        yield listeners
        time.sleep(0.05)  # who comes last is counted too
        if victim.poll() is not None:
            listeners.reached.append("another process, which is dead")
    finally:
        victim.kill()
        victim.wait()
        stop.set()
        thread.join(2)
        for _, one in made:
            one.close()


def _count(made: list[tuple[str, socket.socket]], listeners: Listeners, stop: threading.Event) -> None:
    for _, one in made:
        one.setblocking(False)
    while not stop.wait(0.01):
        for name, one in made:
            with contextlib.suppress(OSError):
                if one.type == socket.SOCK_DGRAM:
                    one.recv(1)
                else:
                    one.accept()[0].close()
                listeners.reached.append(name)
