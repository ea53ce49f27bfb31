"""Sandboxes of every level that works here, and a repository to run commands in."""

import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from mycoder.sandbox.job import Completed, Job, SandboxUnavailable
from mycoder.sandbox.sandbox import Sandbox, open_sandbox

Opener = Callable[..., Sandbox]

SECRET = "CANARY-9f3"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory with things to steal."""
    home = tmp_path / "home"
    for name in (".ssh/id_ed25519", ".aws/credentials", ".netrc", ".config/gcloud/token", ".mozilla/cookies"):
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SECRET)
    (home / ".gitconfig").write_text("[user]\nname = A\nemail = a@b.c\n")
    (home / ".bashrc").write_text("# mine\n")
    (home / ".cache" / "tool").mkdir(parents=True)
    (home / ".cache" / "tool" / "thing").write_text("cached")
    return home


@pytest.fixture
def root(home: Path) -> Path:
    """A git repository with one commit."""
    root = home / "work" / "app"
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    (root / "a.txt").write_text("one\n")
    git(root, "add", "a.txt")
    git(root, "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-q", "-m", "first")
    return root


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


@pytest_asyncio.fixture
async def open_at(root: Path, home: Path, tmp_path: Path) -> AsyncIterator[Opener]:
    """Opens sandboxes and closes them at the end. Skips, loudly, where a level does not work."""
    opened: list[Sandbox] = []

    def open_(want: str, **options: object) -> Sandbox:
        env = {
            **os.environ,
            "HOME": str(home),
            "TMPDIR": str(tmp_path),
            "XDG_CACHE_HOME": str(home / ".cache"),
        }
        env.update(options.pop("env", {}))  # type: ignore[call-overload]
        chosen = {"cache": tmp_path / "cache", **options}
        try:
            sandbox = open_sandbox(want, chosen.pop("root", root), env=env, **chosen)  # type: ignore[arg-type]
        except SandboxUnavailable as why:
            pytest.skip(f"ISOLATION NOT TESTED: {why.message}. {why.hint}")
        opened.append(sandbox)
        return sandbox

    yield open_
    for sandbox in opened:
        await sandbox.close()


@pytest.fixture(params=["bubblewrap", "landlock", "limits"])
def sandbox(request: pytest.FixtureRequest, open_at: Opener) -> Sandbox:
    return open_at(request.param)


@pytest.fixture(params=["bubblewrap", "landlock"])
def isolating(request: pytest.FixtureRequest, open_at: Opener) -> Sandbox:
    return open_at(request.param)


@pytest.fixture
def bubblewrap(open_at: Opener) -> Sandbox:
    return open_at("bubblewrap")


async def sh(sandbox: Sandbox, command: str, seconds: float = 20, **more: object) -> Completed:
    """Runs a shell command in the sandbox's repository."""
    job = {"cwd": sandbox.root, "seconds": seconds, **more}
    return await sandbox.run(Job(argv=sandbox.shell(command), **job))  # type: ignore[arg-type]


def processes_with(text: str) -> list[int]:
    """Living processes whose command line holds `text`."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdecimal() or int(name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            line = Path(f"/proc/{name}/cmdline").read_bytes()
            state = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0]
            if text.encode() in line and state not in "ZX":
                found.append(int(name))
    return found
