"""The worker under other interpreters than ours, with pytest lent to them."""

import os
import pwd
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from mycoder.repair.engine import repair
from mycoder.repair.interpreter import UnsuitedError, find
from mycoder.repair.outcome import RepairRequest
from mycoder.sandbox.job import SandboxUnavailable
from mycoder.sandbox.sandbox import open_sandbox


def _interpreter(version: str) -> str:
    """An interpreter of that version on the PATH or among pyenv's; skips the test when there is none."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)  # HOME is another one in tests
    pyenv = sorted(home.glob(f".pyenv/versions/{version}.*/bin/python"))
    for path in (shutil.which(f"python{version}"), *map(str, pyenv)):
        if path and subprocess.run([path, "-c", "import ssl"], capture_output=True).returncode == 0:
            return path
    pytest.skip(f"no Python {version} here")


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
async def test_other_versions(version: str, project: Path, tmp_path: Path) -> None:
    request = RepairRequest(
        argv=("python", "-m", "pytest"), python=_interpreter(version), seconds=20, extra=0.2
    )
    outcome = await repair(project, request, None, home=tmp_path)
    assert outcome.status == "fixed", outcome.why
    assert outcome.python == request.python
    assert outcome.localisation[0].path == "median.py"


async def test_old_ones_need_a_pytest_of_their_own(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsuitedError, match="pip install pytest"):
        await find(project, ("pytest",), _interpreter("3.9"))
    with pytest.raises(UnsuitedError, match=r"needs 3\.8 or later"):
        await find(project, ("pytest",), _interpreter("3.7"))


async def test_the_words_of_a_command_name_the_interpreter(tmp_path: Path) -> None:
    found = await find(tmp_path, ("python", "-m", "pytest", "-x", "tests"))
    assert found.args == ("tests",)
    assert found.is_module
    for command in (("make", "test"), ("go", "test", "./..."), ("npm", "test")):
        with pytest.raises(UnsuitedError, match="Python tests"):
            await find(tmp_path, command)
    with pytest.raises(UnsuitedError, match="could not be run"):
        await find(tmp_path, ("pytest",), "/no/such/python")


@pytest.mark.parametrize("level", ["bubblewrap", "landlock"])
async def test_an_environment_in_a_project_below_tmp_is_seen_in_the_sandbox(
    level: str, project: Path, tmp_path: Path
) -> None:
    """The sandbox has a /tmp of its own, and its root is a copy without the environment, in which the package under
    repair is installed in place."""
    (project / "src").mkdir()
    (project / "median.py").rename(project / "src/median.py")
    assert str(os.path.realpath(project)).startswith("/tmp/")
    venv.create(project / ".venv", symlinks=True)
    folder = next((project / ".venv").glob("lib/python3*/site-packages"))
    lent = [path for path in sys.path if path.endswith("site-packages")]
    (folder / "lent.pth").write_text("\n".join([*lent, str(project / "src")]))
    try:
        sandbox = open_sandbox(level, project, env=os.environ)
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    home = tmp_path / "home"
    home.mkdir()
    request = RepairRequest(argv=(".venv/bin/python", "-m", "pytest"), seconds=20, extra=0.2)
    outcome = await repair(project, request, sandbox, home=home)
    await sandbox.close()
    assert outcome.status == "fixed", outcome.why
    assert outcome.python == str(project / ".venv/bin/python")
