"""The ladder: which level is used. Strongest first; each is tried, and what is used is said in every
report."""

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
from mycoder.sandbox.guard import Guard
from mycoder.sandbox.job import Place, SandboxUnavailable
from mycoder.sandbox.kept import of_repository
from mycoder.sandbox.nested import nested_repositories
from mycoder.sandbox.probe import (
    LevelReport,
    bwrap_program,
    engine_program,
    is_mac,
    path_of,
    probe_bubblewrap,
    probe_container,
    probe_landlock,
    probe_seatbelt,
)
from mycoder.sandbox.scratch import KEPT

_PACKAGE = os.path.dirname(os.path.dirname(__file__))
"""Commands may import parts of mycoder, such as the plugin that watches tests."""

ISOLATING = ("bubblewrap", "landlock", "seatbelt", "container")
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
        if want != name and (want not in ("auto", "required") or not _is_for_here(name, place)):
            continue
        report = _try(name, place, want)
        if report.works:
            return _MAKERS[name](place, scratch())
        reports.append(report)
    if want not in ("auto", "limits"):
        raise _unavailable(reports)
    return Bare(place.limits, scratch(), place.bash)


def survey(
    root: Path, env: Mapping[str, str], container: tuple[str, str] = ("auto", "")
) -> list[LevelReport]:
    """Tries every level that this kind of system could have, strongest first; a container only where one is
    configured."""
    real = Path(os.path.realpath(root))
    found = [probe_seatbelt()]
    if not is_mac():
        found = [probe_bubblewrap(bwrap_program(real, path_of(env))), probe_landlock()]
    engine, image = container
    if image:
        found.append(probe_container(engine_program(engine, real, path_of(env)), image, env))
    return [*found, LevelReport(name="limits", works=True)]


def _is_for_here(name: str, place: Place) -> bool:
    """Whether it is worth a word that the level does not work."""
    match name:
        case "seatbelt":
            return is_mac()
        case "container":
            return bool(place.container[1])
    return not is_mac()


def _try(name: str, place: Place, want: str) -> LevelReport:
    """Only `auto` believes what is written in the cache; all others want to know for sure."""
    if place.root == Path("/"):
        return LevelReport(name=name, works=False, problem="the repository is the whole machine")
    if name == "landlock" and want == "required" and _holds_home(place):
        return LevelReport(
            name=name, works=False, problem="the repository holds the home directory with its keys"
        )
    match name:
        case "landlock":
            return probe_landlock()
        case "seatbelt":
            return probe_seatbelt()
        case "container":
            return probe_container(_engine(place), place.container[1], place.env)
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
    writable = _writable(folders)
    return Bare(
        place.limits,
        scratch,
        place.bash,
        name="landlock",
        description=LANDLOCK_WORDS + (LANDLOCK_HOLE if _holds_home(place) else ""),
        start=Landlock(folders, readable=folders.readable, writable=writable).spawn,
        variables=_own_caches(folders),
        protected=lambda: mounts.protected(folders, nested),
        network="none",
        refused=kept / "refused",
    )


def _seatbelt(place: Place, scratch: Path) -> Bare:
    from mycoder.sandbox.seatbelt import WORDS as SEATBELT_WORDS  # late: only on macOS
    from mycoder.sandbox.seatbelt import Seatbelt  # late: as above

    kept = _kept(place, scratch)
    folders = _folders(place, scratch, kept)
    os.makedirs(folders.cache, mode=0o700, exist_ok=True)
    homes.link_wrappers(folders.home, folders.cache)
    nested = nested_repositories(folders.root)
    writable = _writable(folders)
    return Bare(
        place.limits,
        scratch,
        place.bash,
        name="seatbelt",
        description=SEATBELT_WORDS,
        start=Seatbelt(folders, writable, nested).spawn,
        variables=_own_caches(folders),
        protected=lambda: mounts.protected(folders, nested),
        refused=kept / "refused",
        network="none",
    )


def _container(place: Place, scratch: Path) -> Confinement:
    from mycoder.sandbox.container import Container  # late: few use one

    kept = _kept(place, scratch)
    folders = _folders(place, scratch, kept)
    nested = nested_repositories(folders.root)
    return Container(
        _engine(place),
        place.container[1],
        folders,
        place.limits,
        env=place.env,
        package=_PACKAGE,
        nested=nested,
        guard=lambda: Guard(mounts.protected(folders, nested), kept / "refused"),
    )


def _engine(place: Place) -> str:
    return engine_program(place.container[0], place.root, path_of(place.env))


def _own_caches(folders: mounts.Folders) -> dict[str, str]:
    """Variables that lead tools to the private cache, where nothing can be mounted over the real one."""
    return {
        "XDG_CACHE_HOME": folders.cache,
        "npm_config_cache": f"{folders.cache}/npm",
        **homes.variables(folders.home, folders.cache),
    }


_MAKERS: Mapping[str, Callable[[Place, Path], Confinement]] = {
    "bubblewrap": _bubblewrap,
    "landlock": _landlock,
    "seatbelt": _seatbelt,
    "container": _container,
}


def _folders(place: Place, scratch: Path, kept: Path) -> mounts.Folders:
    home = home_of(place.env)
    return mounts.Folders(
        root=str(place.root),
        home=home,
        scratch=str(scratch),
        cache=str(kept / "cache"),
        real_cache=os.path.realpath(place.env.get("XDG_CACHE_HOME") or f"{home}/.cache"),
        writable=tuple(map(str, place.writable)),
        readable=mounts.readable_of(
            place.env, (home, sys.prefix, sys.base_prefix, _PACKAGE, *map(str, place.readable))
        ),
        hidden=tuple(map(str, place.hidden)),
    )


def _writable(folders: mounts.Folders) -> list[str]:
    """Where a level that lists what is open lets a command write: also to a repository's store elsewhere."""
    store = git_directory(folders.root)
    return [folders.root, folders.scratch, folders.cache, *folders.writable, *([store] if store else [])]


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
    return of_repository(place.cache, place.root)


def _unavailable(reports: list[LevelReport]) -> SandboxUnavailable:
    reasons = "; ".join(f"{report.name}: {report.problem}" for report in reports)
    hint = next(
        (report.hint for report in reports if report.hint), "use --sandbox auto to go on with what there is"
    )
    return SandboxUnavailable(f"no sandbox works here ({reasons})", hint)
