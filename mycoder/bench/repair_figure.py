"""A figure of how many tasks were fixed after how much time, as SVG."""

import math
from collections.abc import Sequence

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 320, 56, 44, 24


def fixed_over_time(times: Sequence[float], tasks: int, seconds: float) -> str:
    """`times` in seconds of the fixed ones; the time axis is logarithmic from 10 ms to `seconds`."""
    low, high = math.log10(0.01), math.log10(max(seconds, 1.0))

    def x(value: float) -> float:
        return LEFT + (math.log10(max(value, 0.01)) - low) / (high - low) * (WIDTH - LEFT - 16)

    def y(count: float) -> float:
        return HEIGHT - BOTTOM - count / max(tasks, 1) * (HEIGHT - BOTTOM - TOP)

    points = [f"{x(0.01):.1f},{y(0):.1f}"]
    for rank, value in enumerate(sorted(times)):
        points += [f"{x(value):.1f},{y(rank):.1f}", f"{x(value):.1f},{y(rank + 1):.1f}"]
    points.append(f"{x(seconds):.1f},{y(len(times)):.1f}")
    ticks = [t for t in (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60) if t <= seconds]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f"<title>Tasks fixed over search time: {len(times)} of {tasks}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for tick in ticks:
        parts.append(
            f'<line x1="{x(tick):.1f}" y1="{TOP}" x2="{x(tick):.1f}" y2="{HEIGHT - BOTTOM}" '
            'stroke="#e4e4e7"/>'
        )
        parts.append(
            f'<text x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:g} s</text>'
        )
    for share in (0, 0.25, 0.5, 0.75, 1):
        height = y(share * tasks)
        parts.append(
            f'<line x1="{LEFT}" y1="{height:.1f}" x2="{WIDTH - 16}" y2="{height:.1f}" stroke="#e4e4e7"/>'
        )
        parts.append(
            f'<text x="{LEFT - 8}" y="{height + 4:.1f}" text-anchor="end">{share * tasks:.0f}</text>'
        )
    parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="#0f766e" stroke-width="2"/>')
    parts.append(
        f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">search time</text>'
    )
    parts.append(f'<text x="{LEFT}" y="14">tasks with a patch that passes all tests</text></svg>')
    return "\n".join(parts) + "\n"
