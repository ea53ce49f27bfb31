"""cargo test. Its JSON form is not stable, so the text is read as the line protocol that it is."""

import re
from collections.abc import Sequence

import msgspec

from mycoder.testing.command import Place, Prepared, Ran, TestCommand
from mycoder.testing.output import clip, last_words
from mycoder.testing.results import COMPILE_ERROR, Case, Frame, Gathered, Outcome, add_case
from mycoder.testing.selection import take_apart
from mycoder.testing.survey import Survey

_BINARY = r"^\s+Running (?:unittests )?(\S+) \((?:.*/)?([^/()]+?)-[0-9a-f]{16}(?:\.exe)?\)$"
_DOCS = r"^\s+Doc-tests (\S+)$"
_COUNT = r"^running (\d+) tests?$"
_TEST = r"^test (.+?) \.\.\. (.*)$"
_STATUS = r"(?:^|.*\s|.*[^\w])?(ok|FAILED|ignored)(?:, (.*))?$"
_RESULT = (
    r"^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored; \d+ measured; \d+ filtered out"
)
_TRACE = r"(?m)^ +at (?!/rustc/|\S+/registry/src/)(?:\./)?([^\s:]+\.rs):(\d+)"
_SECTION = r"^---- (.+) stdout ----$"
_PANIC = r"panicked at (?:'(?P<old>.*)', )?(?P<path>[^\s:][^:\n]*):(?P<line>\d+):\d+:?"
_ERROR = (
    r"(?m)^error(?:\[E\d+\])?: (?!could not compile|test failed|aborting)(.*)$\n(?:^\s*--> ([^:\n]+):(\d+))?"
)


NO_LOCK = "no-lock"
"""File that says that there was no Cargo.lock before the run, so that none is left after it."""


def detect(survey: Survey) -> TestCommand | None:
    cargo = survey.which("cargo")
    words = ("test", "--workspace") if "[workspace]" in survey.text("Cargo.toml") else ("test",)
    missing = (
        ""
        if cargo
        else "The project has a Cargo.toml, but there is no cargo on PATH: install Rust or set test_command."
    )
    return TestCommand(
        runner="cargo",
        argv=(cargo or "cargo", *words),
        cwd=survey.folder,
        text=" ".join(("cargo", *words)),
        why="Cargo.toml",
        missing=missing,
    )


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    """Ids are ``binary::path::of::test``; a selection runs those whose path contains one of the names."""
    argv = list(command.argv)
    tail = argv[argv.index("--") :] if "--" in argv else []
    argv = argv[: len(argv) - len(tail)]
    if "--no-fail-fast" not in argv:
        argv.append("--no-fail-fast")
    env = {"CARGO_NET_OFFLINE": "true"}  # there is no network in the sandbox, and no use in trying
    if not (command.cwd / "Cargo.lock").exists():
        (place.folder / NO_LOCK).touch()
    if not (command.cwd / "target").exists():
        # The repository has no build folder yet, so none is left in it.
        env["CARGO_TARGET_DIR"] = str(place.lasting / "cargo-target")
    if selection:
        chosen = take_apart(selection, command.cwd, place.root)
        tail = tail or ["--"]
        tail += [_path_of(name) for name in (*chosen.names, *chosen.words)]
    return Prepared(argv=(*argv, *tail), env=env)


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    if (place.folder / NO_LOCK).exists():
        (command.cwd / "Cargo.lock").unlink(missing_ok=True)
    reader = _Reader()
    for line in ran.text.splitlines():
        reader.feed(line)
    cases = reader.end()
    broken = list(re.finditer(_ERROR, ran.text)) if "could not compile" in ran.text else []
    if broken:
        for match in broken[:20]:
            frames = (Frame(match[2].strip(), int(match[3])),) if match[2] else ()
            add_case(
                cases,
                Case("cargo build", "error", 0.0, clip(match[1], 1500), frames, COMPILE_ERROR, "collect"),
            )
    elif not reader.began and ran.exit_code:
        return Gathered(problem=f"cargo could not run the tests: {last_words(ran.text)}")
    return Gathered(cases=cases, is_finished=not reader.lost, running=reader.lost)


class _Reader:
    """Follows the output of the test binaries, one after the other."""

    def __init__(self) -> None:
        self.began = False
        self.lost = ""
        """What was running in a binary that never gave its result."""
        self._cases: dict[str, Case] = {}
        self._binary, self._source = "test", ""
        self._due = 0
        """Tests of this binary that have not ended."""
        self._size = 0
        self._open = ""
        self._section = ""
        self._told: dict[str, list[str]] = {}
        self._names: dict[str, str] = {}

    def feed(self, line: str) -> None:
        binary = re.match(_BINARY, line)
        docs = re.match(_DOCS, line)
        if binary or docs:
            self._close()
        if binary:
            self._binary, self._source = binary[2], binary[1]
            return
        if docs:
            self._binary, self._source = docs[1], "doc"
            return
        count = re.match(_COUNT, line)
        if count and not self._section:
            self.began, self._due, self._size = True, int(count[1]), int(count[1])
            return
        result = re.match(_RESULT, line)
        # A test may print such a line; the real one adds up to what was announced.
        if result and sum(map(int, result.groups())) == self._size:
            self._due, self._open, self._section = 0, "", ""
            self._explain()
            return
        section = re.match(_SECTION, line)
        if section and section[1] in self._names:
            self._section = section[1]
            self._told[self._section] = []
        elif self._section:
            self._told[self._section].append(line)
        elif self._due:
            self._test(line)

    def end(self) -> dict[str, Case]:
        self._close()
        return self._cases

    def _test(self, line: str) -> None:
        match = re.match(_TEST, line)
        if match:
            self._open = match[1]
        status = re.match(_STATUS, match[2] if match else line)
        if not self._open or not status:
            return
        words: dict[str, Outcome] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}
        name = re.sub(r" - (?:should panic|compile|compile fail)$", "", self._open)
        self._names[name] = self._id(name)
        add_case(self._cases, Case(self._names[name], words[status[1]], note=status[2] or ""))
        self._open, self._due = "", self._due - 1

    def _id(self, name: str) -> str:
        full = f"{self._binary}::{name}"
        # A library and a program of one crate have the same name.
        return full if full not in self._cases else f"{self._binary}({self._source})::{name}"

    def _explain(self) -> None:
        for name, lines in self._told.items():
            text = "\n".join(lines).strip()
            held = self._cases.get(self._names[name])
            if held is None:
                continue
            panic = re.search(_PANIC, text)
            self._cases[held.id] = msgspec.structs.replace(
                held,
                message=_message(text, panic),
                frames=_frames(text, panic),
                kind="panic" if panic else "",
                output=clip(_printed(text), 1500) if panic else "",
            )
        self._told, self._names = {}, {}

    def _close(self) -> None:
        if self._due and not self.lost:
            self.lost = f"{self._binary}::{self._open}" if self._open else f"a test of {self._binary}"
        self._explain()
        self._due, self._open, self._section = 0, "", ""


def _message(text: str, panic: "re.Match[str] | None") -> str:
    told = text[panic.end() :] if panic else text
    told = re.split(r"^(?:stack backtrace:|failures:)$", told, maxsplit=1, flags=re.MULTILINE)[0]
    kept = [line for line in told.splitlines() if line.strip() and not line.startswith("note: ")]
    head = [panic["old"]] if panic and panic["old"] else []
    return clip("\n".join([*head, *kept]).strip(), 4000)


def _frames(text: str, panic: "re.Match[str] | None") -> tuple[Frame, ...]:
    """From the backtrace where RUST_BACKTRACE is set, else the place of the panic."""
    traced = dict.fromkeys(re.findall(_TRACE, text))
    if traced:
        return tuple(Frame(path, int(line)) for path, line in traced)[:8][::-1]
    return (Frame(panic["path"], int(panic["line"])),) if panic else ()


def _printed(text: str) -> str:
    """What the test itself printed before it panicked."""
    return re.split(r"^thread '.*' (?:\(\d+\) )?panicked at ", text, maxsplit=1, flags=re.MULTILINE)[
        0
    ].strip()


def _path_of(name: str) -> str:
    """The part of an id that cargo filters by: a file gives its name, an id all after the binary."""
    binary, _, test = name.partition("::")
    if binary.endswith(".rs"):
        return test or binary.rpartition("/")[2].removesuffix(".rs")
    return test or binary
