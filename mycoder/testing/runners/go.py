"""go test, through its own JSON events."""

import re
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from mycoder.testing.command import Place, Prepared, Ran, TestCommand
from mycoder.testing.listings import go_frames
from mycoder.testing.output import clip, last_words
from mycoder.testing.results import Case, Frame, Gathered, Outcome, add_case
from mycoder.testing.selection import take_apart
from mycoder.testing.survey import Survey, read_start

_OUTCOMES: dict[str, Outcome] = {"pass": "passed", "fail": "failed", "skip": "skipped"}


class Event(msgspec.Struct, frozen=True, rename="pascal"):
    """One line of `go test -json`; see `go doc test2json`."""

    action: str
    package: str = ""
    import_path: str = ""
    test: str = ""
    elapsed: float = 0.0
    output: str = ""


def detect(survey: Survey) -> TestCommand | None:
    go = survey.which("go")
    sign = "go.work" if survey.has("go.work") else "go.mod"
    missing = (
        "" if go else "The project has a go.mod, but there is no go on PATH: install Go or set test_command."
    )
    return TestCommand(
        runner="go",
        argv=(go or "go", "test", "./..."),
        cwd=survey.folder,
        text="go test ./...",
        why=sign,
        missing=missing,
    )


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    """Ids are ``package::TestName/sub``; a file stands for its folder."""
    at = command.argv.index("test") + 1 if "test" in command.argv else len(command.argv)
    argv = [*command.argv[:at], "-json", *command.argv[at:]]
    # The build cache has to be writable and to last; and there is no network in the sandbox to try.
    env = {"GOCACHE": str(place.lasting / "go-build"), "GOPROXY": "off"}
    if not selection:
        return Prepared(argv=tuple(argv), env=env, show=show)
    chosen = take_apart(selection, command.cwd, place.root)
    packages: dict[str, None] = {}
    tests: list[str] = list(chosen.words)
    for name in chosen.names:
        package, _, test = name.partition("::")
        if package.endswith(".go"):
            package = package.rpartition("/")[0]
        if (command.cwd / package).is_dir():
            package = f"./{package}"
        packages[package or "."] = None
        if test:
            tests.append("/".join(f"^{re.escape(part)}$" for part in test.split("/")))
    argv = [word for word in argv if word != "./..." or not packages]
    if tests:
        argv += [
            "-run",
            "|".join(tests) if len(tests) == 1 or not any("/" in each for each in tests) else _tops(tests),
        ]
    return Prepared(argv=(*argv, *packages), env=env, show=show)


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    reader = _Reader(_module(command), f"{command.cwd}/")
    for line in ran.text.splitlines():
        reader.feed(line)
    problem = "" if reader.began else f"go test could not start: {last_words(ran.text)}"
    return Gathered(
        cases=reader.cases,
        problem=problem,
        is_finished=not reader.running and not reader.cut_off,
        running=next(reversed(reader.running), ""),
        note=reader.cut_off,
    )


class _Reader:
    """Follows the events; lines that are none belong to the compiler, which names the package first."""

    def __init__(self, module: str, cwd: str) -> None:
        self.cases: dict[str, Case] = {}
        self.running: dict[str, None] = {}
        self.cut_off = ""
        self.began = False
        self._module, self._cwd = module, cwd
        self._output: defaultdict[str, list[str]] = defaultdict(list)
        self._decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
        self._built = ""

    def feed(self, line: str) -> None:
        try:
            event = self._decoder.decode(line) if line.startswith("{") else None
        except (msgspec.DecodeError, RecursionError):
            return
        if event is None:
            self._compiler(line)
            return
        self.began = True
        name = (
            f"{event.package}::{event.test}"
            if event.test
            else event.package or event.import_path.split(" ")[0]
        )
        if event.action in ("output", "build-output"):
            self._output[name].append(event.output)
        elif event.action == "run":
            self.running[name] = None
        elif event.action in _OUTCOMES:
            self.running.pop(name, None)
            self._settle(name, event, "".join(self._output.pop(name, ())))

    def _compiler(self, line: str) -> None:
        head = re.match(r"^# (\S+?)(?:_test)?(?: \[.*)?$", line)
        if head:
            self._built = head[1]
        elif self._built:
            self._output[self._built].append(line + "\n")

    def _settle(self, name: str, event: Event, told: str) -> None:
        outcome = _OUTCOMES[event.action]
        message = _message(told)
        frames = self._frames(told, event.package)
        if not event.test:
            # A package as a whole is a case only when it fails without a test of its own failing: it does not
            # build, or it was cut off by a panic outside of a test, os.Exit or its time limit.
            red = any(case.is_failing and case.id.startswith(f"{name}::") for case in self.cases.values())
            if outcome == "failed" and not red:
                phase = "collect" if "[build failed]" in told or "[setup failed]" in told else ""
                add_case(self.cases, Case(name, "error", event.elapsed, message, frames, "", phase))
            return
        if outcome != "failed":
            add_case(self.cases, Case(name, outcome, event.elapsed))
            return
        kind = "panic" if re.search(r"^panic: ", told, re.MULTILINE) else ""
        if kind:
            self.cut_off = f"{name} panicked, so the tests of its package that come later did not run"
        inner = any(case.is_failing and case.id.startswith(f"{name}/") for case in self.cases.values())
        message = "its sub-tests failed" if inner and not frames else message
        add_case(self.cases, Case(name, outcome, event.elapsed, message, frames, kind))

    def _frames(self, told: str, package: str) -> tuple[Frame, ...]:
        """Outermost first. Messages of a test tell the file from its package, stacks in full."""
        folder = package[len(self._module) + 1 :] if package.startswith(f"{self._module}/") else ""
        found: list[Frame] = []
        for frame in go_frames(told):
            if frame.path.startswith(self._cwd):
                found.append(Frame(frame.path[len(self._cwd) :], frame.line))
            elif "/" not in frame.path:
                found.append(Frame(f"{folder}/{frame.path}" if folder else frame.path, frame.line))
            elif not frame.path.startswith("/"):
                found.append(frame)
        return tuple(found[:8][::-1])


def _module(command: TestCommand) -> str:
    match = re.search(r"^module\s+(\S+)", read_start(str(command.cwd / "go.mod")), re.MULTILINE)
    return match[1].strip('"') if match else ""


def _message(told: str) -> str:
    told = re.split(r"^goroutine \d+ \[", told, maxsplit=1, flags=re.MULTILINE)[0]
    lines = [
        line for line in told.splitlines() if not re.match(r"^\s*(?:=== |--- |FAIL\b|ok\b|exit status)", line)
    ]
    return clip("\n".join(lines).strip() or told.strip(), 4000)


def _tops(tests: list[str]) -> str:
    """-run takes one pattern per level, so several sub-tests are asked for by the tests they belong to."""
    return "|".join(dict.fromkeys(each.split("/")[0] for each in tests))


def show(text: str) -> str:
    """The output of the tests out of the JSON lines, for people who watch."""
    parts: list[str] = []
    decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
    for line in text.splitlines(keepends=True):
        try:
            parts.append(decoder.decode(line).output if line.startswith("{") else line)
        except (msgspec.DecodeError, RecursionError):
            continue
    return "".join(parts)
