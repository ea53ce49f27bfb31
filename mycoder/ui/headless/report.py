"""The result as people read it: the answer, and what stands behind it."""

from mycoder.protocol.events import TurnEnded
from mycoder.protocol.report import Counts, Report
from mycoder.ui.visible import visible, visible_line
from mycoder.ui.wording import cost, duration, ending, file_words, listed, report_totals, steps

_ASCII = str.maketrans({"→": "->", "−": "-", "·": "-", "…": "...", "⏎": "|"})
_WIDTH = 9


def as_text(ended: TurnEnded, *, is_ascii: bool, is_terminal: bool, has_report: bool = True) -> str:
    """The whole text result, ending in one newline; empty when there is nothing to say.

    For a terminal what would act upon it is made visible; in a pipe the answer is passed on as it is.
    """
    answer = visible(ended.answer) if is_terminal else ended.answer
    parts = [answer.strip("\n")]
    if has_report:
        parts.append(report_text(ended, is_ascii=is_ascii))
    text = "\n\n".join(part for part in parts if part.strip())
    return f"{text}\n" if text else ""


def report_text(ended: TurnEnded, *, is_ascii: bool) -> str:
    """One fact a line. Empty when the turn neither edited a file nor ran the tests."""
    report = ended.report
    if not report.files and report.after is None:
        return ""
    rows = [("result", outcome(ended)), *_tests(report)]
    if report.files:
        rows.append(("changed", listed([file_words(change) for change in report.files], 8)))
    rows.append(("sandbox", report.sandbox))
    rows.append(("used", _used(report)))
    text = "\n".join(f"{name:<{_WIDTH}}{visible_line(value)}" for name, value in rows if value)
    return text.translate(_ASCII) if is_ascii else text


def outcome(ended: TurnEnded) -> str:
    """The outcome in one sentence, never better than it is."""
    report = ended.report
    words = ending(ended.reason)
    if ended.reason == "done" and report.files:
        words = "done, verified by the tests" if report.verified else "edited, but no test run verifies it"
    return f"{words}: {ended.message}" if ended.message else words


def _tests(report: Report) -> list[tuple[str, str]]:
    if report.after is None:
        return []
    before = f"{_counts(report.before)} → " if report.before and report.before != report.after else ""
    return [
        ("tests", f"{report.command or 'no test command'}: {before}{_counts(report.after)}"),
        ("fixed", _ids(report.fixed)),
        ("broken", _ids(report.broken)),
        ("failing", _ids([test for test in report.failing if test not in report.known])),
        (
            "vanished",
            _ids(report.vanished) + (" (failed before, gone or skipped now)" if report.vanished else ""),
        ),
        *(("weakened", finding) for finding in report.weakened[:10]),
        ("known", _ids(report.known) + (" (failed before the first edit)" if report.known else "")),
        ("note", report.note),
    ]


def _counts(counts: Counts) -> str:
    pairs = (
        (counts.passed, "passed"),
        (counts.failed, "failed"),
        (counts.errors, "errors"),
        (counts.skipped, "skipped"),
    )
    return ", ".join(f"{count} {word}" for count, word in pairs if count) or "no tests ran"


def _ids(names: tuple[str, ...] | list[str]) -> str:
    return f"{len(names)}: {listed(list(names))}" if names else ""


def _used(report: Report) -> str:
    usage = report.usage
    parts = [report.model] if report.model else []
    parts.append(steps(report))
    if usage.input or usage.output:
        cached = f" ({usage.cached:,} cached)" if usage.cached else ""
        parts.append(f"{usage.input:,} tokens in{cached}, {usage.output:,} out")
    if usage.cost:
        parts.append(cost(usage.cost) + (" (estimated)" if usage.estimated else ""))
    parts.append(duration(report.seconds))
    return " · ".join(parts)


def totals(report: Report, session: str, *, is_ascii: bool) -> str:
    """Steps, tokens, cost, time and session on one line, for the progress side."""
    kept = f"session {session}" if session not in ("", "ephemeral") else ""
    text = " · ".join(part for part in (report_totals(report), kept) if part)
    return text.translate(_ASCII) if is_ascii else text
