"""The real console script in a real process, against the scripted model over real HTTP on loopback."""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from mycoder.models.script import ScriptedCall, Step

SCRIPT = Path(sys.executable).with_name("mycoder")


def say(text, **options):
    return Step(text=text, **options)


def call(*calls, text="", **options):
    """A reply with calls, each as (tool, arguments)."""
    return Step(text=text, calls=tuple(ScriptedCall(tool, arguments) for tool, arguments in calls), **options)


@dataclass
class Ran:
    """What a run left: exit code, both streams, and the events when they were asked for."""

    code: int
    out: str
    err: str
    events: list = field(default_factory=list)

    def of(self, kind):
        return [e for e in self.events if e["type"] == kind]

    @property
    def ended(self):
        return self.of("TurnEnded")[-1]

    @property
    def report(self):
        return self.ended.get("report", {})


def environment(home: Path, url: str = "", **more: str) -> dict[str, str]:
    home.mkdir(parents=True, exist_ok=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **more}
    if url:
        env |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-canary-9f3"}
    return env


async def mycoder(
    *arguments, cwd, home, url="", stdin=None, timeout=200, command=(str(SCRIPT),), **more
) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *command,
        *map(str, arguments),
        cwd=cwd,
        env=environment(home, url, **more),
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(stdin), timeout)
    except TimeoutError:
        process.kill()
        out, err = await process.communicate()
        raise AssertionError(f"still running after {timeout} s\n{out.decode()}\n{err.decode()}") from None
    ran = Ran(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))
    if "stream-json" in arguments:
        ran.events = [json.loads(line) for line in ran.out.splitlines() if '"type"' in line]
    return ran


async def task(text, *arguments, server, cwd, home, **options) -> Ran:
    """`mycoder --task` with the events on stdout."""
    return await mycoder(
        "--task",
        text,
        "--model",
        "openai/scripted",
        "--engine",
        "model",
        "--output-format",
        "stream-json",
        *arguments,
        cwd=cwd,
        home=home,
        url=server.url,
        **options,
    )


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.invalid")
    return subprocess.run(
        ("git", *identity, *arguments), cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def repository(folder: Path, files: dict[str, str]) -> Path:
    """A git repository with `files` and one commit."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "start")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` but those of git, with its bytes."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and ".git" not in p.relative_to(folder).parts
    }
