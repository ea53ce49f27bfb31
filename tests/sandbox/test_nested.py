"""Finding repositories inside of the repository, and the private homes of build tools."""

import os
from pathlib import Path

from mycoder.sandbox import homes, nested
from mycoder.sandbox.nested import held, nested_repositories


def test_repositories_are_found_to_a_depth_and_links_are_not_followed(tmp_path: Path) -> None:
    for name in ("", "a", "a/b/c", "a/b/c/d/e", "node_modules/x"):
        (tmp_path / name / ".git").mkdir(parents=True)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / ".git").write_text("gitdir: x")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    found = {os.path.relpath(git, tmp_path) for git in nested_repositories(str(tmp_path))}
    assert found == {"a/.git", "a/b/c/.git", "sub/.git"}


def test_looking_is_bounded(tmp_path: Path) -> None:
    for number in range(nested.MOST_FOUND + 20):
        (tmp_path / str(number) / ".git").mkdir(parents=True)
    assert len(nested_repositories(str(tmp_path))) == nested.MOST_FOUND
    assert nested_repositories(str(tmp_path / "gone")) == ()


def test_a_pointer_is_held_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: x")
    assert list(held(str(tmp_path / ".git"))) == [str(tmp_path / ".git")]


def test_homes_read_on_from_what_is_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    bare = homes.variables(str(home), "/c")
    assert bare["GRADLE_USER_HOME"] == "/c/gradle-home"
    assert bare["MAVEN_ARGS"] == "-Dmaven.repo.local=/c/maven-repository"
    assert bare["GOMODCACHE"] == "/c/go-modules"
    assert "GRADLE_RO_DEP_CACHE" not in bare
    for name in (".gradle/caches/modules-2", ".m2/repository", "go/pkg/mod/cache"):
        (home / name).mkdir(parents=True)
    full = homes.variables(str(home), "/c")
    assert full["GRADLE_RO_DEP_CACHE"] == f"{home}/.gradle/caches"
    assert f"-Dmaven.repo.local.tail={home}/.m2/repository" in full["MAVEN_ARGS"]
    assert "GOMODCACHE" not in full
    assert "MAVEN_ARGS" not in homes.variables(str(home), "/with space")


def test_gradlew_finds_its_distributions_and_can_lock_them(tmp_path: Path) -> None:
    home, own = tmp_path / "home", tmp_path / "own"
    real = home / ".gradle/wrapper/dists/gradle-8.5-bin/abc"
    (real / "gradle-8.5").mkdir(parents=True)
    (real / "gradle-8.5-bin.zip.ok").write_text("")
    (real / "gradle-8.5-bin.zip.lck").write_text("")
    for _ in range(2):
        homes.link_wrappers(str(home), str(own))
    seen = own / "gradle-home/wrapper/dists/gradle-8.5-bin/abc"
    assert sorted(os.listdir(seen)) == ["gradle-8.5", "gradle-8.5-bin.zip.ok"]
    assert os.readlink(seen / "gradle-8.5") == str(real / "gradle-8.5")
    assert not seen.is_symlink()
