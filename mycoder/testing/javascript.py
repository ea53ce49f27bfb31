"""What package.json says about tests, and the JSON report that jest and vitest have in common."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from mycoder.testing.command import Place, Ran, TestCommand
from mycoder.testing.listings import script_frames
from mycoder.testing.output import clip, last_words
from mycoder.testing.results import Case, Gathered, Outcome, add_case
from mycoder.testing.runners.shell import gather_text
from mycoder.testing.selection import Selected
from mycoder.testing.survey import Survey

_MANAGERS = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lockb", "bun"), ("bun.lock", "bun"))
_SIMPLE = (
    r"^(?:[A-Z_][A-Z0-9_]*=\S+\s+)*(?:cross-env\s+(?:\S+=\S+\s+)*)?(?:npx\s+(?:--\S+\s+)*)?"
    r"(\S+)([^&|;<>`$()]*)$"
)
"""A script that is one plain command: its program and its arguments."""
QUIET = (("npm_config_update_notifier", "false"), ("npm_config_fund", "false"), ("npm_config_audit", "false"))
"""Variables that keep npm from asking the network for news."""

REPORT = "report.json"
"""Name of the report in the folder of a run."""

_OUTCOMES: dict[str, Outcome] = {"passed": "passed", "failed": "failed"}


class Manifest(msgspec.Struct, frozen=True):
    """The parts of a package.json that matter here."""

    script: str = ""
    """The script `test`; empty when there is none or only the placeholder of `npm init`."""
    packages: frozenset[str] = frozenset()
    has_workspaces: bool = False


class Assertion(msgspec.Struct, frozen=True, rename="camel"):
    status: str = ""
    title: str = ""
    full_name: str = ""
    ancestor_titles: list[str] = []
    duration: float | None = None
    failure_messages: list[str] | None = None


class File(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    status: str = ""
    message: str = ""
    assertion_results: list[Assertion] = []


class Report(msgspec.Struct, frozen=True, rename="camel"):
    test_results: list[File] = []


def read_manifest(survey: Survey) -> Manifest:
    try:
        held: Any = msgspec.json.decode(survey.text("package.json"))
    except (msgspec.DecodeError, RecursionError):
        return Manifest()
    if not isinstance(held, dict):
        return Manifest()
    scripts = held.get("scripts")
    script = scripts.get("test") if isinstance(scripts, dict) else ""
    if not isinstance(script, str) or "no test specified" in script:
        script = ""
    names: set[str] = set()
    for kind in ("dependencies", "devDependencies"):
        if isinstance(held.get(kind), dict):
            names |= set(held[kind])
    return Manifest(script.strip(), frozenset(names), "workspaces" in held)


def manager(survey: Survey) -> tuple[str, str]:
    """Name and path of the package manager; the path is empty when it is not on PATH."""
    for lock, name in _MANAGERS:
        if survey.has(lock) and survey.which(name):
            return name, survey.which(name)
    return "npm", survey.which("npm")


def script_argv(name: str, path: str, arguments: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The script `test` with more arguments; npm alone wants them behind two dashes."""
    run = (path, "run", "test") if name == "bun" else (path, "test")
    if not arguments:
        return run
    return (*run, "--", *arguments) if name == "npm" else (*run, *arguments)


def program_of(script: str) -> tuple[str, str]:
    """Program and arguments of a script that is one plain command, so that more can be added; else empty."""
    match = re.match(_SIMPLE, script)
    return (match[1].rpartition("/")[2], match[2]) if match else ("", "")


def detect_runner(
    survey: Survey, runner: str, local: tuple[str, ...], is_script: Callable[[str, str], bool]
) -> TestCommand | None:
    """The script `test` when `is_script` knows its program and arguments, or else, where there is no script, the
    installed program with the arguments `local`."""
    manifest = read_manifest(survey)
    if is_script(*program_of(manifest.script)):
        name, path = manager(survey)
        lack = f"The tests run with {runner}, but npm is not on PATH: install Node.js or set test_command."
        return TestCommand(
            runner=runner,
            argv=script_argv(name, path or name),
            cwd=survey.folder,
            text=f"{name} test",
            why="script test in package.json",
            env=QUIET,
            missing="" if path else lack,
        )
    installed = survey.folder / "node_modules" / ".bin" / runner
    if manifest.script or not (runner in manifest.packages and installed.exists()):
        return None
    return TestCommand(
        runner=runner,
        argv=(str(installed), *local),
        cwd=survey.folder,
        text=" ".join(("npx", runner, *local)),
        why=f"{runner} in package.json",
        env=QUIET,
    )


def with_arguments(command: TestCommand, more: list[str]) -> tuple[str, ...]:
    """The command with more arguments; a script of npm takes them behind two dashes."""
    is_npm = command.argv[0].rpartition("/")[2] == "npm"
    return (*command.argv, "--", *more) if is_npm and "--" not in command.argv else (*command.argv, *more)


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    """From the report, or where none was written from the output."""
    found = gather_report(place.folder / REPORT, command.cwd, is_partial=ran.is_partial)
    if found is not None:
        return found
    read = gather_text(ran)
    if read.tally is not None:
        return read
    problem = f"{command.runner} could not run the tests: {last_words(ran.text)}"
    return Gathered(problem=problem, is_finished=False)


def gather_report(path: Path, cwd: Path, *, is_partial: bool) -> Gathered | None:
    """Cases of the report; None when none was written or it is broken. Ids are ``file > suite > test``.

    In a partial run what was not selected is reported as skipped, and left out here.
    """
    try:
        report = msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError, RecursionError):
        return None
    cases: dict[str, Case] = {}
    for file in report.test_results:
        name = file.name.removeprefix(f"{cwd}/")
        for each in file.assertion_results:
            case = _case(name, each)
            if not (is_partial and case.outcome == "skipped"):
                add_case(cases, case)
        if not file.assertion_results and file.status == "failed":
            message = clip(_uncoloured(file.message).strip(), 4000)
            add_case(
                cases, Case(name, "error", message=message, frames=script_frames(message), phase="collect")
            )
    return Gathered(cases=cases)


def patterns(chosen: Selected) -> tuple[list[str], str]:
    """Files, and one regular expression over names, of ids and files and words."""
    files: dict[str, None] = {}
    names: list[str] = []
    for name in (*chosen.names, *chosen.words):
        path, _, rest = name.partition(" > ")
        path, _, other = path.partition("::")
        if re.search(r"\.[cm]?[jt]sx?$", path) or "/" in path:
            files[path] = None
            if rest or other:
                names.append(re.escape((rest or other).replace(" > ", " ")))
        else:
            names.append(re.escape(name.replace(" > ", " ")))
    # A file that is asked for as a whole would be narrowed by a name that belongs to another one.
    whole = any(" > " not in name and "::" not in name for name in chosen.names)
    return list(files), "" if whole and files else "|".join(names)


def _case(file: str, each: Assertion) -> Case:
    title = " > ".join([file, *each.ancestor_titles, each.title or each.full_name])
    outcome = _OUTCOMES.get(each.status, "skipped")
    seconds = (each.duration or 0.0) / 1000
    if outcome != "failed":
        return Case(title, outcome, seconds, note=each.status if outcome == "skipped" else "")
    text = _uncoloured("\n".join(each.failure_messages or ())).strip()
    frames = script_frames(text)
    message = re.split(r"\n\s+at ", text, maxsplit=1)[0].strip()
    kind = re.match(r"^(\w*Error)\b", message)
    return Case(title, "failed", seconds, clip(message, 4000), frames, kind[1] if kind else "")


def _uncoloured(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
