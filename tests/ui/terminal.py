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
    """`seen` is everything that came, as bytes; `text` without control sequences."""

    def __init__(self, command, *, cwd, env, size=(100, 30)):
        self.ours, theirs = pty.openpty()
        self._resize(self.ours, size)
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
        self.before = termios.tcgetattr(self.ours)
        os.close(theirs)
        self.seen = b""

    @staticmethod
    def _resize(descriptor, size):
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    @property
    def text(self):
        return CONTROL.sub(b"", self.seen).decode("utf-8", "replace")

    def read(self, seconds=0.1):
        if select.select([self.ours], [], [], seconds)[0]:
            try:
                self.seen += os.read(self.ours, 65_536)
            except OSError:
                return False
        return True

    def wait_for(self, words, seconds=40.0):
        end = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < end, f"{words!r} did not come; seen: {self.text[-1500:]!r}"
            assert self.read() or words in self.text, f"ended without {words!r}: {self.text[-1500:]!r}"

    def type(self, text):
        for character in text:
            os.write(self.ours, character.encode())
            self.read(0.02)

    def resize(self, size):
        self._resize(self.ours, size)
        os.killpg(self.process.pid, signal.SIGWINCH)

    def end(self, seconds=30.0):
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
