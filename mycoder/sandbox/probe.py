"""Which levels work here, and if one does not, why and what to do about it.

Trying bubblewrap takes about 8 ms, so a good answer is kept for as long as the machine runs and bwrap stays
the same. A bad one is never kept: it is cheap to get again, and a forged one would take the sandbox away."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from mycoder.config.private import make_private, write_private
from mycoder.sandbox.bubblewrap import COMPLAINT, fixed_options
from mycoder.sandbox.confinement import find_program

_WAIT = 10.0


class LevelReport(msgspec.Struct, frozen=True, kw_only=True):
    """One level: `problem` says why it does not work, `hint` what would make it."""

    name: str
    works: bool
    problem: str = ""
    hint: str = ""


class _Known(msgspec.Struct):
    boot: str
    program: str
    changed: int
    user: int


def bwrap_program(root: Path, path: str) -> str:
    return find_program("bwrap", path, root, ("/usr/bin/bwrap", "/usr/local/bin/bwrap"))


def probe_bubblewrap(program: str, cache: Path | None = None) -> LevelReport:
    """Runs nothing in the namespaces that commands get, unless the file in `cache` says that this worked
    before."""
    if not sys.platform.startswith("linux"):
        return LevelReport(name="bubblewrap", works=False, problem="it exists only for Linux")
    if not program:
        hint = "install it: `apt install bubblewrap`, `dnf install bubblewrap` or `pacman -S bubblewrap`"
        return LevelReport(
            name="bubblewrap", works=False, problem="the program bwrap is not installed", hint=hint
        )
    known = _Known(_boot(), program, os.stat(program).st_mtime_ns, os.geteuid())
    file = cache / "bubblewrap.json" if cache else None
    if file is not None and _read(file) == known:
        return LevelReport(name="bubblewrap", works=True)
    problem = _try((program, *fixed_options(), "--", "/bin/sh", "-c", "exit 0"))
    if problem:
        return LevelReport(name="bubblewrap", works=False, problem=problem, hint=_hint(problem))
    if file is not None:
        _write(file, known)
    return LevelReport(name="bubblewrap", works=True)


def probe_landlock() -> LevelReport:
    """Asks the kernel; costs the import of ctypes."""
    if not sys.platform.startswith("linux"):
        return LevelReport(name="landlock", works=False, problem="it exists only for Linux")
    from mycoder.sandbox import landlock  # late: ctypes, and only where bubblewrap does not work

    version = landlock.abi()
    if version >= landlock.OLDEST_ABI and landlock.has_filter():
        return LevelReport(name="landlock", works=True)
    if version >= landlock.OLDEST_ABI:
        problem = "the network cannot be closed on this kind of processor"
        return LevelReport(name="landlock", works=False, problem=problem)
    problem = f"the kernel has version {version} of it; {landlock.OLDEST_ABI} is needed (Linux 6.2)"
    hint = "" if version else "add landlock to the kernel's `lsm=` parameter"
    return LevelReport(name="landlock", works=False, problem=problem, hint=hint)


def is_mac() -> bool:
    return os.uname().sysname == "Darwin"


def probe_seatbelt() -> LevelReport:
    """Runs nothing under an empty profile, which fails inside of another sandbox."""
    if not is_mac():
        return LevelReport(name="seatbelt", works=False, problem="it exists only for macOS")
    from mycoder.sandbox.seatbelt import PROGRAM  # late: only there

    problem = _try((PROGRAM, "-p", "(version 1)(allow default)", "/usr/bin/true"))
    return LevelReport(name="seatbelt", works=not problem, problem=problem)


def engine_program(wanted: str, root: Path, path: str) -> str:
    """Absolute path of podman or docker, never one from inside `root`; empty when there is none."""
    names = ("podman", "docker") if wanted == "auto" else (wanted,)
    return next(filter(None, (find_program(name, path, root) for name in names)), "")


def probe_container(program: str, image: str, env: Mapping[str, str]) -> LevelReport:
    """Asks the engine for the image; nothing is pulled and nothing run."""
    name = "container"
    if not image:
        hint = "name an image that you have: mycoder config set sandbox_container.image NAME"
        return LevelReport(name=name, works=False, problem="no image is configured", hint=hint)
    if not program:
        return LevelReport(name=name, works=False, problem="neither podman nor docker is installed")
    problem = _try((program, "image", "inspect", "--format", "ok", image), env)
    hint = f"pull it yourself: {os.path.basename(program)} pull {image}" if problem else ""
    return LevelReport(name=name, works=not problem, problem=problem, hint=hint)


def _try(argv: tuple[str, ...], env: Mapping[str, str] | None = None) -> str:
    """What it complains about, or nothing."""
    try:
        ran = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_WAIT,
            check=False,
            env=env or {"PATH": "/usr/bin:/bin"},
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        return str(fault)
    if ran.returncode == 0:
        return ""
    said = ran.stderr.decode("utf-8", "replace").strip().removeprefix(COMPLAINT)
    return said or f"it ended with exit code {ran.returncode}"


def _hint(problem: str) -> str:
    """The usual reasons, by what the kernel is set to."""
    if _setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" and os.geteuid() != 0:
        return (
            "AppArmor keeps user namespaces from programs without a profile: give bwrap one (a file in "
            "/etc/apparmor.d with `userns,`), or run "
            "`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"
        )
    if _setting("/proc/sys/kernel/unprivileged_userns_clone") == "0":
        return "user namespaces are off: `sudo sysctl -w kernel.unprivileged_userns_clone=1`"
    if _setting("/proc/sys/user/max_user_namespaces") == "0":
        return "user namespaces are off: `sudo sysctl -w user.max_user_namespaces=15000`"
    if "mount proc" in problem:
        return "a container keeps /proc masked: run it with `--security-opt systempaths=unconfined`"
    if "permi" in problem.lower():
        return "in a container: `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`"
    return ""


def _setting(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _boot() -> str:
    return _setting("/proc/sys/kernel/random/boot_id")


def _read(file: Path) -> _Known | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Known)
    except (OSError, msgspec.DecodeError):
        return None


def _write(file: Path, known: _Known) -> None:
    """A cache that cannot be written costs 8 ms next time."""
    with contextlib.suppress(OSError):
        make_private(file.parent)
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        write_private(fresh, msgspec.json.encode(known))
        os.replace(fresh, file)


def path_of(env: Mapping[str, str]) -> str:
    return env.get("PATH", "/usr/local/bin:/usr/bin:/bin")
