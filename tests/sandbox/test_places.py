"""Git directories, mounts, masks, the guard and the scratch folder: the parts that deal with paths."""

import asyncio
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.sandbox import mounts
from mycoder.sandbox.gitdir import git_directory, hooks_folder
from mycoder.sandbox.guard import Guard
from mycoder.sandbox.masks import Masks
from mycoder.sandbox.mounts import HIDE, MASK, READ, WRITE, Folders, Mount
from mycoder.sandbox.scratch import make_scratch, remove_scratch
from tests.sandbox.conftest import git


def folders(root: Path, home: Path, **more: object) -> Folders:
    return Folders(
        root=str(root),
        home=str(home),
        scratch="/scratch",
        cache="/own",
        real_cache=str(home / ".cache"),
        **more,  # type: ignore[arg-type]
    )


# -- git directories -----------------------------------------------------------------------------------------


def test_a_plain_repository(root: Path) -> None:
    assert git_directory(str(root)) == str(root / ".git")


def test_a_linked_work_tree_leads_to_its_store(root: Path, tmp_path: Path) -> None:
    git(root, "worktree", "add", "-q", str(tmp_path / "tree"))
    assert git_directory(str(tmp_path / "tree")) == str(root / ".git")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gitdir:",
        "gitdir: /",
        "gitdir: ../other/.git",
        "gitdir: /etc\n/x",
        "/home/other/.ssh",
        "gitdir: \0",
        "x" * 9999,
    ],
)
def test_a_git_file_that_nothing_confirms_is_not_followed(tmp_path: Path, text: str) -> None:
    (tmp_path / ".git").write_text(text)
    assert git_directory(str(tmp_path)) == ""


def test_neither_link_nor_absence_is_a_git_directory(root: Path, tmp_path: Path) -> None:
    assert git_directory(str(tmp_path)) == ""
    (tmp_path / ".git").symlink_to(root / ".git")
    assert git_directory(str(tmp_path)) == ""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("hooksPath = .husky", True),
        ("HOOKSPATH=.husky", True),
        ('hooksPath = ".husky"', True),
        ("hooksPath = /etc", False),
        ("hooksPath = ..", False),
        ("x = y", False),
    ],
)
def test_the_folder_of_hooks(tmp_path: Path, line: str, found: bool) -> None:
    (tmp_path / ".husky").mkdir()
    (tmp_path / "config").write_text(f"[core]\n\t{line}\n")
    assert hooks_folder(str(tmp_path / "config"), str(tmp_path)) == (
        str(tmp_path / ".husky") if found else ""
    )


# -- mounts --------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.builds(
            Mount,
            st.sampled_from([HIDE, READ, WRITE]),
            st.lists(st.sampled_from("abc"), max_size=4).map(lambda p: "/" + "/".join(p)),
            st.just("/s"),
        ),
        max_size=20,
    )
)
@settings(deadline=None)
def test_outer_places_come_first_and_the_later_one_wins(given_mounts: list[Mount]) -> None:
    ordered = mounts.in_order(given_mounts)
    targets = [mount.target for mount in ordered]
    assert len(set(targets)) == len(targets)
    for at, target in enumerate(targets):
        assert not any(target.startswith(later.rstrip("/") + "/") for later in targets[at + 1 :])
    last = {mount.target: mount for mount in given_mounts}
    assert {mount.target: mount for mount in ordered} == last


def test_hidden_places_are_those_that_exist(home: Path, root: Path) -> None:
    hidden = {mount.target for mount in mounts.of_home(folders(root, home))}
    assert str(home / ".ssh") in hidden
    assert str(home / ".netrc") in hidden
    assert str(home / ".kube") not in hidden
    (home / ".kube").symlink_to(home / ".aws")
    assert str(home / ".aws") in {mount.target for mount in mounts.of_home(folders(root, home))}


def test_a_repository_opened_on_a_hidden_place_is_not_hidden(home: Path) -> None:
    hidden = {mount.target for mount in mounts.of_home(folders(home / ".aws", home))}
    assert str(home / ".aws") not in hidden
    assert str(home / ".ssh") in hidden


def test_absent_names_are_masked_and_present_ones_read_only(root: Path, home: Path) -> None:
    (root / ".vscode").mkdir()
    kinds = {mount.target: mount.kind for mount in mounts.of_repository(folders(root, home))}
    assert kinds[str(root)] == WRITE
    assert kinds[str(root / ".git")] == WRITE
    assert kinds[str(root / ".git" / "config")] == READ
    assert kinds[str(root / ".vscode")] == READ
    assert kinds[str(root / ".mcp.json")] == MASK
    assert str(root / ".idea") not in kinds


def test_programs_below_tmp_stay_visible(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    seen = mounts.readable_of(
        {"PATH": f"{tmp_path}/bin:/usr/bin:relative:{tmp_path}/gone", "VIRTUAL_ENV": ""}, ()
    )
    assert seen == ((str(tmp_path / "bin"),) if str(tmp_path).startswith("/tmp/") else ())


def test_of_an_environment_on_path_all_is_visible(tmp_path: Path) -> None:
    (tmp_path / "v" / "bin").mkdir(parents=True)
    assert str(tmp_path / "v") not in mounts.readable_of({"PATH": f"{tmp_path}/v/bin"}, ())
    (tmp_path / "v" / "pyvenv.cfg").touch()
    seen = mounts.readable_of({"PATH": f"/usr/bin:{tmp_path}/v/bin/"}, ())
    assert (str(tmp_path / "v") in seen) == str(tmp_path).startswith("/tmp/")


def test_the_private_cache_follows_the_real_one(tmp_path: Path) -> None:
    real, own = tmp_path / "real", tmp_path / "own"
    for name in ("poetry", "pip", "gone"):
        (real / name).mkdir(parents=True)
    own.mkdir()
    (own / "mine").write_text("kept")
    mounts.link_caches(str(real), str(own))
    assert os.readlink(own / "poetry") == "/run/mycoder/cache/poetry"
    assert not (own / "pip").exists()
    (real / "gone").rmdir()
    mounts.link_caches(str(real), str(own))
    assert sorted(os.listdir(own)) == ["mine", "poetry"]


def test_several_processes_may_link_the_cache_at_once(tmp_path: Path) -> None:
    real = tmp_path / "real"
    for number in range(300):
        (real / f"tool{number}").mkdir(parents=True)
    for turn in range(6):
        own = tmp_path / f"own{turn}"
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(mounts.link_caches, str(real), str(own)) for _ in range(4)]:
                done.result()
        assert len(os.listdir(own)) == 300
        (tmp_path / "none").mkdir(exist_ok=True)
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(mounts.link_caches, str(tmp_path / "none"), str(own)) for _ in range(4)]:
                done.result()
        assert os.listdir(own) == []


# -- masks ---------------------------------------------------------------------------------------------------


async def test_masks_go_a_moment_after_the_last_command(tmp_path: Path) -> None:
    masks, folder = Masks(tmp_path / "lock"), tmp_path / "mask"
    masks.hold()
    masks.note([str(folder)])
    masks.hold()
    folder.mkdir()
    masks.release()
    masks.clear()
    assert folder.exists()
    masks.release()
    masks.hold()
    await asyncio.sleep(0.3)
    assert folder.exists(), "the next command came in time"
    masks.release()
    assert folder.exists()
    await asyncio.sleep(0.3)
    assert not folder.exists()
    assert (tmp_path / "lock").read_bytes() == b""


async def test_masks_stay_while_another_process_uses_them(tmp_path: Path) -> None:
    one, other, folder = Masks(tmp_path / "lock"), Masks(tmp_path / "lock"), tmp_path / "mask"
    one.hold()
    other.hold()
    one.note([str(folder)])
    folder.mkdir()
    one.release()
    one.clear()
    assert folder.exists()
    other.release()
    other.clear()
    assert not folder.exists()


async def test_a_mask_that_somebody_has_filled_is_not_taken_away(tmp_path: Path) -> None:
    masks, folder = Masks(tmp_path / "lock"), tmp_path / "mask"
    masks.hold()
    masks.note([str(folder)])
    folder.mkdir()
    (folder / "mine").write_text("x")
    masks.release()
    masks.clear()
    assert (folder / "mine").exists()


# -- the guard -----------------------------------------------------------------------------------------------


def test_the_guard_puts_back_and_keeps_what_was_made(tmp_path: Path) -> None:
    file, folder, link, absent = (tmp_path / name for name in ("file", "folder", "link", "absent"))
    file.write_bytes(b"\0mine\xff")
    file.chmod(0o751)
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "hook").write_text("mine")
    (folder / "inner" / "hook").chmod(0o755)
    link.symlink_to("file")
    guard = Guard([str(path) for path in (file, folder, link, absent)], tmp_path / "refused")
    assert guard.settle() == []
    file.write_text("evil")
    (folder / "inner" / "hook").write_text("evil")
    link.unlink()
    link.mkdir()
    (link / "x").write_text("evil")
    absent.write_text("evil")
    notes = guard.settle()
    assert len(notes) == 4
    assert all("undone" in note for note in notes)
    assert file.read_bytes() == b"\0mine\xff"
    assert stat.S_IMODE(file.stat().st_mode) == 0o751
    assert (folder / "inner" / "hook").read_text() == "mine"
    assert (folder / "inner" / "hook").stat().st_mode & 0o777 == 0o755
    assert os.readlink(link) == "file"
    assert not absent.exists()
    kept = [path.read_text() for path in (tmp_path / "refused").rglob("*") if path.is_file()]
    assert kept.count("evil") == 4
    assert guard.settle() == []


def test_the_guard_follows_no_folder_that_was_replaced(tmp_path: Path) -> None:
    """It would write, and move files, wherever a command wants it to."""
    inner, victim = tmp_path / "git", tmp_path / "victim"
    for folder in (inner, victim):
        folder.mkdir()
        (folder / "config").write_text(folder.name)
    guard = Guard([str(inner / "config")], tmp_path / "refused")
    inner.rename(tmp_path / "gone")
    inner.symlink_to(victim)
    (note,) = guard.settle()
    assert "put a link" in note
    assert (victim / "config").read_text() == "victim"


def test_the_guard_says_when_something_was_too_large_to_keep(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with file.open("wb") as opened:
        opened.truncate(1 << 30)
    guard = Guard([str(file)], tmp_path / "refused")
    file.write_text("changed")
    (note,) = guard.settle()
    assert "could not be put back" in note
    assert str(tmp_path / "refused") in note


# -- the scratch folder --------------------------------------------------------------------------------------


def test_the_scratch_folder_is_private_and_its_name_cannot_be_guessed(tmp_path: Path) -> None:
    one, two = make_scratch(str(tmp_path)), make_scratch(str(tmp_path))
    assert one != two
    assert stat.S_IMODE(one.stat().st_mode) == 0o700


def test_removing_takes_stale_ones_along_and_nothing_else(tmp_path: Path) -> None:
    scratch = make_scratch(str(tmp_path))
    (scratch / "closed" / "deep").mkdir(parents=True)
    (scratch / "out").symlink_to(tmp_path / "victim")
    (scratch / "closed").chmod(0)
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "file").write_text("mine")
    stale, alive = tmp_path / "mycoder-4194399-ab", tmp_path / f"mycoder-{os.getppid()}-ab"
    for folder in (stale, alive, tmp_path / "mycoder-notes", tmp_path / "other"):
        folder.mkdir()
    (tmp_path / "mycoder-4194398-link").symlink_to(tmp_path / "victim")
    remove_scratch(scratch)
    left = sorted(os.listdir(tmp_path))
    assert left == sorted(["victim", alive.name, "mycoder-notes", "other", "mycoder-4194398-link"])
    assert (tmp_path / "victim" / "file").read_text() == "mine"
