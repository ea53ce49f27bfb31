"""``mycoder`` and ``python -m mycoder``. Telling the version imports nothing else."""

import os
import sys


def main() -> int:
    """Runs the command line of this process and returns its exit code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        return _tell_version()
    _open_missing_streams()
    from mycoder.light import set_up  # late: see above

    set_up()
    from mycoder.cli.start import start  # late: see above

    code = start(arguments)
    _flush()
    return code


def _tell_version() -> int:
    from mycoder.version import __version__  # late: see above

    try:
        sys.stdout.write(f"mycoder {__version__}\n")
        sys.stdout.flush()
    except (OSError, AttributeError):  # nobody reads it, or standard output is closed
        _flush()
    return 0


def _open_missing_streams() -> None:
    """A closed standard stream becomes /dev/null, so that no file that is opened later takes its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115 -- lives as long as we do


def _flush() -> None:
    """Writes what is left; where nobody reads any more to /dev/null, else the interpreter would complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            except (OSError, ValueError, AttributeError):
                continue


if __name__ == "__main__":
    sys.exit(main())
