"""Names that make somebody's program run something: commands cannot change them, and git still works."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mycoder.sandbox.sandbox import Sandbox
from tests.sandbox.conftest import SECRET, Opener, git, sh

pytestmark = pytest.mark.isolation


PROTECTED = {
    "hook": "echo evil > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit",
    "config": "git config core.fsmonitor ./evil; echo '[core] fsmonitor = x' >> .git/config",
    "config by rename": "cp .git/config c; echo '[core] fsmonitor = x' >> c; mv -f c .git/config",
    "git directory replaced": "mv .git g; mkdir -p .git/hooks; "
    "echo evil > .git/hooks/pre-commit; cp -r g/* .git/; "
    "echo '[core] fsmonitor = x' >> .git/config",
    "hooks by rename": "mv .git/hooks h; mkdir .git/hooks; echo evil > .git/hooks/pre-commit",
    "hooks by rmdir": "rm -rf .git/hooks; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit",
    "commondir": "mkdir d; cp -r .git/* d/; echo '[core] fsmonitor = x' >> d/config; "
    "echo ../d > .git/commondir",
    "absent mycoder": "mkdir -p .mycoder; echo 'mode = \"auto\"' > .mycoder/config.toml",
    "absent mcp": "echo '{}' > .mcp.json; rm -rf .mcp.json; mv a.txt .mcp.json; ln -sf a.txt .mcp.json",
    "absent vscode": "mkdir -p .vscode; echo '{}' > .vscode/tasks.json",
    "absent by rename": "mkdir x; echo '{}' > x/tasks.json; mv x .vscode; "
    "mv -T x .vscode; rmdir .vscode; mv x .vscode",
    "agent folders": "mkdir -p .claude .cursor .codex; echo '{}' | "
    "tee .claude/settings.json .cursor/mcp.json .codex/config.toml",
}


def protected_state(root: Path) -> dict[str, object]:
    names = [
        ".git/config",
        ".git/hooks",
        ".git/commondir",
        ".mycoder",
        ".mcp.json",
        ".vscode",
        ".claude",
        ".cursor",
        ".codex",
    ]
    state: dict[str, object] = {}
    for name in names:
        path = root / name
        if path.is_symlink() or not path.exists():
            state[name] = path.is_symlink()
        elif path.is_dir():
            state[name] = {p.name: p.read_bytes() for p in sorted(path.iterdir())}
        else:
            state[name] = path.read_bytes()
    return state


@pytest.mark.parametrize("way", PROTECTED)
async def test_protected_names_are_as_before(isolating: Sandbox, way: str) -> None:
    before = protected_state(isolating.root)
    await sh(isolating, PROTECTED[way])
    await isolating.close()
    assert protected_state(isolating.root) == before
    assert git(isolating.root, "status", "--porcelain", "--untracked-files=no", "a.txt") in ("", " D a.txt\n")


async def test_a_protected_name_that_is_there_stays(isolating: Sandbox) -> None:
    (isolating.root / ".vscode").mkdir()
    (isolating.root / ".vscode" / "tasks.json").write_text("mine")
    (isolating.root / ".mcp.json").write_text("mine")
    await sh(
        isolating,
        "echo evil > .vscode/tasks.json; echo evil > .vscode/new; echo evil > .mcp.json; "
        "rm -rf .vscode .mcp.json; mv .vscode v",
    )
    assert protected_state(isolating.root)[".vscode"] == {"tasks.json": b"mine"}
    assert (isolating.root / ".mcp.json").read_text() == "mine"


async def test_a_protected_name_that_is_a_link_stays(isolating: Sandbox) -> None:
    (isolating.root / "tools").mkdir()
    (isolating.root / "tools" / "tasks.json").write_text("mine")
    (isolating.root / ".vscode").symlink_to("tools")
    await sh(
        isolating, "echo evil > .vscode/tasks.json; rm .vscode; mkdir .vscode; echo evil > .vscode/tasks.json"
    )
    assert os.readlink(isolating.root / ".vscode") == "tools"


async def test_a_dangling_link_of_that_name_does_not_stop_the_sandbox(isolating: Sandbox, home: Path) -> None:
    (isolating.root / ".mcp.json").symlink_to(home / "elsewhere")
    (isolating.root / ".mycoder").symlink_to("/")
    completed = await sh(isolating, "echo evil > .mcp.json; echo works")
    assert completed.output.endswith("works\n")
    assert not (home / "elsewhere").exists()


async def test_hooks_that_the_config_names_are_protected(isolating: Sandbox) -> None:
    git(isolating.root, "config", "core.hooksPath", ".githooks")
    (isolating.root / ".githooks").mkdir()
    await sh(isolating, "echo evil > .githooks/pre-commit")
    assert not list((isolating.root / ".githooks").iterdir())


async def test_nothing_stays_of_the_masks(isolating: Sandbox) -> None:
    before = sorted(os.listdir(isolating.root))
    await asyncio.gather(*(sh(isolating, "sleep 0.2; ls -a") for _ in range(3)))
    assert git(isolating.root, "status", "--porcelain") == ""
    await asyncio.sleep(0.5)
    assert sorted(os.listdir(isolating.root)) == before


async def test_masks_of_a_killed_session_are_taken_away_by_the_next(
    bubblewrap: Sandbox, open_at: Opener
) -> None:
    kept = next((bubblewrap._place.cache or Path()).glob("sandbox/*"), None) or pytest.fail("no kept folder")
    left = bubblewrap.root / ".vscode"
    left.mkdir()
    (kept / "masks").write_bytes(os.fsencode(left) + b"\0")
    await sh(bubblewrap, "true")
    await bubblewrap.close()
    assert not left.exists()


async def test_git_works_for_what_a_command_may_do(isolating: Sandbox) -> None:
    completed = await sh(
        isolating,
        "echo two >> a.txt; git status --short; git diff --stat; git add -A && "
        "git commit -qm second && git log --oneline | wc -l; git stash list; "
        "git branch other && git checkout -q other && echo ok",
    )
    assert "M a.txt" in completed.output
    assert completed.output.endswith("2\nok\n")
    assert git(isolating.root, "log", "-1", "--format=%s %an").strip() == "second A"
    assert git(isolating.root, "show", "--stat", "--format=").count("|") == 1, "no mask was added"


async def test_git_works_in_a_linked_work_tree(isolating: Sandbox, open_at: Opener, home: Path) -> None:
    tree = home / "work" / "tree"
    git(isolating.root, "worktree", "add", "-q", "-b", "side", str(tree))
    linked = open_at(isolating.level, root=tree)
    completed = await sh(
        linked,
        "echo two >> a.txt; git commit -qam second && git log --oneline | wc -l; "
        "echo gitdir: /tmp > .git; git config core.fsmonitor x; echo y > ../app/a.txt",
    )
    assert completed.output.startswith("2\n")
    assert git(tree, "log", "-1", "--format=%s").strip() == "second"
    assert "fsmonitor" not in (isolating.root / ".git" / "config").read_text()
    assert (isolating.root / "a.txt").read_text() == "one\n"


async def test_a_forged_git_file_opens_no_other_folder(
    open_at: Opener, isolating: Sandbox, home: Path
) -> None:
    """Case 42: a repository that says its git directory is somebody's folder."""
    forged = home / "work" / "forged"
    forged.mkdir()
    victim = home / "victim" / "worktrees" / "x"
    victim.mkdir(parents=True)
    for name in ("HEAD", "objects", "refs"):
        (home / "victim" / name).mkdir()
    (forged / ".git").write_text(f"gitdir: {victim}\n")
    sandbox = open_at(isolating.level, root=forged)
    await sh(sandbox, f"echo evil > {victim}/gitdir; echo evil > {home}/victim/config")
    assert not list(victim.iterdir())
    assert not (home / "victim" / "config").exists()


async def test_a_folder_without_git_cannot_get_a_poisoned_one(
    isolating: Sandbox, open_at: Opener, home: Path
) -> None:
    bare = home / "work" / "plain"
    bare.mkdir()
    sandbox = open_at(isolating.level, root=bare)
    await sh(sandbox, "git init -q .; git config core.fsmonitor ./evil; echo x > f")
    await sandbox.close()
    assert sorted(os.listdir(bare)) == ["f"]


async def test_a_repository_that_is_the_home_directory(
    isolating: Sandbox, open_at: Opener, home: Path
) -> None:
    sandbox = open_at(isolating.level, root=home)
    completed = await sh(sandbox, "echo evil >> .bashrc; echo evil > .zshenv; cat .ssh/*; echo fine > notes")
    assert (home / "notes").read_text() == "fine\n"
    assert SECRET not in completed.output or "can be read" in sandbox.description
    assert (home / ".bashrc").read_text() == "# mine\n"
    await sandbox.close()
    assert not (home / ".zshenv").exists()


async def test_shell_files_linked_into_the_repository_are_protected(isolating: Sandbox, home: Path) -> None:
    """A dotfiles repository."""
    (isolating.root / "zshrc").write_text("mine")
    (home / ".zshrc").symlink_to(isolating.root / "zshrc")
    await sh(isolating, "echo evil > zshrc")
    assert (isolating.root / "zshrc").read_text() == "mine"


async def test_placeholders_are_explained_only_where_they_are_met(bubblewrap: Sandbox) -> None:
    listed = await sh(bubblewrap, "ls -a")
    assert ".mcp.json" in listed.output
    assert ".mcp.json, .mycoder, .vscode are empty placeholders of the sandbox" in listed.note
    assert (await sh(bubblewrap, "ls; echo a.mcp.json")).note == ""


async def test_a_name_that_is_there_is_no_placeholder(bubblewrap: Sandbox) -> None:
    (bubblewrap.root / ".vscode").mkdir()
    note = (await sh(bubblewrap, "ls -a")).note
    assert ".mcp.json, .mycoder are" in note
    assert ".vscode" not in note


ABSENT = ".idea .devcontainer .zed .gemini opencode.json .aider.conf.yml"


async def test_names_of_less_common_programs_are_taken_away_again(isolating: Sandbox) -> None:
    before = sorted(os.listdir(isolating.root))
    listed = await sh(isolating, f"ls -a; for name in {ABSENT}; do mkdir $name && touch $name/evil; done")
    assert ".gemini" not in listed.output
    assert listed.note.count("is protected") == len(ABSENT.split())
    await isolating.close()
    assert sorted(os.listdir(isolating.root)) == before


@pytest.fixture
def nested(root: Path) -> Path:
    """A vendored repository, and one whose git directory lies elsewhere."""
    for name in ("vendor/lib", "module"):
        (root / name).mkdir(parents=True)
        git(root / name, "init", "-q")
        (root / name / ".git" / "hooks" / "pre-commit").write_text("mine")
    (root / "module" / ".git").rename(root / "store")
    (root / "module" / ".git").write_text("gitdir: ../store\n")
    return root / "vendor" / "lib"


NESTED = {
    "config": "echo '[core] fsmonitor = x' >> vendor/lib/.git/config",
    "hook": "echo evil > vendor/lib/.git/hooks/pre-commit",
    "commondir": "echo /tmp > vendor/lib/.git/commondir",
    "replaced": "mv vendor/lib/.git x; cp -r x vendor/lib/.git; echo '[core] fsmonitor = x' >> vendor/lib/.git/config",
    "parent renamed": "mv vendor v; cp -r v vendor; echo '[core] fsmonitor = x' >> vendor/lib/.git/config",
    "pointer": "echo 'gitdir: /tmp' > module/.git; rm -f module/.git; echo 'gitdir: /tmp' > module/.git",
}


@pytest.mark.parametrize("way", NESTED)
async def test_nested_repositories_are_protected(nested: Path, open_at: Opener, way: str) -> None:
    sandbox = open_at("bubblewrap")
    await sh(sandbox, NESTED[way])
    await sandbox.close()
    store = nested / ".git"
    assert "fsmonitor" not in (store / "config").read_text()
    assert (store / "hooks" / "pre-commit").read_text() == "mine"
    assert not (store / "commondir").exists()
    assert (sandbox.root / "module" / ".git").read_text() == "gitdir: ../store\n"


@pytest.mark.parametrize("way", NESTED)
async def test_nested_repositories_are_put_back_by_landlock(nested: Path, open_at: Opener, way: str) -> None:
    sandbox = open_at("landlock")
    await sh(sandbox, NESTED[way])
    assert "fsmonitor" not in (nested / ".git" / "config").read_text()
    assert (nested / ".git" / "hooks" / "pre-commit").read_text() == "mine"
    assert (sandbox.root / "module" / ".git").read_text() == "gitdir: ../store\n"


async def test_commits_in_a_nested_repository_work(nested: Path, open_at: Opener) -> None:
    (nested / ".git" / "hooks" / "pre-commit").unlink()
    sandbox = open_at("bubblewrap")
    completed = await sh(
        sandbox, "cd vendor/lib && echo x > f && git add f && git commit -qm x && git log --oneline | wc -l"
    )
    assert completed.output == "1\n"


async def test_the_rest_of_git_that_names_programs_and_servers_is_protected(isolating: Sandbox) -> None:
    await sh(
        isolating,
        "mkdir -p .git/remotes .git/branches; echo 'URL: ext::sh -c evil' > .git/remotes/origin; "
        "echo x > .git/branches/b; mkdir -p .git/info; echo '* filter=evil' > .git/info/attributes",
    )
    assert not (isolating.root / ".git" / "remotes").exists()
    assert not (isolating.root / ".git" / "info" / "attributes").exists()


async def test_settings_that_went_with_their_folder_are_put_back_by_landlock(open_at: Opener) -> None:
    sandbox = open_at("landlock")
    before = (sandbox.root / ".git" / "config").read_bytes()
    completed = await sh(sandbox, "rm -rf .git")
    assert (sandbox.root / ".git" / "config").read_bytes() == before
    assert "undone" in completed.note


async def test_placeholders_of_a_killed_session_go_when_the_next_one_begins(
    bubblewrap: Sandbox, open_at: Opener
) -> None:
    root = bubblewrap.root
    left = await asyncio.to_thread(
        subprocess.run,
        (sys.executable, "-c", _KILLED, str(root), *_place(bubblewrap)),
        capture_output=True,
        check=False,
    )
    assert left.returncode == -signal.SIGKILL, left.stderr
    placeholders = [name for name in (".mycoder", ".claude", ".vscode") if (root / name).is_dir()]
    assert placeholders
    open_at("bubblewrap").sweep()
    assert [name for name in placeholders if (root / name).exists()] == []


def _place(sandbox: Sandbox) -> tuple[str, str]:
    return sandbox._place.env["HOME"], str(sandbox._place.cache)


_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from mycoder.sandbox.job import Job
from mycoder.sandbox.sandbox import open_sandbox
root, home, cache = map(Path, sys.argv[1:])
async def main():
    sandbox = open_sandbox("bubblewrap", root, env={**os.environ, "HOME": str(home)}, cache=cache)
    await sandbox.start(Job(argv=("sleep", "30"), cwd=root))
    while not (root / ".mycoder").exists():
        await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
