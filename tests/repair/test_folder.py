"""Folders of searches: removed at the end, also those of owners that were killed, never those in use."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

from mycoder.repair.folder import private_folder, sweep
from mycoder.repair.link import WORKER

OWNER = (
    "import sys\nfrom pathlib import Path\nfrom mycoder.repair.folder import private_folder\n"
    "with private_folder(Path(sys.argv[1])) as place:\n"
    "    (place / 'tree').mkdir()\n    print(place.name, flush=True)\n    sys.stdin.read()\n"
)


def test_the_folder_of_a_killed_owner_goes_with_the_next_search(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert owner.stdout is not None
    name = owner.stdout.readline().decode().strip()
    (tmp_path / "mcr-of-another").mkdir()
    (tmp_path / "notes").mkdir()
    with private_folder(tmp_path) as mine:
        assert (tmp_path / name).is_dir(), "a folder in use was removed"
        assert sweep(tmp_path) == []
        assert mine.stat().st_mode & 0o777 == 0o700
    assert not mine.exists()
    owner.kill()
    owner.communicate()
    assert (tmp_path / name).is_dir()
    with private_folder(tmp_path):
        assert not (tmp_path / name).exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mcr-of-another", "notes"]


def test_a_worker_whose_engine_is_gone_before_it_starts_ends(project: Path, tmp_path: Path) -> None:
    pipes = tmp_path / "p"
    for end in (".up", ".down"):
        os.mkfifo(pipes.with_suffix(end))
    config = {"root": str(project), "original": str(project), "cwd": str(project), "home": str(tmp_path)}
    config |= {"args": [], "paths": []}
    worker = subprocess.Popen(
        [sys.executable, WORKER, pipes, json.dumps(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert worker.wait(30) == 1
    finally:
        worker.kill()


def test_a_worker_that_can_no_longer_answer_takes_the_folder_with_it(project: Path, tmp_path: Path) -> None:
    """What a killed engine looks like to a worker that is just about to answer: nobody reads any more, while its
    own pipe is not yet at its end."""
    home = tmp_path / "mcr-of-the-killed"
    home.mkdir()
    pipes, length = home / "p", struct.Struct(">I")
    for end in (".up", ".down"):
        os.mkfifo(pipes.with_suffix(end))
    config = {
        "root": project,
        "original": project,
        "cwd": project,
        "home": home,
        "args": [],
        "paths": [project],
    }
    worker = subprocess.Popen(
        [sys.executable, WORKER, pipes, json.dumps(config, default=str)], stdout=subprocess.DEVNULL
    )
    with open(pipes.with_suffix(".up"), "rb", 0) as reading:
        (count,) = length.unpack(reading.read(4))
        collected = json.loads(reading.read(count))["collected"]
    ids = [row[0] for row in collected]
    request = json.dumps({"n": 1, "do": "run", "ids": ids, "trace": False, "limit": 5}).encode()
    with open(pipes.with_suffix(".down"), "wb", 0) as writing:
        writing.write(length.pack(len(request)) + request)
        assert worker.wait(30) == 0
    assert len(ids) == 5
    assert not home.exists()
