"""Amounts and states in words, the same in every face."""

from mycoder.protocol.blocks import AnyBlock, Code, Diff, Image, Notice, Plan, Terminal, TestReport, Text
from mycoder.protocol.events import TestsWeakened
from mycoder.protocol.report import FileChange, Report
from mycoder.ui.entries import Call, SubAgent
from mycoder.ui.visible import visible_line

MINUS = "−"

ENDINGS = {
    "done": "done",
    "failed": "not achieved",
    "tests_failing": "tests still fail",
    "refused": "refused",
    "budget": "budget used up",
    "timeout": "out of time",
    "interrupted": "stopped",
    "unavailable": "the provider is away",
    "misconfigured": "not configured",
    "crashed": "mycoder crashed",
}


def weakened(event: TestsWeakened) -> str:
    """What was taken away from the tests, and who allows it."""
    why = {"": "", "task": " (the task asks for it)", "person": " (you agreed)"}[event.allowed]
    return f"the tests say less than before{why}: " + "; ".join(event.findings)


def duration(seconds: float) -> str:
    """``0.2 s``, ``12 s``, ``3 min 5 s``, ``2 h 4 min``."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def age(seconds: float) -> str:
    """How long ago, coarsely."""
    for size, word in ((86400 * 365, "year"), (86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count != 1 else ''} ago"
    return "just now"


def tokens(count: int) -> str:
    """``950``, ``38k``, ``1.2M``."""
    if count < 1000:
        return str(count)
    if count < 1_000_000:
        return f"{count / 1000:.1f}k" if count < 9_950 else f"{round(count / 1000)}k"
    return f"{count / 1_000_000:.1f}M"


def cost(dollars: float) -> str:
    """``$0.21``; four digits below a cent."""
    if 0 < dollars < 0.01:
        return f"${dollars:.4f}"
    return f"${dollars:.2f}"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def changed(added: int, removed: int) -> str:
    """``+3 −1``."""
    return f"+{added} {MINUS}{removed}"


def tests_counted(report: TestReport) -> str:
    """``12 passed, 2 failed``, or why the run says nothing."""
    if report.problem:
        return f"no result: {visible_line(report.problem)}"
    parts = [
        (report.passed, "passed"),
        (report.failed, "failed"),
        (report.errors, "error" if report.errors == 1 else "errors"),
        (report.skipped, "skipped"),
    ]
    return ", ".join(f"{count} {word}" for count, word in parts if count) or "no tests ran"


def is_green(report: TestReport) -> bool:
    return not report.problem and not report.failed and not report.errors and report.passed > 0


def block_summary(block: AnyBlock) -> str:
    """A few words that stand for the block while it is folded."""
    match block:
        case Diff():
            return changed(block.added, block.removed)
        case Terminal():
            lines = counted(block.output.count("\n") + bool(block.output.strip("\n")), "line")
            return f"exit {block.exit_code} · {lines}" if block.exit_code else lines
        case TestReport():
            return tests_counted(block)
        case Code() | Text():
            return counted(block.text.count("\n") + bool(block.text), "line")
        case Plan():
            done = sum(item.status == "done" for item in block.items)
            return f"{done}/{len(block.items)}"
        case Image():
            return visible_line(block.path)
        case Notice():
            return visible_line(block.text)


def call_summary(call: Call) -> str:
    """What follows the title of a call: what it shows, or the first line of what went wrong."""
    if call.state == "failed" and not any(isinstance(block, Terminal | TestReport) for block in call.blocks):
        first = call.output.strip().split("\n", 1)[0]
        return visible_line(first[:160])
    if call.state == "running" and call.progress:
        lines = call.progress.strip().rsplit("\n", 1)
        return visible_line(lines[-1][-120:])
    return " · ".join(text for text in map(block_summary, call.blocks[:3]) if text)


def doing(calls: list[Call], agents: list[SubAgent]) -> str:
    """What a turn does now, in a few words."""
    if calls:
        return visible_line(calls[-1].title)
    return visible_line(agents[-1].latest) if agents and agents[-1].latest else "working"


def ending(reason: str) -> str:
    return ENDINGS.get(reason, reason)


def report_lines(report: Report) -> list[str]:
    """The honest end of a turn, one fact a line."""
    lines = []
    if report.after is not None:
        before = _counts(report.before) if report.before else "not run before the first edit"
        lines.append(f"tests: {report.command}")
        lines.append(f"  before {before}; after {_counts(report.after)}")
    for words, names in (
        ("red to green", report.fixed),
        ("green to red", report.broken),
        ("still failing", report.failing),
        ("failed before and still do", report.known),
    ):
        if names:
            lines.append(f"  {words}: {listed(names)}")
    if report.files:
        lines.append("files: " + listed([file_words(change) for change in report.files], 8))
    if report.note:
        lines.append(report.note)
    return [visible_line(line) for line in lines]


def steps(report: Report) -> str:
    """How often models were asked, and who they were where it was not the main agent alone."""
    by = report.steps_by
    shares = listed([f"{name} {count}" for name, count in by.items()], 8) if by.keys() - {"main"} else ""
    return counted(report.steps, "step") + (f" ({shares})" if shares else "")


def report_totals(report: Report) -> str:
    """Steps, tokens, cost and time on one line."""
    parts = [steps(report)] if report.steps else []
    used = report.usage.input + report.usage.output
    parts += [f"{tokens(used)} tokens"] if used else []
    parts += [cost(report.usage.cost)] if report.usage.cost else []
    parts += [duration(report.seconds)] if report.seconds else []
    parts += [f"sandbox {report.sandbox}"] if report.sandbox else []
    return " · ".join(parts)


def verdict(report: Report) -> str:
    """Whether tests stand behind the work, in a few words; empty when nothing was to verify."""
    if report.verified:
        return "verified by a green test run"
    if report.files:
        return "not verified by a test run" if report.after is None else "not verified"
    return ""


def file_words(change: FileChange) -> str:
    words = {"added": "new", "modified": "", "deleted": "deleted", "moved": f"moved from {change.moved_from}"}
    note = words[change.kind]
    return f"{change.path} {changed(change.added, change.removed)}" + (f" ({note})" if note else "")


def listed(names: list[str] | tuple[str, ...], most: int = 4) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _counts(counts: object) -> str:
    pairs = [(getattr(counts, name), name) for name in ("passed", "failed", "errors", "skipped")]
    return ", ".join(f"{count} {name}" for count, name in pairs if count) or "nothing ran"
