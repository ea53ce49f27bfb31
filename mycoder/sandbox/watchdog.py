"""Ends the commands of a session whose process was killed, where no namespace does that.

A shell of its own session waits on a pipe that only we hold. When the pipe closes without a word, it kills
every process that carries a mark of this session."""

import contextlib
import os
import subprocess
from collections.abc import Mapping, Sequence

_WAIT = """
trap '' HUP INT TERM
while read -r word; do [ "$word" = done ] && exit 0; done
"""

_PLAIN = {"PATH": "/usr/bin:/bin"}

_KILL = r"""
n=0
while [ "$n" -lt 50 ]; do
  n=$((n + 1))
  found=
  for file in $(grep -lE "^Max realtime timeout +$1[0-9]{6} " /proc/[0-9]*/limits 2>/dev/null) \
              $(grep -laE "$2=$1[0-9]{6}" /proc/[0-9]*/environ 2>/dev/null); do
    pid=${file#/proc/}
    kill -KILL "${pid%%/*}" 2>/dev/null && found=1
  done
  [ -n "$found" ] || exit 0
done
"""


class Watchdog:
    """Started with the first command. `words` are for `script`, which runs when this process is gone; the usual
    one takes what all marks of the session begin with, and the name of the variable that carries them."""

    def __init__(self, words: Sequence[str], script: str = _KILL, env: Mapping[str, str] = _PLAIN) -> None:
        self._words, self._script, self._env = tuple(words), _WAIT + script, env
        self._pipe = -1
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Does nothing when it is already there, and where there is no /proc to look through."""
        if self._popen is not None or not os.path.isdir("/proc/self"):
            return
        reading, self._pipe = os.pipe()
        try:
            self._popen = subprocess.Popen(
                ("/bin/sh", "-c", self._script, "mycoder-watchdog", *self._words),
                stdin=reading,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=self._env,
                start_new_session=True,
            )
        finally:
            os.close(reading)

    def close(self) -> None:
        if self._popen is None:
            return
        with contextlib.suppress(OSError):
            os.write(self._pipe, b"done\n")
        os.close(self._pipe)
        self._popen.wait()
        self._popen = None
