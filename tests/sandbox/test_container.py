"""Containers: the command line as text, and the life of one with an engine that only plays the part."""

import os
import time
from pathlib import Path

import pytest

from mycoder.sandbox import mounts
from mycoder.sandbox.container import container_argv, places_of
from mycoder.sandbox.job import CannotStart, Job, Limits, SandboxUnavailable
from mycoder.sandbox.levels import survey
from mycoder.sandbox.mounts import READ, Mount
from mycoder.sandbox.sandbox import Sandbox, open_sandbox
from tests.sandbox.conftest import Opener, processes_with, sh

ENGINE = """#!/bin/sh
echo "$0 $*" >>"${0%/*}/calls"
case "$1" in
  image) [ "$5" = there ] && echo ok || { echo "no such image: $5" >&2; exit 1; } ;;
  run)
    while [ "$1" != there ]; do
      [ "$1" = --workdir ] && cd "$2"
      [ "$1" = --name ] && echo $$ >"${0%/*}/pid-$2"
      shift
    done
    shift; exec "$@" ;;
  rm) kill -9 "$(cat "${0%/*}/pid-$3")" ;;
esac
"""


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    folder = tmp_path / "engine"
    folder.mkdir()
    (folder / "docker").write_text(ENGINE)
    (folder / "docker").chmod(0o755)
    return folder


@pytest.fixture
def contained(engine: Path, open_at: Opener) -> Sandbox:
    path = f"{engine}:{os.environ['PATH']}"
    return open_at("container", env={"PATH": path}, container=("docker", "there"))


def argv(job: Job, places: list[Mount], env: dict[str, str]) -> tuple[str, ...]:
    return container_argv(
        "/usr/bin/docker",
        "img",
        job,
        env,
        name="n",
        label="l=1",
        places=places,
        limits=Limits(memory=1 << 30),
    )


def test_the_command_line_closes_what_it_can(root: Path) -> None:
    job = Job(argv=("pytest", "-q"), cwd=root, env={"MINE": "1"})
    words = argv(
        job,
        [Mount(READ, "/t", "/s")],
        {"MINE": "1", "LANG": "C", "PATH": "/bin", "HOME": "/h", "LC_ALL": "C"},
    )
    text = " ".join(words)
    for part in (
        "--rm",
        "--init",
        "--pull never",
        "--network none",
        "--read-only",
        "--cap-drop ALL",
        "--security-opt no-new-privileges",
        "--pids-limit 2048",
        f"--memory {1 << 30}",
        f"--memory-swap {1 << 30}",
        f"--user {os.geteuid()}:{os.getegid()}",
        "type=bind,source=/s,target=/t,readonly",
        f"--workdir {root}",
        "--env MINE",
        "--env LANG",
        "--env LC_ALL",
    ):
        assert part in text
    assert words[-3:] == ("img", "pytest", "-q")
    assert "--env PATH" not in text
    assert "MINE=1" not in text, "values stay out of the list of processes"
    assert "--privileged" not in text


@pytest.mark.parametrize(
    ("path", "field"), [("/a,b", '"source=/a,b"'), ('/a"b', '"source=/a""b"'), ("/a b", "source=/a b")]
)
def test_odd_paths_are_one_field(root: Path, path: str, field: str) -> None:
    assert f"type=bind,{field},target=/t" in " ".join(
        argv(Job(argv=("x",), cwd=root), [Mount("write", "/t", path)], {})
    )


def test_a_path_with_a_newline_is_refused(root: Path) -> None:
    with pytest.raises(CannotStart, match="rename"):
        argv(Job(argv=("x",), cwd=root), [Mount("write", "/t", "/a\nb")], {})


def test_it_sees_the_repository_with_protected_names_read_only_and_no_home(root: Path, home: Path) -> None:
    (root / ".vscode").mkdir()
    folders = mounts.Folders(root=str(root), home=str(home), scratch="/scratch", cache="/c", real_cache="/r")
    places = {mount.target: mount for mount in places_of(folders, "/package", (), Job(argv=("x",), cwd=root))}
    assert places[str(root)].kind == "write"
    assert places[f"{root}/.vscode"].kind == READ
    assert places[f"{root}/.git/config"].kind == READ
    assert places["/tmp"].source == "/scratch"
    assert f"{root}/.mcp.json" not in places, "it would be made on the host"
    assert not [
        target for target in places if target.startswith(str(home)) and not target.startswith(str(root))
    ]


async def test_a_command_runs_and_its_exit_code_comes_back(contained: Sandbox) -> None:
    assert contained.level == "container"
    completed = await sh(contained, "echo hello; exit 3")
    assert (completed.output, completed.exit_code) == ("hello\n", 3)


async def test_at_the_time_limit_the_container_is_removed(contained: Sandbox, engine: Path) -> None:
    started = time.monotonic()
    completed = await sh(contained, "trap '' TERM; while :; do sleep 300.25; done", seconds=0.5)
    assert completed.timed_out
    assert time.monotonic() - started < 60
    assert " rm -f mycoder-" in (engine / "calls").read_text()
    for pid in processes_with("sleep 300.25"):
        os.kill(pid, 9)  # the engine that plays the part has no namespaces


async def test_what_it_made_of_protected_names_is_undone(contained: Sandbox) -> None:
    completed = await sh(contained, "mkdir .vscode .idea; echo '[core] fsmonitor = x' >> .git/config")
    assert completed.note.count("is protected") == 3
    assert not (contained.root / ".vscode").exists()


async def test_no_command_gets_the_network(engine: Path, open_at: Opener) -> None:
    env = {"PATH": f"{engine}:{os.environ['PATH']}"}
    sandbox = open_at("container", env=env, container=("docker", "there"), hosts=("a.example",))
    assert "bubblewrap is needed" in (await sh(sandbox, "true", network=True)).problem


def test_an_image_that_is_not_there_is_said_and_nothing_pulled(engine: Path, root: Path) -> None:
    env = {"PATH": f"{engine}:{os.environ['PATH']}"}
    with pytest.raises(SandboxUnavailable, match="no such image") as fault:
        open_sandbox("container", root, env=env, container=("docker", "gone"))
    assert fault.value.hint == "pull it yourself: docker pull gone"
    assert "pull" not in (engine / "calls").read_text()
    report = {one.name: one for one in survey(root, env, ("docker", "there"))}
    assert report["container"].works


def test_without_an_image_there_is_no_container(root: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="no image is configured"):
        open_sandbox("container", root, env={})
