"""go test, through its own JSON events."""

import re
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from mycoder.testing.command import Place, Prepared, Ran, TestCommand
from mycoder.testing.listings import go_frames
from mycoder.testing.output import clip, last_words
from mycoder.testing.results import Case, Gathered, Outcome, add_case
from mycoder.testing.selection import take_apart
from mycoder.testing.survey import Survey

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
    # The build cache has to be writable; outside of the sandbox's home it would be thrown away each time.
    env = {"GOCACHE": str(place.lasting / "go-build")}
    if not selection:
        return Prepared(argv=tuple(argv), env=env)
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
    return Prepared(argv=(*argv, *packages), env=env)


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
    cases: dict[str, Case] = {}
    output: defaultdict[str, list[str]] = defaultdict(list)
    running: dict[str, None] = {}
    for line in ran.text.splitlines():
        if not line.startswith("{"):
            continue
        try:
            event = decoder.decode(line)
        except (msgspec.DecodeError, RecursionError):
            continue
        name = (
            f"{event.package}::{event.test}"
            if event.test
            else (event.package or event.import_path.split(" ")[0])
        )
        if event.action in ("output", "build-output"):
            output[name].append(event.output)
        elif event.action == "run":
            running[name] = None
        elif event.action in _OUTCOMES:
            running.pop(name, None)
            _settle(cases, name, event, "".join(output.pop(name, ())))
    still = next(reversed(running), "")
    problem = "" if cases or "{" in ran.text else f"go test could not start: {last_words(ran.text)}"
    return Gathered(cases=cases, problem=problem, is_finished=not still, running=still)


def _settle(cases: dict[str, Case], name: str, event: Event, told: str) -> None:
    outcome = _OUTCOMES[event.action]
    if not event.test:
        # A package as a whole is a case only when it fails without a test of its own failing: it does not
        # build, or it was cut off by a panic, os.Exit or its time limit.
        if outcome == "failed" and not any(
            c.is_failing and c.id.startswith(f"{name}::") for c in cases.values()
        ):
            phase = "collect" if "[build failed]" in told or "[setup failed]" in told or "# " in told else ""
            add_case(cases, Case(name, "error", event.elapsed, _message(told), go_frames(told), "", phase))
        return
    message = _message(told) if outcome == "failed" else ""
    kind = "panic" if "panic:" in message else ""
    add_case(cases, Case(name, outcome, event.elapsed, message, go_frames(message), kind))


def _message(told: str) -> str:
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
