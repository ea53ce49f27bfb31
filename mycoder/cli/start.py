"""From arguments to an exit code: which parser, and what becomes of faults."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mycoder.ui.exit_codes import ExitCode

COMPLETION = "_MYCODER_COMPLETE"
"""Set by the completion scripts of shells."""


def start(arguments: Sequence[str]) -> int:
    """Runs the command line. Never raises; with --debug an unexpected fault shows its traceback."""
    try:
        return _dispatch(arguments)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return ExitCode.BROKEN_PIPE
    except Exception as error:
        return _failed(error, arguments)


def _dispatch(arguments: Sequence[str]) -> int:
    if COMPLETION not in os.environ:
        from mycoder.cli.quick import parse  # late: what is not needed to tell the version

        values = parse(arguments)
        if values is not None:
            from mycoder.cli.run import run  # late: as above

            return run(values)
    from mycoder.cli.main import main  # late: typer costs 60 ms

    return main(arguments)


def _failed(error: Exception, arguments: Sequence[str]) -> int:
    from mycoder.cli.faults import explain, log_crash  # late: only when something went wrong
    from mycoder.ui.standard_error import complain  # late: as above

    click = sys.modules.get("click")
    if click is not None and isinstance(error, click.exceptions.ClickException):
        from mycoder.cli.misspelt import words_for  # late: as above

        complain(words_for(error))
        return ExitCode.USAGE
    if click is not None and isinstance(error, click.exceptions.Abort):
        return ExitCode.INTERRUPTED
    fault = explain(error)
    if fault is not None:
        from mycoder.protocol.redact import Redactor  # late: as above

        complain(Redactor.of(os.environ).text(fault.text))
        return fault.code
    if "--debug" in arguments:
        import traceback  # late: as above

        from mycoder.protocol.redact import Redactor  # late: as above

        text = "".join(traceback.format_exception(error))
        sys.stderr.write(Redactor.of(os.environ).text(text))
        return ExitCode.INTERNAL
    complain(log_crash(error, _log_file()))
    return ExitCode.INTERNAL


def _log_file() -> Path | None:
    from mycoder.config.errors import ConfigError  # late: as above
    from mycoder.config.paths import Paths  # late: as above

    try:
        return Paths.from_env(os.environ).log_file
    except ConfigError:  # no home folder
        return None
