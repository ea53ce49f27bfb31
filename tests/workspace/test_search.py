import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mycoder.workspace import grep as module
from mycoder.workspace.grep import Found, grep, readings, ripgrep, to_python
from mycoder.workspace.scan import MOST_WIDTH, Job, cut, scan, search_lines, split
from mycoder.workspace.search import SearchError, files, find, locate

needs_rg = pytest.mark.skipif(not ripgrep(), reason="needs ripgrep")


def plant(root: Path, tree: dict[str, str | bytes]) -> Path:
    for path, content in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


# --- names


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "p"
    names = [
        "README.md",
        "src/app.py",
        "src/core/session.py",
        "src/core/sessions_store.py",
        "tests/test_session.py",
    ]
    return plant(
        root, dict.fromkeys([*names, ".github/ci.yml", "build/app.py"], "") | {".gitignore": "build/\n"}
    )


async def test_find_by_glob(project: Path) -> None:
    found = await find(project, "*.py")
    assert found.paths == (
        "src/app.py",
        "src/core/session.py",
        "src/core/sessions_store.py",
        "tests/test_session.py",
    )
    assert (await find(project, "*.py", limit=1)) == type(found)(("src/app.py",), 4)
    assert (await find(project, "src/*")).paths == ("src/app.py", "src/core/")
    assert (await find(project, "core/*.py", below="src")).paths == (
        "src/core/session.py",
        "src/core/sessions_store.py",
    )
    assert (await find(project, "**/*.{yml,md}")).paths == (".github/ci.yml", "README.md")
    assert (await find(project, "*.rs")).total == 0
    assert (await find(project, "[")).total == 0


async def test_find_a_name_that_looks_like_a_glob(tmp_path: Path) -> None:
    plant(tmp_path, {"app/[slug]/page.tsx": "", "app/s/page.tsx": "", "a{b.txt": ""})
    assert (await find(tmp_path, "app/[slug]/page.tsx")).paths == ("app/[slug]/page.tsx", "app/s/page.tsx")
    assert (await find(tmp_path, "[slug]")).paths == ("app/[slug]/", "app/[slug]/page.tsx", "app/s/")
    assert (await find(tmp_path, "a{b")).paths == ("a{b.txt",)


async def test_find_by_name_best_first(project: Path) -> None:
    assert (await find(project, "session")).paths == (
        "src/core/session.py",
        "src/core/sessions_store.py",
        "tests/test_session.py",
    )
    assert (await find(project, "readme")).paths == ("README.md",)
    assert (await find(project, "core/session.py")).paths == ("src/core/session.py",)
    assert (await find(project, "core")).paths[0] == "src/core/"
    assert (await find(project, "session", below="tests")).paths == ("tests/test_session.py",)


async def test_find_what_was_misspelt(project: Path) -> None:
    found = await find(project, "sesion.py")
    assert found.is_close
    assert found.paths[0] == "src/core/session.py"
    assert (await find(project, "zzzzqqqq")).total == 0


async def test_find_lists_a_folder(project: Path) -> None:
    assert (await find(project)).paths == (".github/", ".gitignore", "README.md", "src/", "tests/")
    assert (await find(project, below="src")).paths == ("src/app.py", "src/core/")
    assert (await find(project, below="build")).paths == ("build/app.py",)


def test_each_folder_of_a_large_project_is_looked_into_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, {f"pkg{i % 20}/sub{i % 7}/m{i}.py": "" for i in range(2000)})
    looked: list[str] = []
    scandir = os.scandir

    def counted(path: str) -> object:
        looked.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counted)
    assert len(files(tmp_path)) == 2000
    assert len(looked) == len(set(looked)) == 1 + 20 + 20 * 7


def test_locate(project: Path, tmp_path: Path) -> None:
    assert locate(project, "src/../src/app.py") == "src/app.py"
    assert locate(project, str(project / "src")) == "src"
    assert locate(project, ".") == ""
    (project / "out").symlink_to(tmp_path)
    (project / "in").symlink_to(project / "src")
    assert locate(project, "in/app.py") == "src/app.py"
    for path in ("..", "/etc", "out", "src/../../x", f"{project}2"):
        with pytest.raises(SearchError, match="outside"):
            locate(project, path)
    with pytest.raises(SearchError, match="there is no nope"):
        locate(project, "nope")
    with pytest.raises(SearchError, match="NUL"):
        locate(project, "a\0b")


# --- lines


def shown(found: Found) -> dict[str, list[tuple[int, str]]]:
    return {path: [(n, text) for n, is_match, text in rows if is_match] for path, _, rows in found.hits}


async def test_matches_in_the_order_of_paths_with_numbers_from_one(tmp_path: Path) -> None:
    plant(tmp_path, {"b.py": "x\ndef f():\n", "a/c.py": "def g():", "a.py": "\n\n\tdef h():\r\n"})
    found = await grep(tmp_path, "def ")
    assert list(shown(found).items()) == [
        ("a.py", [(3, "\tdef h():")]),
        ("a/c.py", [(1, "def g():")]),
        ("b.py", [(2, "def f():")]),
    ]
    assert (found.matches, found.files, found.candidates, found.is_complete) == (3, 3, 3, True)


async def test_place_and_glob(tmp_path: Path) -> None:
    plant(tmp_path, {"src/a.py": "x", "src/a.js": "x", "b.py": "x", "dist/c.py": "x", ".gitignore": "dist"})
    assert list(shown(await grep(tmp_path, "x", glob="*.py"))) == ["b.py", "src/a.py"]
    assert list(shown(await grep(tmp_path, "x", below="src", glob="!*.py"))) == ["src/a.js"]
    assert list(shown(await grep(tmp_path, "x", below="dist"))) == ["dist/c.py"]
    assert list(shown(await grep(tmp_path, "x", below="dist/c.py"))) == ["dist/c.py"]
    assert (await grep(tmp_path, "x", glob="*.rs")).candidates == 0


async def test_context_lines_are_given_once(tmp_path: Path) -> None:
    plant(tmp_path, {"a": "1\n2 x\n3\n4 x\n5\n6\n7\n8 x\n"})
    found = await grep(tmp_path, "x", context=1)
    assert found.hits == (
        (
            "a",
            3,
            [
                (1, False, "1"),
                (2, True, "2 x"),
                (3, False, "3"),
                (4, True, "4 x"),
                (5, False, "5"),
                (7, False, "7"),
                (8, True, "8 x"),
            ],
        ),
    )


async def test_what_is_shown_is_bounded_and_what_is_counted_is_not(tmp_path: Path) -> None:
    plant(tmp_path, {f"f{i}": "x\n" * 100 for i in range(10)})
    found = await grep(tmp_path, "x", limit=30)
    assert (found.matches, found.files) == (1000, 10)
    assert [len(rows) for _, _, rows in found.hits] == [10, 10, 10]
    alone = await grep(tmp_path, "x", below="f1", limit=30)
    assert [len(rows) for _, _, rows in alone.hits] == [30]


async def test_long_lines_are_cut_around_the_match(tmp_path: Path) -> None:
    plant(tmp_path, {"a.min.js": "a" * 100_000 + "needle" + "b" * 100_000})
    ((_, _, [(_, _, text)]),) = (await grep(tmp_path, "needle")).hits
    assert "needle" in text
    assert text.startswith("…")
    assert text.endswith("… (200,006 characters)")
    assert len(text) < MOST_WIDTH + 40
    assert cut("x" * MOST_WIDTH) == "x" * MOST_WIDTH


async def test_binary_and_odd_files(tmp_path: Path) -> None:
    root = plant(tmp_path / "p", {"late": b"x\n" * 50_000 + b"\0", "early": b"\0x", "latin": b"caf\xe9 x\n"})
    plant(
        root,
        {"utf16": "héllo x\n".encode("utf-16"), "bom": b"\xef\xbb\xbfx\n", "mac": b"a\rx\rb", "empty": b""},
    )
    plant(tmp_path, {"secret": "x"})
    (root / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(root / "pipe")
    odd = os.fsdecode(b"\xff\n:1:")
    (root / odd).write_text("x")
    (root / "-e").write_text("x")
    found = shown(await grep(root, "x"))
    assert found == {
        "-e": [(1, "x")],
        "bom": [(1, "x")],
        "latin": [(1, "caf\udce9 x")],
        "mac": [(2, "x")],
        "utf16": [(1, "héllo x")],
        odd: [(1, "x")],
    }
    assert shown(await grep(root, "^x", regex=True))["bom"] == [(1, "x")]


@needs_rg
async def test_odd_files_are_the_same_with_ripgrep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FEW", 0)
    monkeypatch.setattr(module, "_MANY", 0)
    await test_binary_and_odd_files(tmp_path)


async def test_a_big_file_is_read_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mycoder.workspace.scan._BIG", 100_000)
    plant(tmp_path, {"log": b"\xef\xbb\xbffirst\r\n" + b"nothing here\n" * 10_000 + b"needle\n"})
    assert shown(await grep(tmp_path, "needle")) == {"log": [(10_002, "needle")]}
    assert shown(await grep(tmp_path, "^first$", regex=True)) == {"log": [(1, "first")]}
    with (tmp_path / "log").open("ab") as file:
        file.write(b"\0")
    assert (await grep(tmp_path, "needle")).matches == 0


@pytest.mark.parametrize(
    ("pattern", "regex", "lines"),
    [
        ("a.b", None, ["a.b", "axb"]),
        ("a.b", False, ["a.b"]),
        ("f(x)", None, ["fx"]),
        ("f(y)", None, ["f(y)"]),
        ("g()", None, ["g()"]),
        ("func(", None, ["func("]),
        ("a[0", None, ["a[0]"]),
        ("one\\|two", None, ["one", "two"]),
        ("^fx$", True, ["fx"]),
        ("[[:digit:]]{3}", None, ["x123"]),
        ("(?<name>f)x", None, ["fx"]),
        ("GRÜN", None, []),
    ],
)
async def test_how_a_pattern_is_read(
    tmp_path: Path, pattern: str, regex: bool | None, lines: list[str]
) -> None:
    content = ["a.b", "axb", "fx", "f(y)", "g()", "g", "func(", "a[0]", "one", "two", "x123", "grün"]
    plant(tmp_path, {"a": "\n".join(content)})
    found = await grep(tmp_path, pattern, regex=regex)
    assert [text for _, text in shown(found).get("a", [])] == lines


async def test_what_was_done_instead_is_told(tmp_path: Path) -> None:
    plant(tmp_path, {"a": "f(y) func("})
    assert "not a regular expression (missing )" in (await grep(tmp_path, "func(")).note
    assert "searched as plain text" in (await grep(tmp_path, "f(y)")).note
    assert (await grep(tmp_path, "f.y")).note == ""
    assert (await grep(tmp_path, "nowhere.*")).note == ""
    with pytest.raises(SearchError, match="not a regular expression"):
        await grep(tmp_path, "func(", regex=True)
    with pytest.raises(SearchError, match="empty"):
        await grep(tmp_path, "")


async def test_case_beyond_ascii(tmp_path: Path) -> None:
    plant(tmp_path, {"a": "GRÜN\nпривет\nﬁ\n"})
    assert (await grep(tmp_path, "grün", ignore_case=True)).matches == 1
    assert (await grep(tmp_path, r"\bПРИВЕТ\b", ignore_case=True)).matches == 1


def test_readings_never_raise() -> None:
    for pattern in (
        "(",
        "a{99999999999}",
        "\\",
        "[z-a]",
        "(?P<1>x)",
        "*",
        "(?i",
        "(" * 200,
        "(?:" * 3000,
        "x" * 50_000,
    ):
        assert readings(pattern, None)


def test_words_of_other_engines() -> None:
    assert to_python("[[:alpha:]_][[:nonsense:]]") == "[a-zA-Z_][[:nonsense:]]"
    assert to_python(r"(?<a>x)(?<=y)\z") == r"(?P<a>x)(?<=y)\Z"


async def test_an_expression_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", 1.0)
    plant(tmp_path, {"a": "needle needle\n", "b": "a" * 60 + "!\n", "c": "x\n"})
    started = time.monotonic()
    found = await grep(tmp_path, "needle|^(a+)+$", regex=True)
    assert time.monotonic() - started < 60
    assert not found.is_complete
    assert (found.matches, found.searched, found.candidates) == (1, 2, 3)


async def test_without_an_interpreter_for_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, {"a": "aab"})
    monkeypatch.setattr("sys.executable", "")
    assert (await grep(tmp_path, "a+b", regex=True)).matches == 1


@needs_rg
async def test_a_ripgrep_that_fails_sorts_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, {"p/a": "x", "p/b": "y", "bin/rg": "#!/bin/sh\necho no such option >&2\nexit 2\n"})
    (tmp_path / "bin/rg").chmod(0o755)
    monkeypatch.setattr(module, "_FEW", 0)
    monkeypatch.setattr(module, "_MANY", 0)
    assert (await grep(tmp_path / "p", "x", rg=str(tmp_path / "bin/rg"))).matches == 1
    assert (await grep(tmp_path / "p", "x", rg=str(tmp_path / "bin/none"))).matches == 1


async def test_paths_come_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, {f"{i:03}": "x" if i % 3 else "y" for i in range(100)})
    monkeypatch.setattr(module, "_FEW", 0)
    monkeypatch.setattr(module, "_MANY", 0)
    monkeypatch.setattr(module, "_BATCH", 200)
    found = await grep(tmp_path, "x")
    assert (found.matches, found.files, found.candidates) == (66, 66, 100)


words = st.sampled_from(["foo", "Foo", "bar", "foo.bar", "föö", "x1", "", " ", "\t", "K", "ſ", "()", "a|b"])
contents = st.lists(st.lists(words, max_size=4).map("".join), max_size=6).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n"]).map(lambda end: end.join(lines).encode())
)
noise = st.sampled_from([b"", b"", b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\n"])
patterns = st.sampled_from(
    [
        "foo",
        "fo+",
        r"\bfoo\b",
        "^foo",
        "bar$",
        r"\w+\d",
        "[^f]oo",
        "f(oo|öö)",
        "k",
        "s",
        r"^\s*$",
        "(?i)FOO",
        "()",
        "a|b",
        r"\S\s\S",
        "x{1,2}1",
        "(?<!f)oo",
        "(",
        "foo.bar",
        r".+",
        r"ö{2}",
    ]
)


@needs_rg
@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    tree=st.lists(st.tuples(contents, noise), min_size=1, max_size=5),
    pattern=patterns,
    regex=st.sampled_from([None, True, False]),
    ignore_case=st.booleans(),
    context=st.integers(0, 2),
)
async def test_ripgrep_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory,
    tree: list[tuple[bytes, bytes]],
    pattern: str,
    regex: bool | None,
    ignore_case: bool,
    context: int,
) -> None:
    root = tmp_path_factory.mktemp("t")
    plant(root, {f"d{i % 2}/f{i}": more + content for i, (content, more) in enumerate(tree)})
    limits = module._FEW, module._MANY
    module._FEW = module._MANY = 0
    try:
        results = []
        for rg in (ripgrep(), ""):
            try:
                results.append(
                    await grep(
                        root, pattern, regex=regex, ignore_case=ignore_case, context=context, rg=rg, limit=5
                    )
                )
            except SearchError as error:
                results.append(Found(note=str(error)))
    finally:
        module._FEW, module._MANY = limits
        shutil.rmtree(root)
    assert results[0] == results[1]


def test_scanning_can_be_packed(tmp_path: Path) -> None:
    plant(tmp_path, {"a": "x\ny\n"})
    assert scan(Job(str(tmp_path), ["a", "missing"], "y")).hits == [("a", 1, [(2, True, "y")])]


def test_lines() -> None:
    assert split("a\n\nb") == ["a", "", "b"]
    assert split("a\n") == ["a"]
    assert split("") == []
    count, rows = search_lines(["x"] * 5, lambda line: module.re.search("x", line), 2, 1)
    assert count == 5
    assert [number for number, _, _ in rows] == [1, 2, 3]
