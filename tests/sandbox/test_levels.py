"""Which level is chosen, what is said when one does not work, and what is believed."""

import os
from pathlib import Path

import msgspec
import pytest

from mycoder.sandbox import levels, probe
from mycoder.sandbox.job import SandboxUnavailable
from mycoder.sandbox.sandbox import open_sandbox
from tests.sandbox.conftest import Opener, sh


def broken_bwrap(folder: Path, words: str) -> Path:
    """A bwrap that complains."""
    folder.mkdir(exist_ok=True)
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\necho 'bwrap: {words}' >&2\nexit 1\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def only_at(monkeypatch: pytest.MonkeyPatch) -> object:
    """Makes the given program the only bwrap, or none."""

    def use(program: Path | None) -> None:
        monkeypatch.setattr(levels, "bwrap_program", lambda root, path: str(program or ""))

    return use


def test_opening_costs_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The level is chosen when it is asked for, so that no probe delays the first request."""

    def never(*_: object) -> None:
        raise AssertionError("probed too early")

    monkeypatch.setattr(levels, "probe_bubblewrap", never)
    sandbox = open_sandbox("auto", root, env={})
    with pytest.raises(AssertionError):
        _ = sandbox.level


async def test_off_is_limits_and_says_so(open_at: Opener) -> None:
    sandbox = open_at("off")
    assert sandbox.level == "limits"
    assert "switched off" in sandbox.description
    assert (await sh(sandbox, "echo x")).level == "limits"


async def test_without_bubblewrap_the_next_level_is_used(open_at: Opener, only_at: object) -> None:
    only_at(None)  # type: ignore[operator]
    sandbox = open_at("auto")
    works = probe.probe_landlock().works
    assert sandbox.level == ("landlock" if works else "limits")


def test_required_says_what_is_missing_and_what_to_do(
    root: Path, tmp_path: Path, only_at: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_at(broken_bwrap(tmp_path, "No permissions to create a new namespace"))  # type: ignore[operator]
    missing = probe.LevelReport(name="landlock", works=False, problem="the kernel has none")
    monkeypatch.setattr(levels, "probe_landlock", lambda: missing)
    with pytest.raises(SandboxUnavailable) as raised:
        open_sandbox("required", root, env=os.environ)
    assert "No permissions to create a new namespace" in raised.value.message
    assert "the kernel has none" in raised.value.message
    assert raised.value.hint
    assert open_sandbox("auto", root, env=os.environ).level == "limits"


def test_the_whole_machine_is_no_repository_to_isolate() -> None:
    with pytest.raises(SandboxUnavailable, match="whole machine"):
        open_sandbox("required", Path("/"), env=os.environ)


@pytest.mark.parametrize(
    ("setting", "value", "hint"),
    [
        ("apparmor_restrict_unprivileged_userns", "1", "AppArmor"),
        ("unprivileged_userns_clone", "0", "unprivileged_userns_clone=1"),
        ("max_user_namespaces", "0", "max_user_namespaces"),
    ],
)
def test_hints_name_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, hint: str
) -> None:
    monkeypatch.setattr(probe, "_setting", lambda path: value if path.endswith(setting) else "")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    report = probe.probe_bubblewrap(str(broken_bwrap(tmp_path, "setting up uid map: Permission denied")))
    assert not report.works
    assert report.problem == "setting up uid map: Permission denied"
    assert hint in report.hint


def test_a_missing_bwrap_says_how_to_install_it() -> None:
    report = probe.probe_bubblewrap("")
    assert not report.works
    assert "apt install bubblewrap" in report.hint


def test_only_good_news_is_kept(tmp_path: Path) -> None:
    """A kept bad answer would be a way to switch the sandbox off for the next session."""
    program = broken_bwrap(tmp_path, "no")
    assert not probe.probe_bubblewrap(str(program), tmp_path / "cache").works
    assert not (tmp_path / "cache").exists()
    program.write_text("#!/bin/sh\nexit 0\n")
    assert probe.probe_bubblewrap(str(program), tmp_path / "cache").works
    assert (tmp_path / "cache" / "bubblewrap.json").exists()


def test_what_is_kept_holds_for_this_boot_and_program_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = broken_bwrap(tmp_path, "no")
    program.write_text("#!/bin/sh\nexit 0\n")
    probe.probe_bubblewrap(str(program), tmp_path)
    tried: list[object] = []
    monkeypatch.setattr(probe, "_try", lambda argv: tried.append(argv) or "")
    assert probe.probe_bubblewrap(str(program), tmp_path).works
    assert not tried
    os.utime(program, (1, 1))
    probe.probe_bubblewrap(str(program), tmp_path)
    assert len(tried) == 1
    monkeypatch.setattr(probe, "_boot", lambda: "another")
    probe.probe_bubblewrap(str(program), tmp_path)
    assert len(tried) == 2


@pytest.mark.parametrize(
    "content", [b"", b"null", b"{", b'{"boot": 1}', b"\xff" * 100, msgspec.json.encode([])]
)
def test_a_broken_file_is_no_answer(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bubblewrap.json").write_bytes(content)
    assert not probe.probe_bubblewrap(str(broken_bwrap(tmp_path, "no")), tmp_path).works


def test_survey_tells_of_every_level(root: Path) -> None:
    reports = levels.survey(root, os.environ)
    assert [report.name for report in reports] == ["bubblewrap", "landlock", "limits"]
    assert all(report.works or report.problem for report in reports)


def test_a_bwrap_in_the_repository_is_never_run(root: Path) -> None:
    broken_bwrap(root, "caught")
    (root / "link").symlink_to(root / "bwrap")
    assert probe.bwrap_program(root, f"{root}:.::").startswith(("/usr", "")) != str(root / "bwrap")
    from mycoder.sandbox.confinement import find_program

    assert find_program("bwrap", f"{root}:.:", root) == ""
    (root.parent / "bin").mkdir()
    (root.parent / "bin" / "bwrap").symlink_to(root / "bwrap")
    assert find_program("bwrap", str(root.parent / "bin"), root) == ""
