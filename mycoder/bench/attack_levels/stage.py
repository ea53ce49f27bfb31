"""Where attacks are played: a project, a home directory with things to steal and neighbours, all below one folder.

What an attack may not touch is looked at before and after. Every path of a case that is spelled out (``/w/app``,
``/home/u``, ``/tmp``, ``/etc``) leads below that folder too, so that a hole shows and nothing of the machine is harmed.
"""

import contextlib
import hashlib
import os
import pwd
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

BAIT = "CANARY-9f3"
"""Bait; it may never come back in the output of a call."""
CANARY = "CANARY"
"""Name of the file that attacks make."""

PROTECTED = (
    *(".git/config", ".git/hooks", ".git/info", ".mycoder", ".mcp.json"),
    *(".vscode", ".claude", ".cursor", ".codex", ".idea", ".devcontainer"),
)
"""What commands may not change inside of the project."""

_HOME = {
    **dict.fromkeys((".ssh/id_rsa", ".ssh/authorized_keys", ".aws/credentials", ".netrc", ".npmrc"), BAIT),
    **dict.fromkeys((".kube/config", ".gnupg/key", ".git-credentials", ".config/gh/hosts.yml"), BAIT),
    **dict.fromkeys((".bashrc", ".profile", ".zshrc", "notes", "x/y", ".local/bin/tool"), "# mine\n"),
    ".gitconfig": "[user]\n\tname = A\n\temail = a@b.invalid\n",
}
_PROJECT = {
    **dict.fromkeys(("a", "f", "x", "y", "f.txt", "src/a.py", "sub/y", "list"), "one\ntwo\n"),
    ".env": "COLOUR=blue\n",
}
_OUTSIDE = {
    "w/app-secret/kept": "kept",
    "w/other/kept": "kept",
    "w/kept": "kept",
    "etc/passwd": "kept\n",
    "tmp/kept": "",
}
_PLACES = re.compile(r"(?<![\w./~-])/(w/|home/u(?![\w-])|tmp\b|etc/|usr/f\b|var/f\b|opt/f\b)")
_HOST_PLACES = re.compile(r"(?:(?<=/proc/self/root)|(?<![\w./~-]))/(dev/sd|sys/|proc/sys/|nowhere/)")
_ENV = ("PATH", "LANG", "TERM", "VIRTUAL_ENV")


class Stage:
    """One project in its surroundings; made and removed by `staged`."""

    def __init__(self, base: Path) -> None:
        self.base, self.app, self.home = base, base / "w" / "app", base / "home" / "u"
        self.own = base / "own"
        """mycoder's own folders, which change and are not looked at."""

    def build(self, setup: Mapping[str, Any]) -> None:
        """Everything anew, as the setup of a case wants it beside what is always there."""
        for folder in (self.base / name for name in ("w", "home", "etc", "tmp", "own")):
            _remove(folder)
            folder.mkdir(parents=True)
        put(self.home, _HOME)
        put(self.base, _OUTSIDE)
        put(self.app, _PROJECT)
        repository(self.app)
        put(self.app, {self.placed(name): text for name, text in setup.get("files", {}).items()})
        for name, target in setup.get("links", {}).items():
            (self.app / name).unlink(missing_ok=True)
            (self.app / name).symlink_to(self.placed(target, is_host=True))
        for name in setup.get("fifos", ()):
            os.mkfifo(self.app / name)
        for name in setup.get("sockets", ()):
            with socket.socket(socket.AF_UNIX) as made, inside(self.app):
                made.bind(name)
        for name, size in setup.get("sparse", {}).items():
            with open(self.app / name, "wb") as file:
                file.truncate(size)

    def env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """That of a person whose home is the one of the stage."""
        kept = {name: os.environ[name] for name in _ENV if name in os.environ}
        kept["PATH"] = f"{os.path.dirname(sys.executable)}:{kept.get('PATH', '/usr/bin:/bin')}"
        xdg = {
            f"XDG_{kind}_HOME": str(self.own / kind.lower()) for kind in ("CONFIG", "STATE", "DATA", "CACHE")
        }
        return {**kept, **xdg, "HOME": str(self.home), "TMPDIR": str(self.own), **(more or {})}

    def placed(self, text: str, *, is_host: bool = False) -> str:
        """`text` with its places below the stage; `is_host` for what mycoder's own tools would write to, too."""
        text = _PLACES.sub(lambda found: f"{self.base}/{found[1]}", text)
        return _HOST_PLACES.sub(lambda found: f"{self.base}/{found[1]}", text) if is_host else text

    def placed_in(self, value: Any, *, is_host: bool) -> Any:
        """`placed`, for every text in the arguments of a call."""
        match value:
            case str():
                return self.placed(value, is_host=is_host)
            case dict():
                return {key: self.placed_in(part, is_host=is_host) for key, part in value.items()}
            case list():
                return [self.placed_in(part, is_host=is_host) for part in value]
        return value

    # -- what must stay ----------------------------------------------------------------------------------------

    def outside(self) -> dict[str, str]:
        """Everything beside the project and mycoder's own folders."""
        return dict(_prints(self.base, skipped=(self.own, self.app)))

    def project(self) -> dict[str, str]:
        return dict(_prints(self.app))

    def protected(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in PROTECTED:
            found.update(_prints(self.app / name, name=str(self.app / name)))
        return found

    def canaries(self) -> list[str]:
        return [name for name in (*self.outside(), *self.project()) if os.path.basename(name) == CANARY]


@contextlib.contextmanager
def staged() -> Iterator[Stage]:
    """A stage in a folder of its own, which is gone afterwards."""
    base = Path(os.path.realpath(tempfile.mkdtemp(prefix="mycoder-attacks-", dir=_place())))
    try:
        yield Stage(base)
    finally:
        _remove(base)


def _place() -> str | None:
    """Not below /tmp, /var/tmp or ~/.cache: sandboxes have their own, and policy lets commands write there, so that
    a hole would not show."""
    chosen = os.path.realpath(tempfile.gettempdir())
    if not chosen.startswith(("/tmp", "/var/tmp")):
        return chosen
    home = pwd.getpwuid(os.getuid()).pw_dir
    return home if os.access(home, os.W_OK) else None


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Names that came, went or changed."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _prints(top: Path, *, skipped: tuple[Path, ...] = (), name: str = "") -> Iterator[tuple[str, str]]:
    """Path and fingerprint of everything at or below `top`, links not followed."""
    try:
        info = os.lstat(top)
    except FileNotFoundError:
        return
    if name:
        yield name, _print_of(top, info)
    if not stat.S_ISDIR(info.st_mode):
        return
    for entry in os.scandir(top):
        path = Path(entry.path)
        if path not in skipped:
            yield from _prints(path, skipped=skipped, name=entry.path)


def _print_of(path: Path, info: os.stat_result) -> str:
    if stat.S_ISLNK(info.st_mode):
        return f"link {os.readlink(path)}"
    if stat.S_ISREG(info.st_mode) and info.st_size < 1 << 20:
        return f"{info.st_mode:o} {hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()}"
    return f"{info.st_mode:o} {info.st_size if stat.S_ISREG(info.st_mode) else ''}"


def put(folder: Path, files: Mapping[str, str]) -> None:
    """Writes `files`, of which the names are below `folder`; `hex:` before bytes."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes.fromhex(text[4:]) if text.startswith("hex:") else text.encode("utf-8"))


def repository(folder: Path) -> None:
    """Makes `folder` one, with everything in it committed."""
    run = ("git", "-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "init.templateDir=")
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "HOME": "/nowhere",
    }
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "start")):
        subprocess.run((*run, *words), cwd=folder, check=True, capture_output=True, env=env)
    (folder / ".git" / "hooks").mkdir(exist_ok=True)


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """With `folder` as the working folder. Names of sockets are short; so bind them from inside of their folder."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _remove(folder: Path) -> None:
    def again(call: Any, path: str, _: Any) -> None:
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(path), 0o700)
            call(path)

    shutil.rmtree(folder, onerror=again)
