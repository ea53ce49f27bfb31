"""What went wrong, in words, with the exit code for it. Nobody sees a traceback who did not ask for one."""

import os
import sys
import time
from pathlib import Path

import msgspec

from mycoder.config.errors import ConfigError
from mycoder.config.paths import APP
from mycoder.protocol.events import EndReason
from mycoder.protocol.redact import Redactor
from mycoder.ui.exit_codes import ExitCode


class UsageError(Exception):
    """The command line is wrong; the message says how it is right."""


class Fault(msgspec.Struct, frozen=True):
    """`reason` is what a turn that ended so would have said."""

    code: int
    reason: EndReason
    message: str
    hint: str = ""

    @property
    def text(self) -> str:
        return f"{self.message} {self.hint}".strip()


def explain(error: Exception) -> Fault | None:
    """The fault behind an exception that was expected; None for one that was not."""
    match error:
        case UsageError():
            return Fault(ExitCode.USAGE, "failed", str(error))
        case ConfigError():
            return Fault(ExitCode.CONFIG, "misconfigured", str(error))
        case PermissionError() | FileNotFoundError() | NotADirectoryError() if _is_ours(error):
            hint = "Make it writable, or set XDG_STATE_HOME, XDG_DATA_HOME and XDG_CACHE_HOME to folders that are."
            return Fault(ExitCode.CONFIG, "misconfigured", f"{error.filename} cannot be written.", hint)
    return _of_a_room(error)


def _is_ours(error: OSError) -> bool:
    """Whether it is about one of our folders or the way to them."""
    filename = str(error.filename or "")
    if isinstance(error, PermissionError) and APP in filename:
        return True
    from mycoder.config.paths import Paths  # late: only when something went wrong

    try:
        paths = Paths.from_env(os.environ)
    except ConfigError:
        return False
    return bool(filename) and any(
        Path(filename) in folder.parents for folder in (paths.state, paths.data, paths.cache, paths.config)
    )


def _of_a_room(error: Exception) -> Fault | None:
    from mycoder.memory.files import MemoryFault  # late: only when something went wrong
    from mycoder.models.registry import ModelUnavailable  # late: as above
    from mycoder.sandbox.job import SandboxUnavailable  # late: as above
    from mycoder.session.store import StoreError  # late: as above
    from mycoder.ui.headless.answers import SchemaError  # late: as above
    from mycoder.ui.headless.task import TaskError  # late: as above

    match error:
        case ModelUnavailable():
            return Fault(ExitCode.CONFIG, "misconfigured", error.message, error.hint)
        case SandboxUnavailable():
            return Fault(ExitCode.REFUSED, "refused", str(error))
        case MemoryFault():
            return Fault(ExitCode.USAGE, "failed", f"{error}.")
        case StoreError() | TaskError() | SchemaError():
            return Fault(ExitCode.USAGE, "failed", str(error))
    return None


def log_crash(error: BaseException, log_file: Path | None) -> str:
    """Appends the traceback to the log, which only its owner may read; returns what to tell the person."""
    if log_file is None:
        words = Redactor.of(os.environ).text(f"{type(error).__name__}: {error}")
        return f"Unexpected fault ({words}). There is no home for a log; try --debug."
    import traceback  # late: only for a fault of ours

    from mycoder.config.private import make_private  # late: as above

    redactor = Redactor.of(os.environ)
    words = redactor.text(f"{type(error).__name__}: {error}".strip().rstrip("."))
    text = redactor.text("".join(traceback.format_exception(error)), is_strict=True)
    stamp = time.strftime("%Y-%m-%d %H:%M:%S%z")
    try:
        make_private(log_file.parent)
        if log_file.exists() and log_file.stat().st_size > _LARGEST_LOG:
            log_file.replace(log_file.with_suffix(".log.1"))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with open(os.open(log_file, flags, 0o600), "a", encoding="utf-8", errors="replace") as log:
            log.write(f"--- {stamp} {' '.join(sys.argv[:1])}\n{text}")
    except OSError as problem:
        return f"Unexpected fault ({words}). The log could not be written: {problem.strerror}. Try --debug."
    return f"Unexpected fault ({words}). What happened is in {log_file}; --debug shows it at once."


_LARGEST_LOG = 1_000_000
