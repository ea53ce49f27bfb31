"""Reads JUnit XML as surefire and gradle write it."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from mycoder.testing.output import clip
from mycoder.testing.results import Case, Frame, Outcome, add_case

FILE_LIMIT = 50 * 1024 * 1024
_SKIPPED = frozenset((".git", "node_modules", "src", ".gradle", ".m2", ".idea"))
_JAVA_FRAME = re.compile(
    r"^\s*at (?:[\w.]+/+)?(?P<owner>[\w.$]+)\.(?P<method>[\w$<>]+)\((?P<file>[\w$]+\.\w+):(?P<line>\d+)\)",
    re.M,
)


def read_reports(root: Path, folder: str, since: float) -> dict[str, Case]:
    """Cases of all ``TEST-*.xml`` below folders called `folder` that were written since that Unix time."""
    cases: dict[str, Case] = {}
    sources = None
    for path in _reports(str(root), folder, since):
        try:
            # Text declarations cannot blow up here: expat since 2.4 bounds what entities amount to.
            tree = ElementTree.parse(path)
        except (ElementTree.ParseError, OSError, LookupError, ValueError):
            name = os.path.basename(path).removeprefix("TEST-").removesuffix(".xml")
            add_case(
                cases,
                Case(name, "error", message="its report is broken: the tests were cut off", phase="collect"),
            )
            continue
        for element in tree.getroot().iter("testcase"):
            if sources is None and element.find("failure") is None and element.find("error") is None:
                add_case(cases, _case(element, {}))
                continue
            sources = sources if sources is not None else java_sources(root)
            add_case(cases, _case(element, sources))
    return cases


def java_sources(root: Path) -> dict[str, str]:
    """Paths of source files relative to the root by ``package/path/Name.java``, for the frames of a stack."""
    found: dict[str, str] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [
            name for name in folders if name[0] != "." and name not in ("node_modules", "target", "build")
        ]
        for name in files:
            if name.endswith((".java", ".kt", ".scala", ".groovy")):
                relative = os.path.relpath(os.path.join(folder, name), root)
                found[re.sub(r"^(?:.*/)?src/\w+/\w+/", "", relative)] = relative
        if len(found) > 20_000:
            break
    return found


def _reports(root: str, wanted: str, since: float) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        if f"/{wanted}" not in folder:
            continue
        for name in sorted(files):
            path = os.path.join(folder, name)
            if name.startswith("TEST-") and name.endswith(".xml") and _is_new(path, since):
                yield path


def _is_new(path: str, since: float) -> bool:
    try:
        state = os.stat(path)
    except OSError:
        return False
    # File systems keep time in steps of up to two seconds.
    return stat.S_ISREG(state.st_mode) and state.st_mtime >= since - 2 and state.st_size <= FILE_LIMIT


def _case(element: ElementTree.Element, sources: dict[str, str]) -> Case:
    owner, method = element.get("classname", ""), element.get("name", "")
    name = f"{owner}#{method}" if method else owner
    seconds = _number(element.get("time", "0"))
    skipped = element.find("skipped")
    if skipped is not None:
        return Case(name, "skipped", seconds, note=skipped.get("message", ""))
    words: tuple[tuple[str, Outcome], ...] = (("failure", "failed"), ("error", "failed"))
    for tag, outcome in words:
        trouble = element.find(tag)
        if trouble is None:
            continue
        trace = trouble.text or ""
        kind = trouble.get("type", "").rpartition(".")[2]
        said = (trouble.get("message") or trace.split("\n\tat ")[0]).strip()
        message = said if said.startswith(kind) else f"{kind}: {said}"
        out = element.findtext("system-out") or ""
        return Case(
            name, outcome, seconds, clip(message, 4000), _frames(trace, sources), kind, "", clip(out, 1500)
        )
    return Case(name, "passed", seconds)


def _frames(trace: str, sources: dict[str, str]) -> tuple[Frame, ...]:
    found: list[Frame] = []
    for match in _JAVA_FRAME.finditer(trace):
        package = "/".join(match["owner"].split(".")[:-1])
        path = sources.get(f"{package}/{match['file']}" if package else match["file"])
        if path:
            found.append(Frame(path, int(match["line"]), match["method"]))
    return tuple(found[:11][::-1])


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return 0.0
