"""Whether a program is right, found out in the sandbox and in a process of its own, by tests that it has not seen."""

import json
import re
import secrets
import sys
from pathlib import Path

import msgspec

from mycoder.bench.evaluation.problems import SOLUTION, Problem
from mycoder.sandbox.job import Completed, Job
from mycoder.sandbox.sandbox import Sandbox

SECONDS = 240.0
"""For all inputs of one problem together."""
ONE_ANSWER = 5.0
"""Seconds of processor time for one input."""
PROGRAM = Path(__file__).with_name("judge_program.py")


class Verdict(msgspec.Struct, frozen=True):
    """`kind`: passed | wrong | error | timeout | no code."""

    kind: str
    message: str = ""


class Quality(msgspec.Struct, frozen=True):
    """What designed tests are worth, measured on the reference: how many it passes, and the share of its lines that
    they reach; None where there is nothing to measure."""

    tests: int = 0
    accuracy: float | None = None
    coverage: float | None = None


async def judge(problem: Problem, root: Path, sandbox: Sandbox) -> Verdict:
    """The verdict on what `root` holds now. Hidden tests are laid over it, for good."""
    if problem.hidden or problem.repository:
        return await _judge_project(problem, root, sandbox)
    try:
        code = (root / SOLUTION).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return Verdict("no code", f"there is no {SOLUTION}")
    return await judge_code(problem, code, root, sandbox)


async def judge_code(problem: Problem, code: str, root: Path, sandbox: Sandbox) -> Verdict:
    """The verdict on a single file."""
    word = secrets.token_hex(12)
    spec = {
        "word": word,
        "code": code,
        "entry": problem.entry,
        "test": problem.test,
        "reference": problem.reference,
        "inputs": problem.inputs,
        "tolerance": problem.tolerance,
        "seconds": ONE_ANSWER,
    }
    file = root / f".judge-{word}.json"
    file.write_text(json.dumps(spec), encoding="utf-8")
    try:
        # The program is handed over as text: the sandbox need not see where we are installed.
        program = PROGRAM.read_text(encoding="utf-8")
        done = await sandbox.run(
            Job(
                argv=(sys.executable, "-I", "-c", program, str(file)),
                cwd=root,
                seconds=problem.seconds or SECONDS,
                label="judge",
            )
        )
    finally:
        file.unlink(missing_ok=True)
    return _verdict(done, word)


def _verdict(done: Completed, word: str) -> Verdict:
    found = re.search(rf"^{word} (.*)$", done.output, re.MULTILINE)
    if found is not None:
        kind, message = json.loads(found[1])
        return Verdict(kind, message)
    if done.timed_out:
        return Verdict("timeout", "the judged program did not end")
    return Verdict("error", f"the process ended with {done.exit_code}: {done.output.strip()[-200:]}")


async def _judge_project(problem: Problem, root: Path, sandbox: Sandbox) -> Verdict:
    for path, text in problem.hidden.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    command = problem.test_command or f"{sys.executable} -m pytest -q " + " ".join(problem.hidden)
    done = await sandbox.run(
        Job(argv=("sh", "-c", command), cwd=root, seconds=problem.seconds or SECONDS, label="judge")
    )
    if done.timed_out:
        return Verdict("timeout", f"{command} did not end")
    return Verdict("passed") if done.exit_code == 0 else Verdict("wrong", done.output.strip()[-300:])


async def quality(tests: str, count: int, problem: Problem, folder: Path, sandbox: Sandbox) -> Quality:
    """What a file of designed tests is worth. `folder` is empty and below the sandbox's root."""
    if not tests or not problem.reference:
        return Quality(count)
    folder.mkdir(parents=True)
    (folder / SOLUTION).write_text(problem.reference, encoding="utf-8")
    (folder / "test_designed.py").write_text(tests, encoding="utf-8")
    command = (
        f"{sys.executable} -m coverage run --include={SOLUTION} -m pytest -q -p no:cacheprovider test_designed.py "
        f"--tb=no -rN; {sys.executable} -m coverage json -q -o coverage.json"
    )
    done = await sandbox.run(Job(argv=("sh", "-c", command), cwd=folder, seconds=SECONDS, label="quality"))
    passed = _number(r"(\d+) passed", done.output)
    total = passed + _number(r"(\d+) failed", done.output) + _number(r"(\d+) error", done.output)
    accuracy = passed / total if total else None
    return Quality(count, accuracy, _covered(folder / "coverage.json"))


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def _covered(file: Path) -> float | None:
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))["files"][SOLUTION]["summary"]
        return float(summary["covered_lines"]) / max(float(summary["num_statements"]), 1.0)
    except (OSError, ValueError, KeyError):
        return None
