"""The ladder: which level is used. Strongest first; each is tried, and what is used is said in every
report."""

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from mycoder.config.private import make_private
from mycoder.sandbox import homes, mounts
from mycoder.sandbox.bare import WORDS, Bare
from mycoder.sandbox.bubblewrap import Bubblewrap
from mycoder.sandbox.confinement import Confinement
from mycoder.sandbox.gitdir import git_directory
from mycoder.sandbox.job import Place, SandboxUnavailable
from mycoder.sandbox.nested import nested_repositories
from mycoder.sandbox.probe import (
    LevelReport,
    bwrap_program,
    path_of,
    probe_bubblewrap,
    probe_landlock,
)
from mycoder.sandbox.scratch import KEPT

_PACKAGE = os.path.dirname(os.path.dirname(__file__))
"""Commands may import parts of mycoder, such as the plugin that watches tests."""

ISOLATING = ("bubblewrap", "landlock")
"""Levels that hold back files and network, strongest first."""

LANDLOCK_WORDS = (
    "Landlock and seccomp: only the repository and a private temporary folder are writable, credential "
    "stores cannot be read, there is no network and no loopback; modes and times of all files can be changed"
)


LANDLOCK_HOLE = ". The repository holds the home directory, so all that is in it can be read"


def choose(want: str, place: Place, scratch: Callable[[], Path]) -> Confinement:
    """The strongest level that works, or the one that `want` names. Raises SandboxUnavailable when `want` is
    required and none isolates, or when the named one does not work."""
    if want == "off":
        return Bare(place.limits, scratch(), place.bash, description=f"switched off; {WORDS}")
    reports: list[LevelReport] = []
    for name in ISOLATING:
        if want not in ("auto", "required", name):
            continue
        report = _try(name, place, want)
        if report.works:
            return _bubblewrap(place, scratch()) if name == "bubblewrap" else _landlock(place, scratch())
        reports.append(report)
    if want not in ("auto", "limits"):
        raise _unavailable(reports)
    return Bare(place.limits, scratch(), place.bash)


def survey(root: Path, env: Mapping[str, str]) -> list[LevelReport]:
    """Tries every level, strongest first."""
    return [
        probe_bubblewrap(bwrap_program(Path(os.path.realpath(root)), path_of(env))),
        probe_landlock(),
        LevelReport(name="limits", works=True),
    ]


def _try(name: str, place: Place, want: str) -> LevelReport:
    """Only `auto` believes what is written in the cache; all others want to know for sure."""
    if place.root == Path("/"):
        return LevelReport(name=name, works=False, problem="the repository is the whole machine")
    if name == "landlock" and want == "required" and _holds_home(place):
        return LevelReport(
            name=name, works=False, problem="the repository holds the home directory with its keys"
        )
    if name == "landlock":
        return probe_landlock()
    return probe_bubblewrap(
        bwrap_program(place.root, path_of(place.env)), place.cache if want == "auto" else None
    )


def _bubblewrap(place: Place, scratch: Path) -> Bubblewrap:
    kept = _kept(place, scratch)
    program = bwrap_program(place.root, path_of(place.env))
    return Bubblewrap(program, _folders(place, scratch, kept), place.limits, kept)


def _landlock(place: Place, scratch: Path) -> Bare:
    from mycoder.sandbox.landlock import Landlock  # late: ctypes, and only where bubblewrap does not work

    kept = _kept(place, scratch)
    folders = _folders(place, scratch, kept)
    make_private(folders.cache)
    homes.link_wrappers(folders.home, folders.cache)
    nested = nested_repositories(folders.root)
    store = git_directory(folders.root)
    writable = [folders.root, folders.scratch, folders.cache, *folders.writable, *([store] if store else [])]
    return Bare(
        place.limits,
        scratch,
        place.bash,
        name="landlock",
        description=LANDLOCK_WORDS + (LANDLOCK_HOLE if _holds_home(place) else ""),
        start=Landlock(folders, readable=folders.readable, writable=writable).spawn,
        variables={
            "XDG_CACHE_HOME": folders.cache,
            "npm_config_cache": f"{folders.cache}/npm",
            **homes.variables(folders.home, folders.cache),
        },
        protected=lambda: mounts.protected(folders, nested),
        network="none",
        refused=kept / "refused",
    )


def _folders(place: Place, scratch: Path, kept: Path) -> mounts.Folders:
    home = home_of(place.env)
    return mounts.Folders(
        root=str(place.root),
        home=home,
        scratch=str(scratch),
        cache=str(kept / "cache"),
        real_cache=os.path.realpath(place.env.get("XDG_CACHE_HOME") or f"{home}/.cache"),
        writable=tuple(map(str, place.writable)),
        readable=mounts.readable_of(place.env, (home, sys.prefix, sys.base_prefix, _PACKAGE)),
        hidden=tuple(map(str, place.hidden)),
    )


def _holds_home(place: Place) -> bool:
    """Landlock knows no exceptions: what lies in a writable folder can be read."""
    return Path(home_of(place.env)).is_relative_to(place.root)


def home_of(env: Mapping[str, str]) -> str:
    """The real home directory, also without HOME."""
    return os.path.realpath(env.get("HOME") or os.path.expanduser("~"))


def _kept(place: Place, scratch: Path) -> Path:
    """A folder of this repository that outlives the session, or dies with it where there is no cache."""
    if place.cache is None:
        return scratch.with_name(scratch.name + KEPT)
    name = hashlib.blake2b(os.fsencode(place.root), digest_size=8).hexdigest()
    return place.cache / "sandbox" / name


def _unavailable(reports: list[LevelReport]) -> SandboxUnavailable:
    reasons = "; ".join(f"{report.name}: {report.problem}" for report in reports)
    hint = next(
        (report.hint for report in reports if report.hint), "use --sandbox auto to go on with what there is"
    )
    return SandboxUnavailable(f"no sandbox works here ({reasons})", hint)
