"""Which project a folder is."""

import os
import shutil
import subprocess

import pytest

from mycoder.config.paths import Paths
from mycoder.memory.projects import Projects
from mycoder.session.remembering import project_of


@pytest.fixture
def paths(tmp_path):
    return Paths(*(tmp_path / name for name in ("config", "state", "cache", "data")))


def git(folder, *arguments):
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.invalid")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def repository(folder, *, remote="", text="x"):
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text(text)
    git(folder, "init", "-q")
    if remote:
        git(folder, "remote", "add", "origin", remote)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "start", "--date=2026-01-01T00:00:00Z")
    return folder


async def test_every_folder_is_its_own_project_with_and_without_git(paths, tmp_path):
    folders = [
        repository(tmp_path / "a/shop"),
        repository(tmp_path / "b/shop", text="y"),
        tmp_path / "c",
        tmp_path / "d",
    ]
    for plain in folders[2:]:
        plain.mkdir()
    ids = [(await project_of(paths, folder)).id for folder in folders]
    assert len(set(ids)) == 4
    assert [(await project_of(paths, folder)).id for folder in folders] == ids


async def test_a_move_and_another_work_tree_stay_the_same(paths, tmp_path):
    shop = repository(tmp_path / "shop")
    known = await project_of(paths, shop)
    tree = tmp_path / "tree"
    git(shop, "worktree", "add", "-q", str(tree))
    assert (await project_of(paths, tree)).id == known.id
    moved = shop.rename(tmp_path / "moved")
    assert (await project_of(paths, moved)).id == known.id
    # copied to another disk, so to say: new inodes, the old one gone
    copied = tmp_path / "copied"
    shutil.copytree(moved, copied)
    shutil.rmtree(moved)
    assert (await project_of(paths, copied)).id == known.id


async def test_a_copy_beside_the_original_is_another_project_but_a_clone_of_an_address_is_not(
    paths, tmp_path
):
    shop = repository(tmp_path / "shop")
    copy = tmp_path / "copy"
    shutil.copytree(shop, copy)
    assert (await project_of(paths, shop)).id != (await project_of(paths, copy)).id
    served = repository(tmp_path / "one", remote="https://me:pw@host.example/x/y.git")
    clone = tmp_path / "two"
    git(served, "clone", "-q", str(served), str(clone))
    git(clone, "remote", "set-url", "origin", "git@host.example:x/y")
    assert (await project_of(paths, served)).id == (await project_of(paths, clone)).id


async def test_another_repository_in_an_old_place_is_another_project(paths, tmp_path):
    shop = repository(tmp_path / "shop")
    first = await project_of(paths, shop)
    shutil.rmtree(shop)
    second = await project_of(paths, repository(tmp_path / "shop", text="other"))
    assert second.id != first.id
    table = {p.id: p for p in Projects(paths.data / "memory").all()}
    assert table[first.id].holds(str(shop), 1.0)
    assert not table[second.id].holds(str(shop), 1.0)
    assert table[second.id].holds(str(shop), 9e9)
    assert not table[first.id].holds(str(shop), 9e9)


async def test_a_repository_before_its_first_commit_is_known_after_it(paths, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    git(new, "init", "-q")
    first = await project_of(paths, new)
    git(new, "commit", "-qm", "x", "--allow-empty")
    assert (await project_of(paths, new)).id == first.id
    assert {p.key != "" for p in Projects(paths.data / "memory").all()} == {True}


async def test_a_broken_table_is_made_again_from_the_copies(paths, tmp_path):
    shop = repository(tmp_path / "shop")
    first = await project_of(paths, shop)
    table = paths.data / "memory/projects.json"
    table.write_text('{"version": 1, "projects": [{"id"')
    assert (await project_of(paths, shop)).id == first.id
    table.unlink(missing_ok=True)
    assert (await project_of(paths, shop)).id == first.id


async def test_adopting_joins_the_places(paths, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    first, second = await project_of(paths, old), await project_of(paths, new)
    Projects(paths.data / "memory").adopt(first, second)
    assert (await project_of(paths, new)).id == first.id


async def test_a_path_that_is_not_utf8(paths, tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    known = await project_of(paths, folder)
    assert (await project_of(paths, folder)).id == known.id
