"""A project, a home, and mycoder called in this process."""

import os
import subprocess
from pathlib import Path

import pytest

from mycoder.cli.start import start


class Shell:
    """Calls the command line as a person would, in `root`, with a home of its own."""

    def __init__(self, tmp: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.home = tmp / "project", tmp / "home"
        self.root.mkdir()
        self.home.mkdir()
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        """Returns the exit code; `out` and `err` hold what was printed."""
        code = start(list(arguments))
        self.out, self.err = self._capsys.readouterr()
        return code

    def write(self, name: str, text: str) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    @property
    def config(self) -> Path:
        return self.home / ".config/mycoder/config.toml"


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell(tmp_path, capsys)
    for name in list(os.environ):
        if name.startswith(("MYCODER_", "XDG_")) or name.endswith(("_API_KEY", "_BASE_URL", "_HOST")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(shell.home))
    monkeypatch.setenv("COLUMNS", "100")
    subprocess.run(["git", "init", "-q", str(shell.root)], check=True)
    monkeypatch.chdir(shell.root)
    return shell
