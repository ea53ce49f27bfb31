"""Folders of searches: removed at the end, also those of owners that were killed, never those in use."""

import subprocess
import sys
from pathlib import Path

from mycoder.repair.folder import private_folder, sweep

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
