"""Which files a description is about: BM25 over definitions, the graph of imports, and places that it names itself.

BM25 as by Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with their usual
constants. Nothing is run, and no model is asked.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath

import msgspec

from mycoder.workspace.retrieval_index import Index, terms

K1, B = 1.2, 0.75
FILE_SHARE = 1.0
"""What all of a file adds to its best definition."""
NEIGHBOUR_SHARE = 0.12
"""What a file gives to those that it imports."""
TEST_SHARE = 0.35
"""What a test gives to the code that it imports, in the place of being a result itself."""
LIKENESS = 0.8
"""What being the most alike by embeddings adds, as a share of the best score by words."""
NAMED_FILE, NAMED_DEFINITION, IN_TRACE = 1.0, 0.6, 2.5
"""What naming it in the description adds, as a share of the best score by words."""
_FRAME = re.compile(r'File "([^"\n]+)", line (\d+)|([\w./\\-]+\.\w{1,4}):(\d+)')
_PATH = re.compile(r"[\w./\\-]*[\w-]+\.(?:py|pyi|jsx?|tsx?|go|rs|java|kt|cc?|cpp|h|cs|rb|php|swift|sh|sql)\b")
_NAME = re.compile(r"`([^`\n]+)`|\b([A-Za-z]+_\w+|[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w+)\b|\b(\w+)\(")
_TEST = re.compile(
    r"(^|/)(tests?|spec|__tests__)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.\w+$|\.(test|spec)\.\w+$"
)


class Found(msgspec.Struct, frozen=True):
    """One file, with the definition in it that fits best. `score` is relative to the best file, 0 to 1."""

    path: str
    line: int
    end: int
    name: str
    score: float
    why: str = ""


def rank(
    text: str,
    index: Index,
    *,
    suspicion: Mapping[str, float] | None = None,
    likeness: Mapping[str, float] | None = None,
    most: int = 10,
) -> tuple[Found, ...]:
    """The files that `text` is most likely about, best first; tests are left out.

    `suspicion` is what runs of tests say of files, `likeness` what embeddings do, 0 to 1 each.
    """
    words = _Words(text, index)
    scores = _spread(words.scores, index)
    top = max(scores.values(), default=0.0) or 1.0
    reasons: dict[str, list[str]] = {path: [] for path in index.entries}
    told = [*_named(text, index), *_suspected(suspicion or {}, index), *_alike(likeness or {}, index)]
    for path, share, why in told:
        scores[path] = scores.get(path, 0.0) + share * top
        reasons[path] += [why] if why else []
    best = [path for path in scores if scores[path] > 0 and not is_test(path)]
    best.sort(key=lambda path: (-scores[path], path))
    top = scores[best[0]] if best else 1.0
    found = []
    for path in best[:most]:
        number = words.best.get(path, 0)
        chunk = index.entries[path].chunks[number] if index.entries[path].chunks else None
        why = "; ".join(dict.fromkeys([*words.why(path), *reasons[path]]))
        line, end, name = (chunk.line, chunk.end, chunk.name) if chunk else (1, 1, "")
        found.append(Found(path, line, end, name, round(scores[path] / top, 3), why))
    return tuple(found)


def is_test(path: str) -> bool:
    return _TEST.search(path) is not None


def described(found: tuple[Found, ...]) -> str:
    """For people and models: a line each."""
    lines = [
        f"{number}. {f.path}:{f.line}-{f.end}{f' {f.name}' if f.name else ''} ({f.score:.2f}) {f.why}".rstrip()
        for number, f in enumerate(found, 1)
    ]
    return "\n".join(lines)


class _Words:
    """BM25 of every file: its best definition, and a share of all of it."""

    def __init__(self, text: str, index: Index) -> None:
        self._wanted = Counter(terms(text))
        self._index = index
        self.best: dict[str, int] = {}
        chunks = [(path, n, c) for path, entry in index.entries.items() for n, c in enumerate(entry.chunks)]
        self._weights = self._rarity([c.terms for _, _, c in chunks])
        mean = sum(sum(c.terms.values()) for _, _, c in chunks) / max(len(chunks), 1) or 1.0
        scores: dict[str, float] = {}
        for path, number, chunk in chunks:
            value = self._bm25(chunk.terms, mean)
            if value > scores.get(path, 0.0):
                scores[path], self.best[path] = value, number
        whole = {path: self._whole(path) for path in scores}
        mean = sum(sum(counts.values()) for counts in whole.values()) / max(len(whole), 1) or 1.0
        self.scores = {
            path: value + FILE_SHARE * self._bm25(whole[path], mean) for path, value in scores.items()
        }

    def _whole(self, path: str) -> Counter[str]:
        total: Counter[str] = Counter()
        for chunk in self._index.entries[path].chunks:
            total.update(chunk.terms)
        return total

    def _rarity(self, all_terms: list[dict[str, int]]) -> dict[str, float]:
        count = len(all_terms)
        holding = {word: sum(word in held for held in all_terms) for word in self._wanted}
        return {word: math.log(1 + (count - n + 0.5) / (n + 0.5)) for word, n in holding.items() if n}

    def _bm25(self, held: Mapping[str, int], mean: float) -> float:
        length = sum(held.values()) / mean
        score = 0.0
        for word, weight in self._weights.items():
            if count := held.get(word, 0):
                again = 1 + math.log(self._wanted[word])
                score += again * weight * count * (K1 + 1) / (count + K1 * (1 - B + B * length))
        return score

    def why(self, path: str) -> list[str]:
        if path not in self.best:
            return []
        held = self._index.entries[path].chunks[self.best[path]].terms
        shared = sorted(
            (word for word in self._weights if word in held), key=lambda w: (-self._weights[w], w)
        )
        return [f"words: {', '.join(shared[:5])}"] if shared else []


def _spread(scores: Mapping[str, float], index: Index) -> dict[str, float]:
    """Adds to each file what those that import it say of it."""
    modules = _modules(index)
    given: dict[str, float] = {}
    for path, score in scores.items():
        share = TEST_SHARE if is_test(path) else NEIGHBOUR_SHARE
        targets = {modules[name] for name in _resolved(path, index) if name in modules} - {path}
        for target in targets:  # the most that one says: what all import would win otherwise
            given[target] = max(given.get(target, 0.0), share * score / len(targets) ** 0.5)
    return {path: scores.get(path, 0.0) + given.get(path, 0.0) for path in {**scores, **given}}


def _modules(index: Index) -> dict[str, str]:
    """Paths by the names under which they are imported; names of more than one file are left out."""
    found: dict[str, set[str]] = {}
    for path in index.entries:
        stem_of = path.rpartition(".")[0].removesuffix("/__init__").removesuffix("/index")
        names = {stem_of.replace("/", "."), stem_of.removeprefix("src/").replace("/", "."), stem_of}
        for name in names:
            found.setdefault(name, set()).add(path)
    return {name: paths.pop() for name, paths in found.items() if len(paths) == 1}


def _resolved(path: str, index: Index) -> list[str]:
    folder = PurePosixPath(path).parent
    names: list[str] = []
    for name in index.entries[path].imports:
        if name.startswith((".", "..")) and "/" not in name:
            up = len(name) - len(name.lstrip("."))
            here = folder.parts[: len(folder.parts) - up + 1]
            names.append(".".join([*here, *filter(None, name.lstrip(".").split("."))]))
        elif "/" in name:
            parts: list[str] = []
            for part in (folder / name).parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            names.append(
                "/".join(parts).rpartition(".")[0] if "." in (parts or [""])[-1] else "/".join(parts)
            )
        else:
            names.append(name)
    return names


def _named(text: str, index: Index) -> list[tuple[str, float, str]]:
    """(path, share, why) of files and definitions that the description names itself."""
    found: dict[tuple[str, str], float] = {}
    frames = [(m[1] or m[3], int(m[2] or m[4])) for m in _FRAME.finditer(text)]
    for depth, (name, line) in enumerate(reversed(frames)):
        for path in _ending_with(name, index):
            found.setdefault((path, f"traceback, line {line}"), IN_TRACE / 2**depth)
    for name in dict.fromkeys(_PATH.findall(text)):
        for path in _ending_with(name, index):
            found.setdefault((path, "named"), NAMED_FILE)
    names = {
        part.rpartition(".")[2].rstrip("()") for m in _NAME.finditer(text) for part in m.groups() if part
    }
    where: dict[str, set[str]] = {}
    for path, entry in index.entries.items():
        for chunk in entry.chunks:
            if chunk.name in names:
                where.setdefault(chunk.name, set()).add(path)
    for name, paths in where.items():
        for path in paths:
            found.setdefault((path, f"defines {name}"), NAMED_DEFINITION / len(paths))
    return [(path, share, why) for (path, why), share in found.items()]


def _ending_with(name: str, index: Index) -> list[str]:
    """Files that a path in a description means: the longest common end; none when too many have it."""
    name = name.replace("\\", "/").removeprefix("./")
    if name in index.entries:
        return [name]
    parts = name.strip("/").split("/")
    for first in range(len(parts)):
        tail = "/".join(parts[first:])
        found = [path for path in index.entries if path == tail or path.endswith(f"/{tail}")]
        if found:
            return found if len(found) <= 3 else []
    return []


def _suspected(suspicion: Mapping[str, float], index: Index) -> list[tuple[str, float, str]]:
    return [
        (path, share, "failing tests run it") for path, share in suspicion.items() if path in index.entries
    ]


def _alike(likeness: Mapping[str, float], index: Index) -> list[tuple[str, float, str]]:
    return [
        (path, LIKENESS * value, "alike in meaning" if value > 0.5 else "")
        for path, value in likeness.items()
        if path in index.entries and value > 0
    ]
