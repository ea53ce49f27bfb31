import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mycoder.workspace.globs import compile_glob, expand_braces
from mycoder.workspace.ignore import Rules, translate_glob
from mycoder.workspace.walk import walk

FEW = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def plant(root: Path, tree: dict[str, str]) -> None:
    for path, text in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


@pytest.mark.parametrize(
    ("lines", "path", "is_folder", "answer"),
    [
        ("*.pyc", "a/b.pyc", False, True),
        ("*.pyc", "a/b.py", False, None),
        ("build/", "build", True, True),
        ("build/", "build", False, None),
        ("/build", "a/build", False, None),
        ("/build", "build", False, True),
        ("a/b", "a/b", False, True),
        ("a/b", "c/a/b", False, None),
        ("**/b", "c/a/b", False, True),
        ("a/**", "a", True, None),
        ("a/**", "a/x", False, True),
        ("a/**/b", "a/b", False, True),
        ("a/**/b", "a/x/y/b", False, True),
        ("a/**/b/**/c", "a/x/b/b/y/c", False, True),
        ("*\n!keep", "keep", False, False),
        ("!keep\n*", "keep", False, True),
        ("# comment", "# comment", False, None),
        ("\\# file", "# file", False, True),
        ("\\!x", "!x", False, True),
        ("x   ", "x", False, True),
        ("x\\ ", "x ", False, True),
        ("x\r", "x", False, True),
        ("\ufeffx", "x", False, True),
        ("[ab]?", "bz", False, True),
        ("[!ab]", "c", False, True),
        ("[!ab]", "a", False, None),
        ("[]-]", "]", False, True),
        ("[a", "[a", False, None),
        ("a\\", "a\\", False, None),
        ("/", "a", True, None),
        ("foo*bar*baz", "foo1bar2baz3baz", False, True),
        ("a.b", "axb", False, None),
        ("über*", "übergang", False, True),
        ("*", "a\nb", False, True),
    ],
)
def test_rules(lines: str, path: str, is_folder: bool, answer: bool | None) -> None:
    assert Rules(lines).match(path, path.rpartition("/")[2], is_folder) is answer


def test_a_hostile_pattern_takes_no_exponential_time() -> None:
    started = time.monotonic()
    Rules("a*" * 60 + "b").match("a" * 250, "a" * 250, False)
    Rules("**/a/" * 30 + "b").match("a/" * 250 + "c", "c", False)
    Rules("x/" + "**/*a*a*a/" * 20 + "b").match("x/" + "aaaaaaaa/" * 250, "", True)
    assert time.monotonic() - started < 30


parts = st.sampled_from(
    ["a", "b", "ab", "a.c", "*", "*.c", "a*", "?", "[ab]", "[!a]", "**", "b*c", ".h", "\\a"]
)
lines = st.builds(
    lambda negated, rooted, inside, folder: f"{negated}{rooted}{'/'.join(inside)}{folder}",
    st.sampled_from(["", "", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(parts, min_size=1, max_size=3),
    st.sampled_from(["", "", "/"]),
)
names = st.sampled_from(["a", "b", "ab", "a.c", "b.c", "abc", ".h", "bxc"])
trees = st.lists(st.lists(names, min_size=1, max_size=4).map("/".join), min_size=1, max_size=14)
ignore_files = st.dictionaries(
    st.sampled_from(["", "a/", "b/", "a/b/", "ab/a/"]), st.lists(lines, min_size=1, max_size=4), max_size=3
)


def grow(root: Path, paths: list[str]) -> None:
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for path in paths:
        try:
            plant(root, {path: "x"})
        except OSError:  # a file where a folder should be, or the other way round
            continue


def lay(root: Path, name: str, files: dict[str, list[str]]) -> None:
    for folder, content in files.items():
        if (root / folder).is_dir():
            (root / folder / name).write_text("\n".join(content))


@FEW
@given(paths=trees, ignores=ignore_files, excludes=st.lists(lines, max_size=2))
def test_what_is_listed_is_what_git_would_add(
    tmp_path: Path, paths: list[str], ignores: dict[str, list[str]], excludes: list[str]
) -> None:
    root = tmp_path / "r"
    grow(root, paths)
    lay(root, ".gitignore", ignores)
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    (root / ".git/info/exclude").write_text("\n".join(excludes))
    done = subprocess.run(
        ["git", "-c", "core.excludesFile=/dev/null", "ls-files", "-coz", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    assert sorted(walk(str(root))) == sorted(os.fsdecode(name) for name in done.stdout.split(b"\0")[:-1])


@pytest.mark.skipif(shutil.which("rg") is None, reason="needs ripgrep")
@FEW
@given(paths=trees, gits=ignore_files, plain=ignore_files, own=ignore_files, with_git=st.booleans())
def test_what_is_listed_is_what_ripgrep_lists(
    tmp_path: Path,
    paths: list[str],
    gits: dict[str, list[str]],
    plain: dict[str, list[str]],
    own: dict[str, list[str]],
    with_git: bool,
) -> None:
    root = tmp_path / "r"
    grow(root, paths)
    lay(root, ".gitignore", gits)
    lay(root, ".ignore", plain)
    lay(root, ".rgignore", own)
    if with_git:
        subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    flags = ["--no-config", "--files", "--hidden", "--null", "--no-ignore-global", "--no-ignore-parent"]
    flags += ["--no-messages", "--glob=!.git"] + ([] if with_git else ["--no-require-git"])
    done = subprocess.run(["rg", *flags], cwd=root, capture_output=True, check=False)
    assert sorted(walk(str(root))) == sorted(os.fsdecode(name) for name in done.stdout.split(b"\0")[:-1])


def test_folders_above_the_root_count_up_to_the_top_of_the_repository(tmp_path: Path) -> None:
    plant(tmp_path, {".gitignore": "*", "top/.gitignore": "/sub/x\n*.o\n", "top/sub/x": "", "top/sub/y": ""})
    plant(tmp_path, {"top/sub/z.o": "", "top/sub/.gitignore": "!z.o"})
    assert sorted(walk(str(tmp_path / "top/sub"))) == [".gitignore", "x", "y", "z.o"]
    subprocess.run(["git", "init", "-q", "top"], cwd=tmp_path, check=True)
    assert sorted(walk(str(tmp_path / "top/sub"))) == [".gitignore", "y", "z.o"]


def test_rules_end_at_a_repository_inside(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    plant(tmp_path, {".gitignore": "*.o", ".ignore": "*.p", "in/a.o": "", "in/a.p": "", "in/.git/HEAD": ""})
    assert sorted(walk(str(tmp_path))) == [".gitignore", ".ignore", "in/a.o"]


def test_an_ignored_folder_is_walked_when_it_is_named(tmp_path: Path) -> None:
    plant(tmp_path, {".gitignore": "build/\n*.o", "build/a.c": "", "build/a.o": "", "build/deep/b.c": ""})
    assert list(walk(str(tmp_path))) == [".gitignore"]
    assert sorted(walk(str(tmp_path), "build")) == ["build/a.c", "build/deep/b.c"]
    assert sorted(walk(str(tmp_path), "build/deep")) == ["build/deep/b.c"]


def test_odd_entries(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    plant(tmp_path, {"outside/secret": "", "r/file": "", "r/sub/.git": "gitdir: x", "r/.hidden/x": ""})
    root = tmp_path / "r"
    (root / "link").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "to-file").symlink_to(outside / "secret")
    os.mkfifo(root / "pipe")
    os.mkfifo(root / ".gitignore")
    odd = os.fsdecode(b"\xff \n'\"")
    (root / odd).write_text("")
    (root / "locked").mkdir(mode=0)
    assert sorted(walk(str(root))) == sorted([".hidden/x", "file", odd])


def test_walking_stops_when_told(tmp_path: Path) -> None:
    plant(tmp_path, {f"d{i}/f": "" for i in range(20)})
    assert list(walk(str(tmp_path), stop=lambda: True)) == []


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    assert list(walk(str(tmp_path / "nowhere"))) == []


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("*.py", ["a.py", "x/y/a.py"], ["a.pyc", "a.py/b"]),
        ("src/*.py", ["src/a.py"], ["src/x/a.py", "x/src/a.py"]),
        ("src/**/*.{ts,tsx}", ["src/a.ts", "src/x/y/a.tsx"], ["src/a.js", "a.ts"]),
        ("**/test_*", ["test_a", "x/test_b.py"], ["atest_"]),
        ("!tests/**", ["a.py", "src/tests.py"], ["tests/a.py", "tests/x/b"]),
        ("tests/", ["tests/a", "tests/x/b"], ["a/tests/b", "tests"]),
        ("./a/*", ["a/b"], ["b/b"]),
        ("/a.py", ["a.py"], ["x/a.py"]),
        ("{a,b}/x", ["a/x", "b/x"], ["c/x"]),
        ("{a", ["{a", "x/{a"], ["a"]),
        ("a{1}", ["a{1}"], ["a1"]),
    ],
)
def test_globs(glob: str, yes: list[str], no: list[str]) -> None:
    chooses = compile_glob(glob)
    assert chooses is not None
    assert [path for path in yes + no if chooses(path)] == yes


def test_braces() -> None:
    assert expand_braces("a{b,{c,d}e}{1,2}") == ["ab1", "ab2", "ace1", "ace2", "ade1", "ade2"]
    assert expand_braces("{a,b}" * 20) == []
    assert compile_glob("{a,b}" * 20) is None
    assert compile_glob("[") is None
    assert translate_glob("") is None
