"""The reference pages say what the code says."""

import re
from pathlib import Path

import pytest

from mycoder.cli.pages.catalog import texts
from mycoder.cli.start import start
from mycoder.config.keys import all_keys
from tests.docs.pages import ROOT

REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def fresh() -> dict[str, str]:
    return texts()


def test_the_pages_are_up_to_date(fresh):
    for name, text in fresh.items():
        kept = (REFERENCE / name).read_text(encoding="utf-8")
        assert kept == text, f"docs/reference/{name} is stale: run `mycoder reference`"


def test_there_is_no_page_that_nothing_makes(fresh):
    assert {path.name for path in REFERENCE.iterdir()} == set(fresh)


def test_the_check_tells_a_stale_page(tmp_path, capsys):
    assert start(["reference", "--out", str(tmp_path)]) == 0
    assert start(["reference", "--out", str(tmp_path), "--check"]) == 0
    capsys.readouterr()
    (tmp_path / "tools.md").write_bytes(b"# Tools\n\xff")
    (tmp_path / "events.md").unlink()
    assert start(["reference", "--out", str(tmp_path), "--check"]) == 1
    said = capsys.readouterr().err
    assert "tools.md" in said
    assert "events.md" in said
    assert "commands.md" not in said
    assert not (tmp_path / "events.md").exists()


def test_every_argument_and_option_is_explained(fresh):
    """A row of a subcommand without words would be an option that nobody understands."""
    rows = [line.split(" | ") for line in fresh["commands.md"].splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row[0] for row in rows if not row[1].strip(" |")] == []


def test_every_setting_is_on_its_page(fresh):
    for key in all_keys():
        assert key.description, key.name
        assert key.description in fresh["settings.md"], key.name


def _product() -> str:
    files = (path for path in (ROOT / "mycoder").rglob("*.py") if "pages" not in path.parts)
    return "\n".join(path.read_text(encoding="utf-8") for path in files if _is_product(path))


def _is_product(path: Path) -> bool:
    return path.relative_to(ROOT / "mycoder").parts[0] not in ("config", "cli")


def test_every_key_is_read_somewhere():
    """A key of which nothing takes notice must not be promised."""
    product = _product() + "".join(
        (ROOT / "mycoder" / "cli" / name).read_text() for name in ("app.py", "run.py", "run_tests.py")
    )
    for key in all_keys():
        assert re.search(rf"\.{key.path[-1]}\b", product), key.name
