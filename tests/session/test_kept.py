"""What is kept is shown, and removed only when nobody uses it."""

from pathlib import Path

import pytest

from mycoder.config.paths import Paths
from mycoder.protocol.events import ToolFinished
from mycoder.session import kept
from mycoder.session.store import BIG, Store
from mycoder.workspace.workspace import Workspace

ROOT = Path("/a/repository")


@pytest.fixture
def paths(tmp_path):
    return Paths(*(tmp_path / name / "mycoder" for name in ("config", "state", "cache", "data")))


def session_of(paths, root=ROOT, output="x"):
    identity, log = Store(paths.state).create(root, 1000.0)
    log.append(ToolFinished(call_id="1", output=output))
    return identity, log


def names(paths):
    return sorted(str(p.relative_to(paths.state)) for p in paths.state.rglob("*") if p.is_file())


def test_what_is_there_is_told_with_its_size(paths):
    _, log = session_of(paths, output="x" * BIG)
    log.close()
    paths.cache.mkdir(parents=True)
    (paths.cache / "unheard-of").write_text("12345")
    found = {Path(entry.path).name: entry for entry in kept.entries(paths)}
    assert found["sessions"].files == 1
    assert "redacted" in found["sessions"].what
    assert (found["unheard-of"].size, found["unheard-of"].what) == (5, "cache")


def test_nothing_at_all_is_nothing(paths):
    assert kept.entries(paths) == []
    kept.purge_everything(paths)


def test_a_session_goes_with_what_only_it_needs(paths):
    first, log = session_of(paths, output="a" * BIG)
    log.close()
    second, other = session_of(paths, output="b" * BIG)
    other.append(ToolFinished(call_id="2", output="shared" * BIG))
    third, last = session_of(paths, output="shared" * BIG)
    other.close(), last.close()
    before = len([n for n in names(paths) if n.startswith("blobs")])
    kept.purge_sessions(paths, [first])
    kept.purge_sessions(paths, [third])
    store = Store(paths.state)
    assert [header.session for header, _ in store.logs()] == [second]
    assert len(list(store.read(second))) == 2
    assert len([n for n in names(paths) if n.startswith("blobs")]) < before


def test_a_running_session_stops_it_and_nothing_is_removed(paths):
    first, log = session_of(paths)
    log.close()
    running, held = session_of(paths)
    before = names(paths)
    for purge in (
        lambda: kept.purge_sessions(paths, [first, running]),
        lambda: kept.purge_project(paths, ROOT),
        lambda: kept.purge_everything(paths),
    ):
        with pytest.raises(kept.PurgeError, match=f"{running} is running"):
            purge()
        assert names(paths) == before
    held.close()
    kept.purge_sessions(paths, [first, running])
    assert names(paths) == []


def test_a_project_goes_and_others_stay(paths, tmp_path):
    root = tmp_path / "r"
    root.mkdir()
    mine, log = session_of(paths, root)
    log.close()
    theirs, log = session_of(paths)
    log.close()
    workspace = Workspace(root, paths.project(root), mine)
    with workspace.journal.change() as change:
        change.write("a", b"1", expect="")
    with pytest.raises(kept.PurgeError):
        kept.purge_project(paths, root)
    workspace.close()
    assert kept.purge_project(paths, root) == [mine]
    assert not paths.project(root).exists()
    assert (root / "a").read_bytes() == b"1"
    assert [header.session for header, _ in Store(paths.state).logs()] == [theirs]


def test_everything_goes_but_settings_trust_and_what_links_lead_to(paths, tmp_path):
    _, log = session_of(paths)
    log.close()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("mine")
    for folder in (paths.config, paths.cache, paths.data):
        folder.mkdir(parents=True)
    (paths.config / "config.toml").write_text("")
    (paths.state / "trust.json").write_text("{}")
    (paths.cache / "link").symlink_to(precious)
    (paths.data / "memory").mkdir()
    kept.purge_everything(paths)
    assert names(paths) == ["trust.json"]
    assert (paths.config / "config.toml").exists()
    assert (precious / "file").read_text() == "mine"
    assert [*paths.cache.iterdir(), *paths.data.iterdir()] == []
