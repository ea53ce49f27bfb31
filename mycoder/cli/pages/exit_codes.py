"""The page of exit codes."""

from typing import get_args

from mycoder.cli.pages.declared import choices, classes
from mycoder.cli.pages.markdown import code, page, table
from mycoder.protocol import events
from mycoder.protocol.events import EndReason, TurnEnded
from mycoder.ui import exit_codes
from mycoder.ui.exit_codes import ExitCode, of_turn

INTRODUCTION = """\
What a script can count on: these numbers do not change their meaning. Standard error says in words what the
code says in a number."""

REASONS = """\
A turn ends for exactly one reason; it is the field `reason` of the event `TurnEnded` and of the result in
JSON. `done` exits with 1 instead of 0 when files were edited and no test run stands behind the edits, unless
`--allow-unverified` or `--accept-known-failures` says that this will do."""


def text() -> str:
    words = {field.name: field.words for field in classes(exit_codes)["ExitCode"].fields}
    codes = ((str(int(member)), code(member.name), words.get(member.name, "")) for member in ExitCode)
    meant = choices(events, "EndReason")
    reasons = ((code(reason), meant.get(reason, ""), _exit(reason)) for reason in get_args(EndReason))
    return page(
        "Exit codes",
        INTRODUCTION,
        table(("code", "name", "what it says"), codes),
        "## Why a turn ended",
        REASONS,
        table(("reason", "what it says", "exit code"), reasons),
    )


def _exit(reason: EndReason) -> str:
    usual = str(int(of_turn(TurnEnded(reason=reason))))
    return f"{usual}, or 128 + the number of the signal" if reason == "interrupted" else usual
