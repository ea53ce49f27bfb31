"""Trust in a folder: what counts, when it is asked again, and that nothing of it is lost."""

import multiprocessing
import os
from pathlib import Path

import pytest

from mycoder.config import trust as trust_module
from mycoder.config.errors import ConfigError
from mycoder.config.trust import OUR_TABLE, TrustStore, discover


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    return TrustStore(tmp_path / "state" / "trust.json")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(folder / ".mycoder/config.toml", "model = 'x'\n")
    return folder


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def trusted(store: TrustStore, root: Path) -> bool:
    return store.look(root).is_trusted


def test_a_folder_is_new_until_trusted_and_again_after_removal(store: TrustStore, root: Path) -> None:
    seen = store.look(root)
    assert (seen.standing, [item.path for item in seen.items]) == ("new", [".mycoder/config.toml"])
    store.trust(root, seen.items)
    assert store.look(root).standing == "trusted"
    assert list(store.entries()) == [str(root.resolve())]
    assert store.remove(root)
    assert not store.remove(root)
    assert store.look(root).standing == "new"


def test_a_folder_that_would_load_nothing(store: TrustStore, tmp_path: Path) -> None:
    write(tmp_path / "plain/src/app.py", "x")
    write(tmp_path / "plain/pyproject.toml", "[project]\ndependencies = ['mycoder']\n")
    seen = store.look(tmp_path / "plain")
    assert (seen.standing, seen.items, seen.is_trusted) == ("nothing", (), False)


@pytest.mark.parametrize(
    "name",
    [".mycoder/config.toml", ".mycoder/workflows/a.yaml", ".mcp.json", ".agents/skills/x/run.sh",
     ".claude/commands/deep/er.md", ".mycoder/hooks/pre"],
)  # fmt: skip
def test_any_loaded_file_that_appears_or_changes_asks_again(store: TrustStore, root: Path, name: str) -> None:
    store.trust(root, discover(root))
    file = write(root / name, "new content")
    seen = store.look(root)
    assert (seen.standing, seen.changed) == ("changed", (name,))
    store.trust(root, seen.items)
    assert trusted(store, root)
    file.write_text("other")
    assert store.look(root).changed == (name,)


def test_a_file_that_goes_away_does_not_ask(store: TrustStore, root: Path) -> None:
    extra = write(root / ".mcp.json", "{}")
    store.trust(root, discover(root))
    extra.unlink()
    assert trusted(store, root)


def test_only_our_own_table_of_pyproject_counts(store: TrustStore, root: Path) -> None:
    file = write(root / "pyproject.toml", "[project]\nname = 'a'\n[tool.mycoder]\nmodel = 'x'\n")
    store.trust(root, discover(root))
    file.write_text(
        "# c\n[project]\nname = 'other'\ndependencies=['x']\n[tool.mycoder]\n\nmodel = 'x' # same\n"
    )
    assert trusted(store, root)
    file.write_text("[tool.mycoder]\nmodel = 'y'\n")
    assert store.look(root).changed == (OUR_TABLE,)
    file.write_text("[tool.mycoder\nmodel = broken")
    assert store.look(root).changed == (OUR_TABLE,)


def test_mode_and_link_target_are_part_of_it(store: TrustStore, root: Path, tmp_path: Path) -> None:
    hook = write(root / ".mycoder/hooks/pre", "echo")
    store.trust(root, discover(root))
    hook.chmod(0o755)
    assert store.look(root).changed == (".mycoder/hooks/pre",)
    outside = [write(tmp_path / name, "same") for name in ("one", "two")]
    link = root / ".mycoder/hooks/link"
    link.symlink_to(outside[0])
    store.trust(root, discover(root))
    outside[0].write_text("changed behind the link")
    assert not trusted(store, root)
    outside[0].write_text("same")
    assert trusted(store, root)
    link.unlink()
    link.symlink_to(outside[1])
    assert not trusted(store, root)


def test_links_to_folders_are_listed_and_not_followed(store: TrustStore, root: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/secret", "s")
    (root / ".mycoder/workflows").symlink_to(tmp_path / "elsewhere")
    (root / ".claude").mkdir()
    (root / ".mycoder/hooks").mkdir()
    (root / ".mycoder/hooks/loop").symlink_to(root / ".mycoder")
    assert [item.path for item in discover(root)] == [
        ".mycoder/config.toml",
        ".mycoder/workflows",
        ".mycoder/hooks/loop",
    ]


def test_trust_is_not_inherited(store: TrustStore, root: Path) -> None:
    child = root / "vendor/child"
    write(child / ".mycoder/config.toml", "model = 'x'\n")
    store.trust(root, discover(root))
    assert store.look(child).standing == "new"
    assert store.look(root.parent).standing == "nothing"


def test_trust_is_keyed_to_the_real_path(store: TrustStore, root: Path, tmp_path: Path) -> None:
    store.trust(root, discover(root))
    alias = tmp_path / "alias"
    alias.symlink_to(root)
    assert trusted(store, alias)
    copy = tmp_path / "copy"
    root.rename(copy)
    assert store.look(copy).standing == "new"


def test_special_files_do_not_block(store: TrustStore, root: Path) -> None:
    (root / ".mycoder/hooks").mkdir()
    os.mkfifo(root / ".mycoder/hooks/pipe")
    os.mkfifo(root / "pyproject.toml")
    assert ".mycoder/hooks/pipe" in [item.path for item in discover(root)]


def test_names_that_are_not_utf8(store: TrustStore, root: Path) -> None:
    (root / ".mycoder/hooks").mkdir()
    write(Path(os.fsdecode(os.fsencode(root) + b"/.mycoder/hooks/\xff")), "x")
    seen = store.look(root)
    store.trust(root, seen.items)
    assert trusted(store, root)


def test_too_much_is_refused(store: TrustStore, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust_module, "MOST_FILES", 3)
    for number in range(4):
        write(root / f".mycoder/hooks/{number}", "x")
    with pytest.raises(ConfigError, match="more than 3 files"):
        store.look(root)
    monkeypatch.setattr(trust_module, "MOST_FILES", 100)
    monkeypatch.setattr(trust_module, "MOST_BYTES", 10)
    with pytest.raises(ConfigError, match="more than 10 bytes"):
        store.look(root)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"folders": 3}', b"\xff"])
def test_a_broken_list_trusts_nothing_and_is_kept(
    store: TrustStore, root: Path, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "state" / "trust.json"
    file.parent.mkdir()
    file.write_bytes(content)
    assert not trusted(store, root)
    store.trust(root, discover(root))
    assert trusted(store, root)
    assert file.with_suffix(".broken").read_bytes() == content


def test_the_list_is_private(store: TrustStore, root: Path, tmp_path: Path) -> None:
    store.trust(root, discover(root))
    assert (tmp_path / "state/trust.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_list_that_cannot_be_written_says_so(tmp_path: Path, root: Path) -> None:
    write(tmp_path / "state", "a file where the folder should be")
    with pytest.raises(ConfigError, match="cannot be written"):
        TrustStore(tmp_path / "state" / "trust.json").trust(root, discover(root))


def trust_one(file: Path, folder: Path) -> None:
    TrustStore(file).trust(folder, discover(folder))


def test_two_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    file, folders = tmp_path / "state/trust.json", [tmp_path / str(n) for n in range(12)]
    for folder in folders:
        write(folder / ".mcp.json", "{}")
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=trust_one, args=(file, folder)) for folder in folders]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert all(worker.exitcode == 0 for worker in workers)
    assert all(TrustStore(file).look(folder).is_trusted for folder in folders)
