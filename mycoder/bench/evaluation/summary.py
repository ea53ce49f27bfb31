"""Figures of a run, as numbers, markdown and a plot."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from mycoder.bench.evaluation.attempt import Row


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """`pass_at` by k. Shares are None where nothing was measured; sums are over all attempts, medians over attempts."""

    tasks: int
    attempts: int
    failed: int
    """Attempts that did not come off; they count for nothing else."""
    passed: int
    pass_at: dict[int, float]
    verdicts: dict[str, int]
    designed: int
    test_accuracy: float | None
    coverage: float | None
    tokens_in: int
    tokens_out: int
    cost: float
    seconds_median: float
    seconds_p90: float


def pass_at_k(n: int, c: int, k: int) -> float:
    """The unbiased estimator 1 − C(n−c, k) / C(n, k) of Chen et al. (arXiv 2107.03374, section 2.1): the chance that
    one of k attempts is right, when c of n were. Raises ValueError for k > n."""
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"pass@{k} needs at least {k} attempts and 0 ≤ right ≤ attempts, not {c} of {n}")
    return 1.0 - math.comb(n - c, k) / math.comb(n, k)


def summary(rows: Iterable[Row], ks: Sequence[int] = (1,)) -> Summary:
    """The figures of `rows`. A k for which a task has too few attempts is left out."""
    every = list(rows)
    good = [row for row in every if row.verdict != "failed"]
    by_task: dict[str, list[Row]] = {}
    for row in good:
        by_task.setdefault(row.task, []).append(row)
    counts = [(len(group), sum(row.has_passed for row in group)) for group in by_task.values()]
    pass_at = {
        k: sum(pass_at_k(n, c, k) for n, c in counts) / len(counts)
        for k in ks
        if counts and all(n >= k for n, _ in counts)
    }
    verdicts: dict[str, int] = {}
    for row in every:
        verdicts[row.verdict] = verdicts.get(row.verdict, 0) + 1
    seconds = sorted(row.seconds for row in good)
    return Summary(
        tasks=len(by_task),
        attempts=len(every),
        failed=len(every) - len(good),
        passed=sum(row.has_passed for row in good),
        pass_at=pass_at,
        verdicts=dict(sorted(verdicts.items())),
        designed=sum(row.quality.tests for row in good),
        test_accuracy=_mean(row.quality.accuracy for row in good),
        coverage=_mean(row.quality.coverage for row in good),
        tokens_in=sum(row.usage.input for row in good),
        tokens_out=sum(row.usage.output for row in good),
        cost=sum(row.usage.cost for row in good),
        seconds_median=_at(seconds, 0.5),
        seconds_p90=_at(seconds, 0.9),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def markdown(about: dict[str, Any], figures: Summary, rows: Sequence[Row]) -> str:
    """A page for people: what was run, the figures, and what did not pass."""
    lines = [f"# {about['dataset']}, {about['mode']}", ""]
    lines += [f"- {key}: {value}" for key, value in about.items() if value not in ("", None)]
    lines += ["", "| figure | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in shown(figures)]
    missed = [row for row in rows if not row.has_passed]
    if missed:
        lines += ["", "| not passed | rep | verdict | why |", "|---|---|---|---|"]
        lines += [f"| {r.task} | {r.rep} | {r.verdict} | {_cell(r.message)} |" for r in missed[:500]]
    return "\n".join(lines) + "\n"


def shown(figures: Summary) -> list[tuple[str, str]]:
    """Name and value of each figure that there is."""
    pairs = [
        ("passed", f"{figures.passed} of {figures.attempts - figures.failed} attempts, {figures.tasks} tasks")
    ]
    pairs += [(f"pass@{k}", f"{value:.4f}") for k, value in figures.pass_at.items()]
    pairs.append(("verdicts", ", ".join(f"{name} {count}" for name, count in figures.verdicts.items())))
    if figures.designed:
        pairs.append(("designed tests", str(figures.designed)))
    if figures.test_accuracy is not None:
        pairs.append(("test accuracy", f"{figures.test_accuracy:.1%}"))
    if figures.coverage is not None:
        pairs.append(("line coverage", f"{figures.coverage:.1%}"))
    pairs += [
        ("tokens", f"{figures.tokens_in:,} in, {figures.tokens_out:,} out"),
        ("cost", f"${figures.cost:.4f}"),
        ("seconds", f"median {figures.seconds_median:.2f}, p90 {figures.seconds_p90:.2f}"),
    ]
    return pairs


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")[:160]


def plot(figures: Summary, rows: Sequence[Row], title: str) -> str:
    """Share of attempts that had passed by the time they took, as SVG."""
    times = sorted(row.seconds for row in rows if row.has_passed)
    total = max(len([row for row in rows if row.verdict != "failed"]), 1)
    longest = max([row.seconds for row in rows] + [1.0])
    width, height, left, top = 640, 320, 56, 36
    points = [(0.0, 0.0)]
    for count, seconds in enumerate(times, 1):
        points += [(seconds, (count - 1) / total), (seconds, count / total)]
    points.append((longest, len(times) / total))

    def at(x: float, y: float) -> str:
        return f"{left + x / longest * (width - left - 20):.1f},{top + (1 - y) * (height - top - 44):.1f}"

    line = " ".join(at(x, y) for x, y in points)
    grid = "".join(
        f'<line x1="{left}" x2="{width - 20}" y1="{at(0, y).split(",")[1]}" y2="{at(0, y).split(",")[1]}" '
        f'stroke="#ccc"/><text x="{left - 8}" y="{at(0, y).split(",")[1]}" dy="4" text-anchor="end">{y:.0%}</text>'
        for y in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    ticks = "".join(
        f'<text x="{at(longest * part, 0).split(",")[0]}" y="{height - 24}" text-anchor="middle">'
        f"{longest * part:.3g} s</text>"
        for part in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    score = figures.pass_at.get(1, 0.0)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="#fff"/><text x="{left}" y="20" font-size="14">'
        f"{_escaped(title)}: pass@1 {score:.1%}</text>{grid}{ticks}"
        f'<polyline points="{line}" fill="none" stroke="#2b6cb0" stroke-width="2"/></svg>\n'
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
