"""A run of mycoder itself: a task without a person, or the app."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mycoder.cli.faults import UsageError
from mycoder.cli.here import Here
from mycoder.config.layers import Loaded

if TYPE_CHECKING:
    from mycoder.protocol.events import GoalChanged
    from mycoder.ui.headless.answers import AnswerSchema
    from mycoder.ui.headless.results import Results
    from mycoder.ui.headless.run import Job, Runnable

_ONE_OF = ("continue", "resume", "fork", "ephemeral")
_ONLY_WITH_TASK = ("output_format", "output_schema", "output", "quiet")


def run(values: Mapping[str, Any]) -> int:
    """Does what the options say and returns the exit code. Raises what `mycoder.cli.faults` explains."""
    given = [f"--{name}" for name in _ONE_OF if values.get(name)]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other.")
    here = Here.of(values)
    if "task" in values or values.get("goal") or values.get("check"):
        if "prompt" in values:
            raise UsageError(
                "Words alone are a prompt for the app; --task, --goal and --check work without it. Give one of both."
            )
        return _headless(here, values)
    given = [f"--{name.replace('_', '-')}" for name in _ONLY_WITH_TASK if values.get(name)]
    if given:
        raise UsageError(f"{', '.join(given)} only makes sense with --task.")
    from mycoder.cli.app import start_app  # late: nothing of it in a headless run

    return start_app(here, values)


def _headless(here: Here, values: Mapping[str, Any]) -> int:
    from mycoder.cli.loop import run_to_end  # late: after the cheap mistakes
    from mycoder.ui.headless import run as headless  # late: as above
    from mycoder.ui.headless.results import Results  # late: as above

    results = Results.of_process(values.get("output_format", "text"))
    try:
        loaded = here.load()
        job = _job(values, loaded)

        async def open_session(schema: "AnswerSchema | None") -> "Runnable":
            return await _open(here, loaded, values, schema)

        return run_to_end(headless.run(job, open_session, results))
    except Exception as error:
        _tell_program(results, error)
        raise


def _tell_program(results: "Results", error: Exception) -> None:
    """Whoever reads JSON gets an end in any case; the words for people come later, on standard error."""
    if results.form == "text":
        return
    from mycoder.cli.faults import explain  # late: only when something went wrong
    from mycoder.protocol.events import TurnEnded  # late: as above
    from mycoder.protocol.redact import Redactor  # late: as above
    from mycoder.ui.exit_codes import ExitCode  # late: as above

    fault = explain(error)
    words = fault.text if fault else f"{type(error).__name__}: {error}"
    words = Redactor.of(os.environ).text(words)
    ended = TurnEnded(reason=fault.reason if fault else "crashed", message=words)
    results.event(ended)
    results.end(ended, fault.code if fault else ExitCode.INTERNAL)


async def _open(
    here: Here, loaded: Loaded, values: Mapping[str, Any], schema: "AnswerSchema | None"
) -> "Runnable":
    from mycoder.session import Session  # late: as above

    session = await Session.open(
        here.root,
        settings=loaded.settings,
        resume=resumed(here, values),
        fork=values.get("fork", ""),
        is_ephemeral=values.get("ephemeral", False),
        reply_schema=schema.schema if schema else None,
        env=here.env,
        paths=here.paths,
    )
    if (goal := _goal(values)) is not None:
        if session.state.mode == "plan":
            raise UsageError("--goal and --check need a mode that may run commands: --mode auto, edit or ask")
        session.set_goal(goal)
    opened: Runnable = session
    return opened


def resumed(here: Here, values: Mapping[str, Any]) -> str:
    """Id of the session to go on with; empty for a new one. Raises UsageError."""
    if not values.get("continue"):
        return str(values.get("resume", ""))
    from mycoder.session.store import Store  # late: only to go on with a session

    latest = Store(here.paths.state).latest(here.root)
    if latest is None:
        raise UsageError(f"There is no session in {here.root}; `mycoder sessions list --all` shows others.")
    return latest


def _job(values: Mapping[str, Any], loaded: Loaded) -> "Job":
    from mycoder.ui.headless.run import Job  # late: see `_headless`

    settings, notes = loaded.settings, list(loaded.warnings)
    return Job(
        task=_task(values["task"] if "task" in values else _goal_text(values), notes),
        answer_file=_writable(_path(values.get("output"))),
        schema_file=_path(values.get("output_schema")),
        is_quiet=values.get("quiet", False),
        is_ascii=settings.ui.ascii,
        is_still=settings.ui.reduced_motion or settings.ui.plain,
        allow_unverified=settings.tests.allow_unverified,
        accept_known_failures=settings.tests.accept_known_failures,
        notes=tuple(notes),
    )


def _goal(values: Mapping[str, Any]) -> "GoalChanged | None":
    """What the run has to reach; None without --goal and --check."""
    if not (values.get("goal") or values.get("check")):
        return None
    from mycoder.protocol.events import GoalChanged  # late: see `_headless`

    return GoalChanged(text=_goal_text(values), checks=tuple(values.get("check") or ()))


def _goal_text(values: Mapping[str, Any]) -> str:
    checks = values.get("check") or ()
    return values.get("goal") or f"{' and '.join(f'`{check}`' for check in checks)} must succeed"


def _task(text: str, notes: list[str]) -> str:
    """The task with what is piped in. Raises TaskError."""
    from mycoder.ui.headless import task  # late: see `_headless`

    words = task.read_task(text, sys.stdin.buffer)
    if text == "-" or not task.is_piped(0):
        return words
    context = task.read_context(0)
    if context is None:
        notes.append(
            f"Nothing came from standard input within {task.PATIENCE:g} seconds, so it is left out; "
            "without a pipe, or with </dev/null, there is no wait."
        )
        return words
    return task.with_context(words, context)


def _writable(path: Path | None) -> Path | None:
    """Refused before the run is paid for, not after it. Raises UsageError."""
    if path is None:
        return None
    folder = path.parent
    if path.is_dir() or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise UsageError(f"--output {path}: this file cannot be written.")
    return path


def _path(name: str | None) -> Path | None:
    """Relative to where the command was typed, not to -C, as the shell completes it."""
    return Path(os.path.abspath(name)) if name else None
