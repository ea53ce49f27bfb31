"""``mycoder bench oracle``: the reading of commands against a real bash.

Random commands are made from a grammar and damaged at random. Each that is read as plain words is run by a real bash
in an empty root file system (bubblewrap), in which every external program is a tracer: there is nothing on PATH, and
bash's own hook for programs that it cannot find writes down the words it was called with. A program that starts with
other words than those that were read, or a file that is written, is a failure.
"""

import contextlib
import os
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from shutil import which

import msgspec

from mycoder.policy.concern import Ground
from mycoder.policy.reading import Reading
from mycoder.policy.syntax import Plain

PLANTED = ("a.py", "b c.txt", "-rf", "--output=x", "-delete", "src/a.py", "src/-x", "sub/x", ".hidden")
"""Files in the folder where commands run; some have names that would be options."""

BUILTINS = frozenset({"echo", "printf", "cd", "pwd", "test", "[", "true", "false", "type", ":"})
"""Run by bash itself; none of them starts a program or writes a file in a plain command."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_KEYWORDS = frozenset(
    _words("""
    . : alias bg bind break builtin caller case command compgen complete compopt continue coproc declare dirs disown
    do done elif else enable esac eval exec exit export fc fg fi for function getopts hash help history if in jobs kill
    let local logout mapfile popd pushd read readarray readonly return select set shift shopt source suspend then time
    times trap typeset ulimit umask unalias unset until wait while
""")
)
_DRIVER = r"""
cd /work; shopt -s nullglob dotglob
command_not_found_handle() { local IFS=$'\037'; printf 'C%s\036' "$*" >&9; return $((RANDOM & 1)); }
export -f command_not_found_handle
look() { local f; now=; for f in * src/* sub/*; do now+="$f "; [[ -d $f || -s $f ]] || now+='! '; done; }
look; base=$now
while IFS= read -r -d '' code; do
  /bin/bash --noprofile --norc -c "$code" </dev/null >/dev/null 2>&1
  look
  [[ $now == "$base" ]] || { printf 'W\036' >&9; base=$now; }
  printf 'E\036' >&9
done
"""
_SAFE = _words("""
    ls git rg grep find cat head tail wc sort uniq sed awk diff echo printf cd pwd cut tr tree stat du file jq test
    basename dirname realpath date true false seq nl
""")
_OTHER = _words("touch rm python make curl sh npm foo tee cp")
_ARGUMENTS = _words(r"""
    -l -a -n -r -i -la --all --stat --oneline -v src src/ src/a.py a.py . ./ sub x foo.bar HEAD HEAD~1 HEAD^ a=b 1,5p
    -20 -c -name *.py src/*.py ./*.py s[r]c/* a?py -- - + , % @ : /dev/null status diff log show p s/a/b/ {print} -e -k
    1 --output=f -o --pre=x -delete -exec rm {} ../x /etc/passwd ~ ~/x é ⅼs 日本 a#b #x !x $ % ^ \x a\ b
""")
_JOINERS = ("&&", "||", ";", "|", " && ", " || ", " ; ", " | ")
_ODD_JOINERS = ("&", "|&", "\n", ";;", " & ", "\r", "\r\n", "\\\n")
_SNIPPETS = (
    *_words("""
    $X ${X:-y} $((1+1)) >f >>f 2>f <f &>f >|f <>f <(ls) >(ls) <<<x ' " # ~ {a,b} {1..3} * ? [
    ] ( ) { } ! = ; & | é $'\\n' $"x" @(a|b) %1 $IFS '' "" ^ < > \\' \\" - -- && || <&0 >&2 $ ` \\
"""),
    *(
        "<<E\nx\nE\n",
        " #",
        "\t",
        "\r",
        "\n",
        "\x0b",
        "\f",
        "\x1b",
        "\u200b",
        "\u00a0",
        "\u2028",
        "\u202e",
        "\\\n",
    ),
    *(
        "X=1 ",
        "X=$(touch f) ",
        "eval ",
        "exec ",
        "time ",
        "! ",
        "if ",
        "; fi",
        "function f ",
        "f() ",
        "[[ ",
        " ]]",
    ),
    *("\x01", "\x7f", "coproc ", "$(touch f)", "`touch f`"),
)


class Outcome(msgspec.Struct, frozen=True):
    """`plain` of `examples` were read as plain and run, `safe` of those would run without a question."""

    examples: int = 0
    plain: int = 0
    safe: int = 0
    started: int = 0
    seconds: float = 0.0
    failures: tuple[str, ...] = ()


def generate(numbers: random.Random) -> str:
    """One command: mostly well formed, in a third of the cases damaged."""
    parts = [_simple(numbers)]
    while numbers.random() < 0.4:
        joiners = _JOINERS if numbers.random() < 0.85 else _ODD_JOINERS
        parts += [numbers.choice(joiners), _simple(numbers)]
    text = "".join(parts)
    while numbers.random() < 0.35:
        at = numbers.randrange(len(text) + 1)
        text = text[:at] + numbers.choice(_SNIPPETS) + text[at + numbers.choice((0, 0, 1)) :]
    return text.replace("\0", "")


def _simple(numbers: random.Random) -> str:
    name = numbers.choice(_SAFE if numbers.random() < 0.8 else _OTHER)
    words = [
        name,
        *(_quoted(numbers, numbers.choice(_ARGUMENTS)) for _ in range(numbers.choice((0, 1, 1, 2, 3)))),
    ]
    return numbers.choice((" ", " ", " ", "  ", "\t")).join(words)


def _quoted(numbers: random.Random, word: str) -> str:
    match numbers.randrange(12):
        case 0:
            return f"'{word}'"
        case 1:
            return f'"{word}"'
        case 2:
            half = len(word) // 2
            return f"{word[:half]}'{word[half:]}'"
        case 3:
            return f"--x='{word} {word}'"
        case 4:
            return f'{word}" {word}"'
    return word


def missing() -> str:
    """Why it cannot run here; empty when it can."""
    return "" if which("bwrap") and which("bash") else "bubblewrap and bash are needed"


def run(examples: int, seed: int, *, batch: int = 500) -> Outcome:
    """Raises OSError and RuntimeError when bash cannot be run at all."""
    numbers, started_at = random.Random(seed), time.monotonic()
    plain = safe = started = 0
    failures: list[str] = []
    waiting: list[tuple[str, tuple[Plain, ...]]] = []
    for number in range(examples):
        reading = Reading(generate(numbers), Ground(root="/work"))
        if reading.plain and (is_safe := not reading.why_asked or _is_judged(reading.plain)):
            plain, safe = plain + 1, safe + (not reading.why_asked)
            waiting.append((reading.text, reading.plain))
            if is_safe and not reading.why_asked:
                again = reading.as_read()
                waiting.append((again, Reading(again, Ground(root="/work")).plain))
        if len(waiting) >= batch or number == examples - 1:
            for text, parts, calls, is_written in _traced(waiting):
                started += len(calls)
                failures += _problems(text, parts, calls, is_written)
            waiting.clear()
    return Outcome(
        examples, plain, safe, started, round(time.monotonic() - started_at, 1), tuple(failures[:50])
    )


def _is_judged(parts: Iterable[Plain]) -> bool:
    """Words that bash itself takes for more than a program are only allowed by a person's rule that names them."""
    return not any(part.argv[0] in _KEYWORDS for part in parts)


def _problems(text: str, parts: tuple[Plain, ...], calls: list[list[str]], is_written: bool) -> list[str]:
    found = [f"wrote a file: {text!r}"] if is_written else []
    if not parts:
        return [*found, f"what is run is not plain: {text!r}"]
    return found + [
        f"started {call!r}: {text!r}" for call in calls if not any(_is_foreseen(call, part) for part in parts)
    ]


def _is_foreseen(call: list[str], part: Plain) -> bool:
    """Whether `call` is `part` with names of files in the place of its globs; none of them may look like an option."""
    patterns = list(part.words)
    if not any(word.is_glob for word in patterns):
        return call == [word.text for word in patterns]
    if call[:1] != [patterns[0].text]:
        return False
    loose = [word.text for word in patterns if word.is_glob]
    fixed = [word.text for word in patterns if not word.is_glob]
    return all(
        word in fixed
        or word in loose
        or (not word.startswith("-") and any(fnmatchcase(word, g) for g in loose))
        for word in call
    )


def _traced(
    texts: list[tuple[str, tuple[Plain, ...]]],
) -> Iterator[tuple[str, tuple[Plain, ...], list[list[str]], bool]]:
    """What bash started for each text, and whether a file was written."""
    if not texts:
        return
    output = _bash(b"".join(os.fsencode(text) + b"\0" for text, _ in texts))
    frames = output.split(b"\x1e")
    at = 0
    for text, parts in texts:
        calls: list[list[str]] = []
        is_written = False
        while at < len(frames) and (frame := frames[at]) != b"E":
            at += 1
            if frame[:1] == b"C":
                calls.append(os.fsdecode(frame[1:]).split("\x1f"))
            is_written = is_written or frame == b"W"
        if at >= len(frames):
            raise RuntimeError(f"bash stopped at {text!r}")
        at += 1
        yield text, parts, calls, is_written


def _bash(codes: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder, "work")
        for name in PLANTED:
            file = work / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("x\n")
        log = Path(folder, "log")
        with open(log, "wb") as out:
            command = _confined(str(work), out.fileno())
            with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(out.fileno(),)) as process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.communicate(codes, timeout=300)
                process.kill()
        return log.read_bytes()


def _confined(work: str, log: int) -> list[str]:
    """bash in a file system that holds only bash and `work`."""
    bash = os.path.realpath(which("bash") or "/bin/bash")
    listed = subprocess.run(["ldd", bash], capture_output=True, text=True, check=False).stdout
    libraries = [path for path in re.findall(r"(/[\w./+-]+)", listed) if os.path.exists(path)]
    binds = [part for path in libraries for part in ("--ro-bind", path, path)]
    return [
        *("bwrap", "--unshare-all", "--die-with-parent", "--clearenv", "--setenv", "LC_ALL", "C.UTF-8"),
        *("--setenv", "PATH", "/nothing", *binds, "--ro-bind", bash, "/bin/bash", "--dev", "/dev"),
        *("--ro-bind-try", "/usr/lib/locale", "/usr/lib/locale", "--bind", work, "/work"),
        *("/bin/bash", "--noprofile", "--norc", "-c", f"exec 9>&{log}; {_DRIVER}"),
    ]
