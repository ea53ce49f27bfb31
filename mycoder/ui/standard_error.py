"""Words on standard error, which may be closed or gone."""

import contextlib
import sys

from mycoder.ui.visible import visible_line


def complain(text: str) -> None:
    """Says what went wrong, on one line that begins with our name."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"mycoder: {visible_line(text)}\n")
        sys.stderr.flush()
