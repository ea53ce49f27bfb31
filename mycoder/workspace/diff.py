"""Differences between two texts: as edit steps, as a unified diff for people, and numbered for the model.

Steps come from Myers' O(ND) algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986) between
anchors of lines that occur once on each side (patience diff); where that would take too long a block counts
as replaced whole. No library: the standard one costs 0.01 s to import and is quadratic on repetitive input.
"""

from collections.abc import Sequence

from mycoder.protocol.blocks import Diff

Step = tuple[str, int, int, int, int]
"""("equal" | "delete" | "insert" | "replace", a1, a2, b1, b2), as difflib names them."""

_MOST_STEPS = 250
"""Edits that Myers' search may need in one gap; its time and memory grow with the square: 250 is about 0.03
s.
"""


def opcodes(a: Sequence[str], b: Sequence[str]) -> list[Step]:
    """Steps that make `b` of `a`, in order, covering both; neighbouring deletions and insertions are one
    replace.
    """
    pairs: list[tuple[int, int, int]] = []
    _match(a, b, 0, len(a), 0, len(b), pairs)
    steps: list[Step] = []
    i = j = 0
    for a1, b1, size in [*_joined(pairs), (len(a), len(b), 0)]:
        if i < a1 or j < b1:
            steps.append(("replace" if i < a1 and j < b1 else "delete" if i < a1 else "insert", i, a1, j, b1))
        if size:
            steps.append(("equal", a1, a1 + size, b1, b1 + size))
        i, j = a1 + size, b1 + size
    return steps


def _joined(pairs: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    out: list[tuple[int, int, int]] = []
    for a1, b1, size in pairs:
        if out and out[-1][0] + out[-1][2] == a1 and out[-1][1] + out[-1][2] == b1:
            out[-1] = (out[-1][0], out[-1][1], out[-1][2] + size)
        else:
            out.append((a1, b1, size))
    return out


def _match(
    a: Sequence[str], b: Sequence[str], a1: int, a2: int, b1: int, b2: int, out: list[tuple[int, int, int]]
) -> None:
    """Appends the equal runs of a[a1:a2] and b[b1:b2] to `out`, in order."""
    head = 0
    while a1 + head < a2 and b1 + head < b2 and a[a1 + head] == b[b1 + head]:
        head += 1
    if head:
        out.append((a1, b1, head))
    a1, b1 = a1 + head, b1 + head
    tail = 0
    while a2 - tail > a1 and b2 - tail > b1 and a[a2 - tail - 1] == b[b2 - tail - 1]:
        tail += 1
    a2, b2 = a2 - tail, b2 - tail
    if a1 < a2 and b1 < b2:
        anchors = _anchors(a, b, a1, a2, b1, b2) if a2 - a1 + b2 - b1 > 64 else []
        if anchors:
            for i, j in anchors:
                # an anchor may lie inside the run that the one before it grew into
                if i >= a1 and j >= b1:
                    _match(a, b, a1, i, b1, j, out)
                    out.append((i, j, 1))
                    a1, b1 = i + 1, j + 1
            _match(a, b, a1, a2, b1, b2, out)
        else:
            out += _myers(a, b, a1, a2, b1, b2)
    if tail:
        out.append((a2, b2, tail))


def _anchors(a: Sequence[str], b: Sequence[str], a1: int, a2: int, b1: int, b2: int) -> list[tuple[int, int]]:
    """Longest rising sequence of items that occur exactly once in either range."""
    once_a, once_b = _once(a, a1, a2), _once(b, b1, b2)
    pairs = [(i, once_b[item]) for item, i in once_a.items() if item in once_b]
    # patience sorting: piles of ascending ends, each pair remembers the top of the pile to its left
    tops: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for n, (_, j) in enumerate(pairs):
        low, high = 0, len(tops)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if tops[middle] < j else (low, middle)
        before.append(at[low - 1] if low else -1)
        if low == len(tops):
            tops.append(j)
            at.append(n)
        else:
            tops[low], at[low] = j, n
    chain: list[tuple[int, int]] = []
    n = at[-1] if at else -1
    while n >= 0:
        chain.append(pairs[n])
        n = before[n]
    return chain[::-1]


def _once(items: Sequence[str], start: int, end: int) -> dict[str, int]:
    seen: dict[str, int] = {}
    for i in range(start, end):
        seen[items[i]] = -1 if items[i] in seen else i
    return {item: i for item, i in seen.items() if i >= 0}


def _myers(
    a: Sequence[str], b: Sequence[str], a1: int, a2: int, b1: int, b2: int
) -> list[tuple[int, int, int]]:
    n, m = a2 - a1, b2 - b1
    ends: dict[int, int] = {1: 0}
    trace: list[dict[int, int]] = []
    for d in range(min(n + m, _MOST_STEPS) + 1):
        trace.append(ends.copy())
        for k in range(-d, d + 1, 2):
            x = ends[k + 1] if _goes_down(ends, d, k) else ends[k - 1] + 1
            while x < n and x - k < m and a[a1 + x] == b[b1 + x - k]:
                x += 1
            ends[k] = x
            if x >= n and x - k >= m:
                return _walk_back(trace, n, m, a1, b1)
    return []


def _goes_down(ends: dict[int, int], d: int, k: int) -> bool:
    """Whether the furthest path on diagonal `k` with `d` edits ends with an insertion."""
    return k == -d or (k != d and ends[k - 1] < ends[k + 1])


def _walk_back(trace: list[dict[int, int]], x: int, y: int, a1: int, b1: int) -> list[tuple[int, int, int]]:
    runs: list[tuple[int, int, int]] = []
    for d in range(len(trace) - 1, -1, -1):
        ends, k = trace[d], x - y
        down = _goes_down(ends, d, k)
        from_k = k + 1 if down else k - 1
        from_x = ends[from_k]
        start = from_x if down else from_x + 1
        if x > start:
            runs.append((a1 + start, b1 + start - k, x - start))
        x, y = from_x, from_x - from_k
    return runs[::-1]


def unified(old: str, new: str, path: str, *, context: int = 3) -> Diff:
    """A unified diff of one file, for people."""
    a, b = _split(old), _split(new)
    out: list[str] = []
    added = removed = 0
    for group in _groups(opcodes(a, b), context):
        (_, a1, _, b1, _), (_, _, a2, _, b2) = group[0], group[-1]
        out.append(f"@@ -{_range(a1, a2)} +{_range(b1, b2)} @@")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                out += _marked(" ", a[i1:i2])
                continue
            out += _marked("-", a[i1:i2])
            out += _marked("+", b[j1:j2])
            removed += i2 - i1
            added += j2 - j1
    if not out:
        return Diff(path=path, text="")
    names = ["--- " + (f"a/{path}" if old else "/dev/null"), "+++ " + (f"b/{path}" if new else "/dev/null")]
    return Diff(path=path, text="\n".join(names + out) + "\n", added=added, removed=removed)


def _split(text: str) -> list[str]:
    """Lines with their ends: a last line without one differs from the same line with one."""
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _marked(mark: str, lines: Sequence[str]) -> list[str]:
    out: list[str] = []
    for line in lines:
        out.append(mark + line.removesuffix("\n"))
        if not line.endswith("\n"):
            out.append("\\ No newline at end of file")
    return out


def _range(start: int, end: int) -> str:
    """As diffutils writes it: the line before when empty, the length unless it is 1."""
    if end - start == 1:
        return str(start + 1)
    return f"{start + (end > start)},{end - start}"


def _groups(steps: list[Step], context: int) -> list[list[Step]]:
    """Changes with `context` equal items around them; changes closer than twice that share a group."""
    groups: list[list[Step]] = []
    group: list[Step] = []
    for n, (tag, a1, a2, b1, b2) in enumerate(steps):
        if tag != "equal":
            group.append((tag, a1, a2, b1, b2))
            continue
        size = a2 - a1
        first, last = n == 0, n == len(steps) - 1
        if not first and not last and size <= 2 * context:
            group.append((tag, a1, a2, b1, b2))
            continue
        if not first:
            group.append((tag, a1, min(a1 + context, a2), b1, min(b1 + context, b2)))
            groups.append([s for s in group if s[0] != "equal" or s[1] < s[2]])
        group = [] if last else [(tag, max(a2 - context, a1), a2, max(b2 - context, b1), b2)]
    if any(step[0] != "equal" for step in group):
        groups.append([s for s in group if s[0] != "equal" or s[1] < s[2]])
    return groups


def numbered(old: str, new: str, *, context: int = 2, most: int = 40, first: int = 1, run: int = 4) -> str:
    """What changed, for the model: numbers of lines after the change, removed lines have none.

    Runs of changed lines are cut to `run` at either end, because the model has just written them; the whole
    to `most` lines. `first` is the number of the first line of `new`.
    """
    a, b = _split(old), _split(new)
    width = len(str(len(b) + first))
    blank = " " * width
    blocks: list[list[str]] = []
    for group in _groups(opcodes(a, b), context):
        block: list[str] = []
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                block += [f"{j + first:>{width}}   {_clip(b[j])}" for j in range(j1, j2)]
                continue
            block += _shortened([f"{blank} - {_clip(line)}" for line in a[i1:i2]], run, f"{blank} - ")
            added = [f"{j + first:>{width}} + {_clip(b[j])}" for j in range(j1, j2)]
            block += _shortened(added, run, f"{blank} + ")
        blocks.append(block)
    lines = [line for n, block in enumerate(blocks) for line in ([f"{blank} ⋮"] if n else []) + block]
    if len(lines) > most:
        left = len(lines) - most
        lines = [
            *lines[: most // 2],
            f"… {left} lines of this diff left out …",
            *lines[-(most - most // 2) :],
        ]
    return "\n".join(line.rstrip() for line in lines)


def _shortened(lines: list[str], ends: int, mark: str) -> list[str]:
    """The first and last `ends` lines of a run; never one line left out, which would save nothing."""
    left = len(lines) - 2 * ends
    if left < 2:
        return lines
    return [*lines[:ends], f"{mark}… {left} more lines …", *lines[-ends:]]


def _clip(line: str) -> str:
    """A line for `numbered`; only the last line of a file may lack its end."""
    text = line.removesuffix("\n")
    end = "" if line.endswith("\n") else " (no newline at the end)"
    return (text if len(text) <= 200 else f"{text[:200]}… ({len(text)} characters)") + end
