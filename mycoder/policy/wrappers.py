"""Commands that only start another command: what they take before it."""

import re

import msgspec

from mycoder.policy.words import Word, Words


class Wrapper(msgspec.Struct, frozen=True):
    """`values` are letters and long names of options that take the next word; `operands` is how many words stand
    between the options and the command."""

    values: str = ""
    operands: int = 0


WRAPPERS: dict[str, Wrapper] = {
    "sudo": Wrapper("u g U h p C D R T r t user group host prompt chdir chroot role type"),
    "doas": Wrapper("u C"),
    "env": Wrapper("u C S unset chdir split-string"),
    "nice": Wrapper("n adjustment"),
    "ionice": Wrapper("c n t p class classdata"),
    "nohup": Wrapper(),
    "setsid": Wrapper(),
    "time": Wrapper("f o format output"),
    "timeout": Wrapper("k s kill-after signal", operands=1),
    "stdbuf": Wrapper("i o e input output error"),
    "xargs": Wrapper("a d E I L n P s arg-file delimiter eof replace max-lines max-args max-procs max-chars"),
    "watch": Wrapper("n interval"),
    "command": Wrapper(),
    "builtin": Wrapper(),
    "exec": Wrapper("a"),
    "coproc": Wrapper(),
    "busybox": Wrapper(),
    "toybox": Wrapper(),
    "chroot": Wrapper("userspec groups", operands=1),
    "unshare": Wrapper("S G R w setuid setgid root wd"),
    "nsenter": Wrapper("t S G target setuid setgid"),
    "flock": Wrapper("w E timeout conflict-exit-code", operands=1),
    "strace": Wrapper("e o p s u E P"),
    "ltrace": Wrapper("e o p s u"),
    "taskset": Wrapper(operands=1),
    "chrt": Wrapper("p T P D", operands=1),
    "prlimit": Wrapper("o p output pid"),
    "xvfb-run": Wrapper("e f n s p server-num server-args error-file auth-file wait"),
    "dbus-run-session": Wrapper("config-file"),
    "catchsegv": Wrapper(),
    "faketime": Wrapper("f", operands=1),
    "ts": Wrapper(),
    "parallel": Wrapper("j a S jobs arg-file"),
    "unbuffer": Wrapper(),
    "rlwrap": Wrapper("f c"),
    "caffeinate": Wrapper("t w"),
    "systemd-run": Wrapper("p u M H property unit"),
    "runuser": Wrapper("u g"),
    "firejail": Wrapper(),
    "bwrap": Wrapper("bind ro-bind dev-bind symlink tmpfs proc dev chdir setenv unsetenv"),
    "uv": Wrapper(),
    "poetry": Wrapper(),
    "pipenv": Wrapper(),
    "npx": Wrapper("p package c call"),
    "bunx": Wrapper(),
    "pnpx": Wrapper(),
}
"""`uv`, `poetry` and `pipenv` only as ``run``."""

RUNNERS = frozenset({"uv", "poetry", "pipenv"})
PRIVILEGED = frozenset({"sudo", "doas", "su", "pkexec", "runuser", "chroot", "nsenter"})


def unwrapped(words: Words) -> tuple[Words, tuple[str, ...]]:
    """The command inside of all wrappers and the names of those; empty words when a wrapper has no command."""
    names: list[str] = []
    for _ in range(20):
        if not words:
            break
        name = program(words[0].text)
        wrapper = WRAPPERS.get(name)
        if wrapper is None or (name in RUNNERS and not (len(words) > 1 and words[1].text == "run")):
            break
        names.append(name)
        words = _after(words[2:] if name in RUNNERS else words[1:], wrapper)
    return words, tuple(names)


def program(text: str) -> str:
    """The name of a program without its folder."""
    return text.rstrip("/").rpartition("/")[2] if "/" in text else text


def _after(words: Words, wrapper: Wrapper) -> Words:
    at, values = 0, wrapper.values.split()
    while at < len(words):
        text = words[at].text
        if text == "--":
            at += 1
            break
        if text in ("-S", "--split-string") and at + 1 < len(words):  # env -S 'rm -rf x'
            return (*(Word(part) for part in words[at + 1].text.split()), *words[at + 2 :])
        if text.startswith(("-S", "--split-string=")) and "split-string" in values:
            inner = text.partition("=")[2] if text.startswith("--") else text[2:]
            return (*(Word(part) for part in inner.split()), *words[at + 1 :])
        if text.startswith("--"):
            at += 2 if text[2:] in values and "=" not in text else 1
        elif text.startswith("-") and len(text) > 1:
            at += 2 if len(text) == 2 and text[1] in values else 1
        elif re.match(r"\w+=", text):
            at += 1
        else:
            break
    return words[at + wrapper.operands :]
