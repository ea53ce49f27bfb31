"""Reads the JSON lines that the files in `probes/` wrote during a run."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from mycoder.testing.command import Place, TestCommand
from mycoder.testing.results import Case, Frame, Gathered, Outcome, add_case

PROBES = ("mycoder_probe.py", "mycoder_pytest.py", "mycoder_unittest.py")
READ_LIMIT = 200 * 1024 * 1024
"""Bytes of records that are read; a million passed tests stay below."""


class Record(msgspec.Struct, frozen=True):
    """One line. `t` is begin | start | case | problem | end; see probes/mycoder_pytest.py."""

    t: str
    id: str = ""
    outcome: Outcome = "passed"
    seconds: float = 0.0
    phase: str = ""
    note: str = ""
    message: str = ""
    kind: str = ""
    frames: tuple[tuple[str, int, str, str], ...] = ()
    captured: str = ""
    exit: int = 0
    collected: int = 0
    deselected: int = 0
    stopped: str = ""


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """All of one run. A run may hold several processes, e.g. two calls of pytest in one Makefile."""

    cases: dict[str, Case]
    begun: int = 0
    """Processes that began to record."""
    finished: int = 0
    """Processes that came to their end."""
    unfinished: tuple[str, ...] = ()
    """The tests that had started and not ended; several when they run in parallel."""
    problem: str = ""
    stopped: str = ""
    deselected: int = 0
    exit: int = 0

    def gathered(self, problem: str) -> Gathered:
        """As a runner hands it on; `problem` stands for that of the records."""
        return Gathered(
            cases=self.cases,
            problem=problem,
            is_finished=self.finished >= self.begun and not self.stopped,
            running=_named(self.unfinished),
            note=self.stopped,
        )


def install(folder: Path, *, first: tuple[str, ...] = (), slow: tuple[str, ...] = ()) -> None:
    """Copies the probes into `folder`/probe and the order of files into `folder`/records.

    Copied, because the folder of a run is always visible inside the sandbox; an installation need not be.
    """
    source, target = Path(__file__).with_name("probes"), folder / "probe"
    target.mkdir(parents=True, exist_ok=True)
    for name in PROBES:
        (target / name).write_bytes((source / name).read_bytes())
    (folder / "records").mkdir(exist_ok=True)
    if first or slow:
        order = {"first": first, "slow": slow}
        (folder / "records" / "order.json").write_bytes(msgspec.json.encode(order))


def environment(folder: Path, python_path: str) -> dict[str, str]:
    """Variables that bring the probes into a Python; `python_path` is PYTHONPATH as it stands outside.

    Bytecode is not written: it would litter the repository, and after an edit within the same second that
    keeps the size of a file, the old code would run.
    """
    probe = str(folder / "probe")
    return {
        "MYCODER_PROBE": str(folder / "records"),
        "MYCODER_PROBE_KEPT_PYTHONPATH": python_path,
        "PYTHONPATH": f"{probe}:{python_path}" if python_path else probe,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def variables(command: TestCommand, place: Place) -> dict[str, str]:
    """`environment` for one run, with what else Python tools would leave in the repository led elsewhere."""
    own = dict(command.env).get("PYTHONPATH", "")
    python_path = ":".join(part for part in (own, place.python_path) if part)
    return {**environment(place.folder, python_path), "COVERAGE_FILE": str(place.folder / "coverage")}


def read(folder: Path) -> Records:
    """The records below `folder` of a run. Torn and foreign lines are passed over."""
    cases: dict[str, Case] = {}
    started: dict[str, None] = {}
    counts: dict[str, int] = {"begin": 0, "end": 0}
    problem = stopped = ""
    exit_code = deselected = 0
    for record in _lines(folder / "records"):
        match record.t:
            case "begin":
                counts["begin"] += 1
            case "start":
                started[record.id] = None
            case "case":
                started.pop(record.id, None)
                add_case(cases, _case(record))
            case "problem":
                problem = problem or record.message
            case "end":
                counts["end"] += 1
                stopped = stopped or record.stopped
                exit_code = exit_code or record.exit
                deselected += record.deselected
    return Records(
        cases=cases,
        begun=counts["begin"],
        finished=counts["end"],
        unfinished=tuple(name for name in started if name not in cases),
        problem=problem,
        stopped=stopped,
        deselected=deselected,
        exit=exit_code,
    )


def _lines(folder: Path) -> Iterator[Record]:
    decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)
    left = READ_LIMIT
    for path in sorted(folder.glob("*.jsonl"), key=_written):
        try:
            with open(path, "rb") as file:
                lines = file.read(left).split(b"\n")
        except OSError:
            continue
        for line in lines:
            left -= len(line)
            try:
                yield decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue


def _written(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except OSError:
        return 0.0, path.name


def _case(record: Record) -> Case:
    frames = tuple(Frame(path, line, function, source) for path, line, function, source in record.frames)
    return Case(
        record.id,
        record.outcome,
        record.seconds,
        record.message,
        frames,
        record.kind,
        record.phase,
        record.captured,
        record.note,
    )


def _named(names: tuple[str, ...]) -> str:
    """The last one to start, with their number."""
    if not names:
        return ""
    return names[-1] if len(names) == 1 else f"{names[-1]} (one of {len(names)} that were running)"
