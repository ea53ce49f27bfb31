"""A sandbox made ready before its command is known, for commands that come in quick succession.

Making the namespaces takes longer than most commands. So after two commands within a second the next sandbox
is built while the model answers: a shell in it waits for one line that says what to become. It is used only
when the next command would get the very same mounts, of the same files, and the same environment; else it is
thrown away."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence

from mycoder.sandbox.mounts import HIDE, MASK, Mount

WAITING_SHELL = ("/bin/sh",)
"""Reads its script from the gate, which is its stdin until it becomes the command."""

LONGEST = 32_000
"""Bytes of a line; the pipe holds 65,536, so that writing it never waits."""

BURST = 1.0
"""Seconds between two commands that are followed by a third one, as we guess."""

PATIENCE = 2.0
"""Seconds that a sandbox waits for its command."""

Signature = tuple[tuple[int, int], ...]


class Standby:
    """A waiting shell. `gate` is where its line goes, `output` where the command's output will come from."""

    def __init__(
        self,
        popen: "subprocess.Popen[bytes]",
        gate: int,
        output: int,
        mounts: Sequence[Mount],
        env: Mapping[str, str],
    ) -> None:
        self.popen, self._gate, self.output = popen, gate, output
        self._mounts, self._env = list(mounts), env
        self._signature = signature(mounts)

    def become(self, line: bytes, mounts: Sequence[Mount], env: Mapping[str, str]) -> bool:
        """Whether it is what the command of `line` needs, and has become it."""
        if env != self._env or list(mounts) != self._mounts:
            return False
        if signature(mounts) != self._signature or self.popen.poll() is not None:
            return False
        if len(line) > LONGEST:
            return False
        try:
            os.write(self._gate, line)
        except OSError:
            return False
        os.close(self._gate)
        return True

    def close(self) -> None:
        """Lets go of both pipes; the process is somebody else's to end."""
        os.close(self._gate)
        os.close(self.output)


def line_for(argv: Sequence[str], cwd: str, before: str = ":") -> bytes:
    """The script that does `before` and becomes the command. Raises ValueError for what no command line can
    hold."""
    words = " ".join(shlex.quote(word) for word in argv)
    line = os.fsencode(f"{before}; cd {shlex.quote(cwd)} && unset OLDPWD && exec {words} </dev/null\n")
    if b"\0" in line:
        raise ValueError("embedded null byte")
    return line


def signature(mounts: Sequence[Mount]) -> Signature:
    """Which files are mounted: a file that was replaced meanwhile would be seen as it was before."""
    found = []
    for mount in mounts:
        if mount.kind in (MASK, HIDE):
            continue
        try:
            info = os.stat(mount.source)
            found.append((info.st_dev, info.st_ino))
        except OSError:
            found.append((0, 0))
    return tuple(found)
