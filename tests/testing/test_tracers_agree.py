"""Every way of tracing lines, under every Python at hand, against the others and against what must be run."""

import glob
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from mycoder.testing import coverage_tracers

PROGRAM = '''\
"""Many kinds of statements, run by `suite`."""
import asyncio
import contextlib
import functools
import threading


def plain(a, b=2, *, c=None):
    """Doc."""
    if a > 3:
        b = a + 1
    elif a == 3:
        pass
    else:
        b = a
    return b


def loops(n):
    total = 0
    for i in range(n):
        if i == 2:
            continue
        total += i
    else:
        total += 10
    while total > 0:
        total -= 7
        if total == 1:
            break
    else:
        total = -1
    return total


def multi(a):
    value = plain(
        a,
        b=len(
            [x
             for x in range(a)
             if x]
        ),
    )
    data = {
        "a": a,
        "b": value,
    }
    return [
        k
        for k in data
    ]


def generator(n):
    for i in range(n):
        got = yield i
        if got:
            return got
    yield from (j for j in range(2))


@contextlib.contextmanager
def manager():
    try:
        yield 1
    except ValueError:
        pass
    finally:
        plain(1)


def errors(x):
    try:
        if x:
            raise ValueError(
                "text"
            )
        y = 1
    except (TypeError, KeyError):
        y = 2
    except ValueError as error:
        y = str(error)
    else:
        y = 3
    finally:
        z = 4
    return y, z


async def later(x):
    await asyncio.sleep(0)
    async with other(x) as y:
        return y


@contextlib.asynccontextmanager
async def other(x):
    yield x


def deco(f):
    @functools.wraps(f)
    def inner(*a):
        return f(*a)
    return inner


@deco
def decorated(x): return x + 1


class C:
    attribute = 1

    def __init__(self): self.x = 1

    @property
    def p(self):
        return (lambda q:
                q + self.x)(1)


def threaded():
    out = []

    def work():
        out.append(1)
        out.append(2)
    t = threading.Thread(target=work)
    t.start()
    t.join()
    assert out == [1, 2], (
        "never"
    )
    return out


def fresh():
    class Inner(C):
        y = 2

        def m(self):
            return self.y
    return Inner().m()


def boolean(a, b):
    return (a
            and b
            or a)


def one_line(a):
    if a: return 1
    x = 1; y = 2
    return x + y


def never(a):
    return a


def suite(n):
    plain(n); loops(n); multi(n); list(generator(n)); errors(n % 2); asyncio.run(later(n)); decorated(n); C().p
    with manager():
        if n == 4:
            raise ValueError
    if n > 2: threaded()
    fresh(); boolean(n, 0); one_line(n % 2)
'''
MATCHING = """\


def matching(v):
    match v:
        case [a, b] if a > b:
            return a
        case {"k": k}:
            return k
        case C(x=1):
            return 1
        case _:
            return None


def more(n):
    matching([2, 1]) if n % 2 else matching({"k": 1})
    matching(C()) if n == 3 else matching(9)
"""
RUN = """\
import json, sys
sys.path[:0] = [sys.argv[2], sys.argv[3]]
import coverage_tracers as tracers
kind = {"monitoring": "MonitoringTracer", "settrace": "SettraceTracer", "coverage": "CoverageTracer"}[sys.argv[1]]
try:
    tracer = getattr(tracers, kind)(tracers.Scope(sys.argv[3]))
except (ImportError, RuntimeError):
    sys.exit(7)
tracer.start()
import traced, empty
found = [tracer.stop()]
for number in (1, 4, 3, 1, 2):
    tracer.start()
    traced.suite(number)
    getattr(traced, "more", lambda n: None)(number)
    found.append(tracer.stop())
assert not any("empty.py" in lines for lines in found)
print(json.dumps([sorted(lines.get("traced.py", [])) for lines in found]))
"""
VERSIONS = ("3.8", "3.10", "3.11", "3.12", "3.13", "3.14")


@cache
def _python(version: str) -> str:
    """An interpreter of that version; empty when there is none."""
    home = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    places = [
        sys.executable,
        shutil.which(f"python{version}"),
        *sorted(glob.glob(f"{home}/versions/{version}.*/bin/python")),
    ]
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    for place in filter(None, places):
        done = subprocess.run([place, "-c", script], capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return place
    return ""


def _lines(python: str, kind: str, folder: Path) -> list[list[int]] | None:
    """What a tracer saw: at import, then in each of five runs. None where it is not to be had."""
    script = folder / "run.py"
    script.write_text(RUN)
    tracers = str(Path(coverage_tracers.__file__).parent)
    argv = [python, str(script), kind, tracers, str(folder)]
    env = {**os.environ, "COVERAGE_CORE": "ctrace"}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=env)
    if done.returncode == 7:
        return None
    assert done.returncode == 0, done.stderr
    found: list[list[int]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_all_ways_of_tracing_see_the_same_lines(version: str, tmp_path: Path) -> None:
    python = _python(version)
    if not python:
        pytest.skip(f"there is no Python {version} here")
    is_new = tuple(map(int, version.split("."))) >= (3, 10)
    text = PROGRAM + (MATCHING if is_new else "")
    (tmp_path / "traced.py").write_text(text)
    (tmp_path / "empty.py").touch()
    wanted = _lines(python, "settrace", tmp_path)
    assert wanted is not None
    for kind in ("coverage", *(["monitoring"] if version in ("3.12", "3.13", "3.14") else [])):
        found = _lines(python, kind, tmp_path)
        assert kind == "coverage" or found is not None
        assert found is None or found == wanted
    rows = text.split("\n")
    always = [
        n for n, row in enumerate(rows, 1) if row.strip() in ("def __init__(self): self.x = 1", "total = 0")
    ]
    assert len(always) == 2
    assert all(set(always) <= set(lines) for lines in wanted[1:])
    assert all(rows.index("def never(a):") + 2 not in lines for lines in wanted)
    assert wanted[1] == wanted[4] != wanted[2]


HELD = """\
import json, sys
sys.path[:0] = [sys.argv[2], sys.argv[3]]
import coverage_tracers as tracers
import traced
kind = {"monitoring": "MonitoringTracer", "settrace": "SettraceTracer"}[sys.argv[1]]
tracer = getattr(tracers, kind)(tracers.Scope(sys.argv[3]))
pending, found = traced.held(), []
next(pending)
for _ in range(3):
    tracer.start()
    next(pending)
    json.dumps({})
    found.append(tracer.stop())
    assert set(found[-1]) == {"traced.py"}
print(json.dumps([sorted(lines["traced.py"]) for lines in found]))
"""


@pytest.mark.parametrize("version", ["3.8", "3.12", "3.13", "3.14"])
def test_a_generator_that_was_begun_before_goes_on_in_a_later_test(version: str, tmp_path: Path) -> None:
    python = _python(version)
    if not python:
        pytest.skip(f"there is no Python {version} here")
    (tmp_path / "traced.py").write_text(
        "def held():\n    for n in range(9):\n        yield n\n        n = 2\n        if n:\n            n = 3\n"
    )
    (tmp_path / "run.py").write_text(HELD)
    tracers = str(Path(coverage_tracers.__file__).parent)
    for kind in ("settrace", *(["monitoring"] if version != "3.8" else [])):
        argv = [python, str(tmp_path / "run.py"), kind, tracers, str(tmp_path)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [[2, 3, 4, 5, 6]] * 3
