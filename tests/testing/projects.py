"""Small real projects for the tests of this room."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from mycoder.sandbox.sandbox import Sandbox, open_sandbox
from mycoder.testing.bench import TestBench
from mycoder.testing.command import TestCommand
from mycoder.testing.detect import detect
from mycoder.testing.digest import digest
from mycoder.testing.results import TestRun

VENV = str(Path(sys.executable).parent.parent)
ENV = {"PATH": os.environ["PATH"], "VIRTUAL_ENV": VENV}
"""The environment in which these tests run, as an activated one."""


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Makes the files below `root`; returns it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def found(root: Path, command: str = "", **env: str) -> TestCommand:
    """The detected command with further variables; plugins installed here by chance stay out."""
    made = detect(root, command, ENV)
    assert made is not None
    return msgspec.structs.replace(
        made, env=(*made.env, ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"), *env.items())
    )


class Bench:
    """A bench over a project in a folder, with the limits-only sandbox, which every machine has."""

    def __init__(
        self,
        root: Path,
        state: Path,
        command: TestCommand | None,
        want: str = "off",
        rerun_seconds: float = 0,
    ) -> None:
        self.sandbox: Sandbox = open_sandbox(want, root, env=os.environ)
        self.root = root
        self.bench = TestBench(root, self.sandbox, command, state, env={}, rerun_seconds=rerun_seconds)

    async def run(self, *selection: str, seconds: float = 60.0) -> TestRun:
        return await self.bench.run(selection, seconds=seconds)

    def digest(self, run: TestRun) -> str:
        return digest(run, self.bench.compare(run), self.root)

    async def close(self) -> None:
        await self.sandbox.close()


def outcomes(run: TestRun) -> dict[str, str]:
    return {name: case.outcome for name, case in run.cases.items()}


def entries(root: Path) -> set[str]:
    """All files and folders below the root."""
    return {str(path.relative_to(root)) for path in root.rglob("*")}
