"""The level for macOS: Apple's seatbelt, by the program sandbox-exec and a profile written for each repository.

The language of profiles has no manual of Apple's; this uses only what the profiles in /System/Library/Sandbox
use. The last rule that fits an operation wins, so exceptions follow what they are exceptions of.
"""

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence

from mycoder.sandbox import bare, mounts
from mycoder.sandbox.job import CannotStart, Job

PROGRAM = "/usr/bin/sandbox-exec"

WORDS = (
    "seatbelt: only the repository and a private temporary folder are writable, credential stores cannot be "
    "read, there is no network and no loopback; protected names cannot be made or changed"
)

_DEVICES = (
    "/dev/null",
    "/dev/zero",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/dtracehelper",
    "/dev/random",
    "/dev/urandom",
)

_SERVICES = (
    "com.apple.SecurityServer",
    "com.apple.securityd.xpc",
    "com.apple.secd",
    "com.apple.pasteboard.1",
    "com.apple.coreservices.launchservicesd",
    "com.apple.lsd.open",
    "com.apple.lsd.mapdb",
)
"""Keychain, clipboard and the starting of programs outside of the sandbox."""

_HEAD = """\
(version 1)
(allow default)
(deny network*)
(deny appleevent-send)
(deny job-creation)
(deny signal)
(allow signal (target self))
(allow signal (target same-sandbox))
(deny process-info* (target others))
(allow process-info* (target same-sandbox))
(deny file-write*)"""


def profile(
    folders: mounts.Folders,
    writable: Iterable[str],
    protected: Iterable[str],
    repositories: Iterable[str] = (),
) -> str:
    """The profile for commands that may write below `writable` but not to `protected`, which need not exist.
    `repositories` are git directories whose folders must not be renamed. Raises CannotStart for a path that a
    profile cannot hold."""
    hidden = [mount.target for mount in mounts.of_home(folders) if mount.kind == mounts.HIDE]
    names = [path for path in protected if os.path.dirname(path) == folders.root]
    others = [path for path in protected if os.path.dirname(path) != folders.root]
    ancestors = {folder for git in repositories for folder in _up_to(git, folders.root)}
    lines = [
        _HEAD,
        f"(deny mach-lookup {_all('global-name', _SERVICES)})",
        f"(allow file-write* {_all('subpath', writable)})",
        f"(allow file-write* {_all('literal', _DEVICES)} (regex {_text('^/dev/ttys?[0-9]*$')}))",
        f"(deny file-read* {_all('subpath', hidden)})" if hidden else "",
        f"(allow file-read* {_all('subpath', (folders.root, *folders.readable))})",
        f"(deny file-write* {_all('subpath', others)})" if others else "",
        f"(deny file-write* {' '.join(_named(path) for path in names)})" if names else "",
        f"(deny file-write-unlink {_all('literal', sorted(ancestors))})" if ancestors else "",
    ]
    return "\n".join(filter(None, lines)) + "\n"


class Seatbelt:
    """Starts commands under a profile that is made anew for each."""

    def __init__(self, folders: mounts.Folders, writable: Sequence[str], repositories: Sequence[str]) -> None:
        self._folders, self._writable, self._repositories = folders, tuple(writable), tuple(repositories)

    def spawn(
        self, argv: Sequence[str], job: Job, env: Mapping[str, str], output: int
    ) -> "subprocess.Popen[bytes]":
        """Raises OSError, CannotStart."""
        words = profile(
            self._folders,
            (*self._writable, *map(str, job.writable)),
            mounts.protected(self._folders, self._repositories),
            (f"{self._folders.root}/.git", *self._repositories),
        )
        return bare.spawn((PROGRAM, "-p", words, *argv), job, env, output)


def _up_to(path: str, root: str) -> list[str]:
    """`path` and the folders above it, below `root`."""
    found = []
    while path != root and path.startswith(f"{root}/"):
        found.append(path)
        path = os.path.dirname(path)
    return found


def _named(path: str) -> str:
    """A name in the root and all below it, in whatever case: the file system of a Mac takes .MCP.json for
    .mcp.json, but a profile compares the letters of a path."""
    folder, name = os.path.split(path)
    letters = "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else _escaped(c) for c in name)
    return f"(regex {_text(f'^{_escaped(folder)}/{letters}(/.*)?$')})"


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if not (c.isalnum() or c in "/_-") and c.isascii() else c for c in text)


def _all(kind: str, values: Iterable[str]) -> str:
    return " ".join(f"({kind} {_text(value)})" for value in values)


def _text(value: str) -> str:
    if any(ord(character) < 32 or character == "\x7f" for character in value):
        raise CannotStart(f"no seatbelt profile can hold the path {value!r}: rename that folder")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
