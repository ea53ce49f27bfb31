"""The rows of a run in one folder: written as they come, read again when the run goes on."""

import os
from pathlib import Path
from typing import Any

import msgspec

from mycoder.bench.evaluation.attempt import Row

ROWS, ABOUT = "rows.jsonl", "run.json"


class RunError(Exception):
    """The run cannot begin or go on; the message says what to do."""


class Rows:
    """`folder` holds what the run is about and one line a finished attempt. A torn last line is dropped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._by_key: dict[str, Row] = {}

    def begin(self, about: dict[str, Any], *, goes_on: bool) -> None:
        """Raises RunError when the folder holds another run, or this one and it shall not go on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / ABOUT
        if file.exists():
            if not goes_on:
                raise RunError(
                    f"{self.folder} holds a run: go on with --skip-completed, or name another --out"
                )
            was = msgspec.json.decode(file.read_bytes())
            differing = [key for key in about if key in was and was[key] != about[key] and key not in _MAY]
            if differing:
                raise RunError(
                    f"{self.folder} holds a run with another {', '.join(differing)}: name another --out"
                )
        whole = self.folder / f"{ABOUT}.new"
        whole.write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=2) + b"\n")
        os.replace(whole, file)
        self._read()

    def _read(self) -> None:
        path = self.folder / ROWS
        if not path.exists():
            return
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            with path.open("r+b") as file:
                file.truncate(len(whole))
        for line in whole.splitlines():
            try:
                row = msgspec.json.decode(line, type=Row)
            except msgspec.MsgspecError:
                continue  # a broken line is an attempt that is made again
            self._by_key[row.key] = row

    def add(self, row: Row) -> bool:
        """Keeps `row`; False for an attempt that is there already, so that none counts twice."""
        there = self._by_key.get(row.key)
        if there is not None and there.verdict != "failed":
            return False
        self._by_key[row.key] = row
        with (self.folder / ROWS).open("ab") as file:
            file.write(msgspec.json.encode(row) + b"\n")
        return True

    def has(self, key: str) -> bool:
        """Whether the attempt was made and came off."""
        row = self._by_key.get(key)
        return row is not None and row.verdict != "failed"

    def all(self) -> list[Row]:
        return sorted(self._by_key.values(), key=lambda row: (row.task, row.rep))


_MAY = frozenset({"engine", "max_concurrency", "started", "version", "reps"})
"""What may differ when a run goes on."""
