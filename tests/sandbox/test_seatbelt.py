"""The profiles for macOS, as text: nothing here runs them."""

import re
import sys
from pathlib import Path

import pytest

from mycoder.sandbox import mounts
from mycoder.sandbox.job import CannotStart, SandboxUnavailable
from mycoder.sandbox.levels import survey
from mycoder.sandbox.probe import probe_seatbelt
from mycoder.sandbox.sandbox import open_sandbox
from mycoder.sandbox.seatbelt import profile


def folders(home: Path, root: Path) -> mounts.Folders:
    return mounts.Folders(
        root=str(root),
        home=str(home),
        scratch="/private/tmp/s",
        cache="/c",
        real_cache=str(home / "Library/Caches"),
    )


def made(home: Path, root: Path) -> list[str]:
    place = folders(home, root)
    return profile(
        place, [str(root), "/private/tmp/s"], mounts.protected(place), [f"{root}/v/lib/.git"]
    ).splitlines()


def test_it_is_balanced_and_denies_before_it_allows(home: Path, root: Path) -> None:
    lines = made(home, root)
    text = re.sub(r'"(?:\\.|[^"\\])*"', "", "\n".join(lines))
    assert text.count("(") == text.count(")")
    assert lines[:3] == ["(version 1)", "(allow default)", "(deny network*)"]
    writes = [line for line in lines if "file-write*" in line]
    assert writes[0] == "(deny file-write*)"
    assert writes[1] == f'(allow file-write* (subpath "{root}") (subpath "/private/tmp/s"))'
    assert all(line.startswith("(deny") for line in writes[3:])


def test_credentials_are_hidden_and_the_repository_is_not(home: Path, root: Path) -> None:
    reads = [line for line in made(home, root) if "file-read*" in line]
    assert f'(subpath "{home}/.ssh")' in reads[0]
    assert reads[0].startswith("(deny")
    assert reads[1].startswith(f'(allow file-read* (subpath "{root}")')


@pytest.mark.parametrize(
    "name", [".mcp.json", ".MCP.json", ".vscode/tasks.json", ".Mycoder/config.toml", ".idea/x"]
)
def test_protected_names_are_denied_in_any_case_also_when_absent(home: Path, root: Path, name: str) -> None:
    (line,) = [line for line in made(home, root) if "(deny file-write* (regex" in line]
    patterns = [word.replace("\\\\", "\\") for word in re.findall(r'\(regex "((?:\\.|[^"\\])*)"\)', line)]
    assert any(re.fullmatch(pattern, f"{root}/{name}") for pattern in patterns)
    for other in ("a.mcp.json", "xmcp.json", ".vscodes", "src/.vscode.py"):
        assert not any(re.fullmatch(pattern, f"{root}/{other}") for pattern in patterns)


def test_git_cannot_be_moved_nor_what_holds_a_nested_one(home: Path, root: Path) -> None:
    text = "\n".join(made(home, root))
    (line,) = [line for line in text.splitlines() if "file-write-unlink" in line]
    for folder in ("v", "v/lib", "v/lib/.git"):
        assert f'(literal "{root}/{folder}")' in line
    assert f'(subpath "{root}/.git/config")' in text
    assert f'(subpath "{root}/.git/hooks")' in text


def test_quotes_and_backslashes_in_paths_stay_text(home: Path, root: Path) -> None:
    odd = root / 'a"(allow default)\\'
    odd.mkdir()
    lines = profile(folders(home, odd), [str(odd)], []).splitlines()
    assert '\\"(allow default)\\\\"' in lines[12] + lines[13]
    with pytest.raises(CannotStart, match="rename"):
        profile(folders(home, root), ["/a\nb"], [])


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has it")
def test_elsewhere_it_is_no_level(root: Path) -> None:
    assert probe_seatbelt().problem == "it exists only for macOS"
    assert "seatbelt" not in [report.name for report in survey(root, {})]
    with pytest.raises(SandboxUnavailable, match="only for macOS"):
        open_sandbox("seatbelt", root, env={})
