"""Unpacks the demo repository."""

import subprocess
import tomllib
from pathlib import Path

TASK = "make the failing tests pass"


def unpack(folder: Path) -> None:
    """Writes the demo project into `folder` and makes it a git repository with one commit, where git is there."""
    data = tomllib.loads(Path(__file__).with_name("library.toml").read_text(encoding="utf-8"))
    for name, text in data["files"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    identity = (
        "-c",
        "user.name=mycoder demo",
        "-c",
        "user.email=demo@example.invalid",
        "-c",
        "commit.gpgsign=false",
    )
    for arguments in (
        ("init", "-q"),
        ("add", "-A"),
        (*identity, "commit", "-q", "-m", "A library with three bugs"),
    ):
        try:
            subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return
