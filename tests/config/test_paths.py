"""Folders of ours, and the folder of the project."""

import sys
from pathlib import Path

import pytest

from mycoder.config import paths as paths_module
from mycoder.config.errors import ConfigError
from mycoder.config.paths import Paths, find_root

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have other places")


@linux
def test_defaults_below_home() -> None:
    paths = Paths.from_env({"HOME": "/h"})
    assert [str(p) for p in (paths.config, paths.state, paths.cache, paths.data)] == [
        "/h/.config/mycoder",
        "/h/.local/state/mycoder",
        "/h/.cache/mycoder",
        "/h/.local/share/mycoder",
    ]


@linux
def test_xdg_variables_win_unless_relative_or_empty() -> None:
    env = {"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "rel/ative", "XDG_CACHE_HOME": ""}
    paths = Paths.from_env(env)
    assert str(paths.config_file) == "/c/mycoder/config.toml"
    assert str(paths.state) == "/h/.local/state/mycoder"
    assert str(paths.cache) == "/h/.cache/mycoder"


@linux
def test_no_home_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths_module.os.path, "expanduser", lambda path: path)
    with pytest.raises(ConfigError, match="set HOME or XDG_CONFIG_HOME"):
        Paths.from_env({})


def test_project_folders_of_namesakes_differ_and_links_agree(tmp_path: Path) -> None:
    paths = Paths.from_env({"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)})
    one, two = tmp_path / "a/app é$", tmp_path / "b/app é$"
    for folder in (one, two):
        folder.mkdir(parents=True)
    (tmp_path / "link").symlink_to(one)
    assert paths.project(one) != paths.project(two)
    assert paths.project(one) == paths.project(tmp_path / "link")
    assert paths.project(one).name.startswith("app___-")
    assert paths.project(Path("/")).name.startswith("root-")


@pytest.mark.parametrize("mark", [".git", ".mycoder"])
def test_the_nearest_marked_folder_is_the_project(tmp_path: Path, mark: str) -> None:
    (tmp_path / "repo" / mark).mkdir(parents=True)
    inner = tmp_path / "repo/src/deep"
    inner.mkdir(parents=True)
    assert find_root(inner) == tmp_path / "repo"
    assert find_root(tmp_path / "repo") == tmp_path / "repo"


def test_a_worktree_is_a_project(tmp_path: Path) -> None:
    (tmp_path / "tree/src").mkdir(parents=True)
    (tmp_path / "tree/.git").write_text("gitdir: /elsewhere\n")
    assert find_root(tmp_path / "tree/src") == tmp_path / "tree"


def test_a_repository_of_dot_files_does_not_swallow_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".git").mkdir()
    (tmp_path / "plain/folder").mkdir(parents=True)
    assert find_root(tmp_path / "plain/folder") == tmp_path / "plain/folder"
    assert find_root(tmp_path) == tmp_path
