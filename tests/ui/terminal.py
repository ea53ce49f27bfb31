"""A program on a real pseudo-terminal: type, look, resize, signal."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

CONTROL = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>()][A-Z0-9]?)")


class Terminal:
    """`seen` is everything that came, as bytes; `text` without control sequences, `fresh` what came after the last
    typing. A screen repeats words and a line echoes what is typed: what is waited for is to be new and not an echo.
    """

    def __init__(self, command, *, cwd, env, size=(100, 30)):
        self.ours, theirs = pty.openpty()
        self._resize(self.ours, size)
        self.before = termios.tcgetattr(theirs)
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            env=env,
            start_new_session=True,
            close_fds=True,
        )
        os.close(theirs)
        self.seen = b""
        self._typed_at = 0

    @staticmethod
    def _resize(descriptor, size):
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    @property
    def text(self):
        return CONTROL.sub(b"", self.seen).decode("utf-8", "replace")

    @property
    def fresh(self):
        return CONTROL.sub(b"", self.seen[self._typed_at :]).decode("utf-8", "replace")

    @property
    def modes(self):
        """Those of the terminal now, to compare with `before`."""
        return termios.tcgetattr(self.ours)

    def read(self, seconds=0.1):
        if select.select([self.ours], [], [], seconds)[0]:
            try:
                self.seen += os.read(self.ours, 65_536)
            except OSError:
                return False
        return True

    def wait_for(self, words, seconds=90.0):
        """Until `words` were seen, at any time."""
        self._wait(lambda: words in self.text, words, seconds)

    def wait_after(self, words, seconds=90.0):
        """Until `words` came after what was typed last."""
        self._wait(lambda: words in self.fresh, words, seconds)

    def wait_until(self, condition, seconds=90.0):
        """Until `condition()` holds."""
        self._wait(condition, condition, seconds)

    def _wait(self, condition, words, seconds):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"{words!r} did not come; seen: {self.text[-1500:]!r}"
            assert self.read() or condition(), f"ended without {words!r}: {self.text[-1500:]!r}"

    def type(self, text):
        """All at once, as fast as no hand can."""
        while select.select([self.ours], [], [], 0)[0] and self.read(0):
            pass
        self._typed_at = len(self.seen)
        os.write(self.ours, text.encode())

    def resize(self, size):
        self._resize(self.ours, size)
        os.killpg(self.process.pid, signal.SIGWINCH)

    def end(self, seconds=90.0):
        """The exit code, once the program has ended by itself."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"still running; seen: {self.text[-1500:]!r}"
            self.read()
        while self.read(0.05) and select.select([self.ours], [], [], 0)[0]:
            pass
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.ours)
