"""The journal in a repository with a submodule and a linked work tree: commits, renames, permissions, binary files."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from mycoder.workspace.files import content_hash
from mycoder.workspace.workspace import Workspace
from tests.sampling import IS_FULL

PATHS = st.sampled_from(["a", "b.bin", "d/x", "lib/s", "lib/t.bin", "tree/a", "tree/n"])
CONTENTS = st.sampled_from([b"one\n", b"\x00\xff\x00bin", "日本\n".encode(), b"line\n" * 30])


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "protocol.file.allow=always")
    subprocess.run(("git", *identity, *arguments), cwd=folder, check=False, capture_output=True)


class GitMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp())
        self.root = self.base / "project"
        self.lost: set[bytes] = set()
        """Contents that something of the agent's has taken off the disk."""

    @initialize(data=CONTENTS)
    def begin(self, data: bytes) -> None:
        other = self.base / "other"
        for folder in (other, self.root):
            folder.mkdir()
            (folder / "a").write_bytes(data)
            git(folder, "init", "-q")
            git(folder, "add", "-A")
            git(folder, "commit", "-qm", "start")
        git(self.root, "submodule", "add", "-q", str(other), "lib")
        git(self.root, "worktree", "add", "-q", str(self.root / "tree"), "-b", "side")
        git(self.root, "commit", "-qam", "parts")
        assert (self.root / "lib/.git").is_file()
        assert (self.root / "tree/.git").is_file()
        for name in ("a", "b.bin", "d/x", "lib/s", "lib/t.bin", "tree/a"):  # each other than all the rest
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_bytes(b"at the start %s\0" % name.encode() + data)
        self.work = Workspace(self.root, self.base / "state", "s")

    def teardown(self) -> None:
        shutil.rmtree(self.base)

    def files(self) -> dict[str, bytes]:
        """All files but those of git, by path."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and ".git" not in path.relative_to(self.root).parts
        }

    def contents(self) -> set[bytes]:
        return set(self.files().values())

    def command(self, act: Callable[[], object]) -> None:
        before = self.files()
        with self.work.journal.around("command", "sh") as around:
            act()
        assert not [path for entry in around.entries for path in entry.uncovered]
        self.lost |= set(before.values()) - self.contents()
        self.check()

    def check(self) -> None:
        for data in self.lost - self.contents():
            assert self.work.journal.content(content_hash(data)) == data

    @rule(path=PATHS, data=CONTENTS, number=st.integers(0, 99))
    def person_writes(self, path: str, data: bytes, number: int) -> None:
        (self.root / path).parent.mkdir(exist_ok=True)
        (self.root / path).write_bytes(b"by hand %d " % number + data)

    @rule(path=PATHS, data=CONTENTS)
    def command_writes(self, path: str, data: bytes) -> None:
        def act() -> None:
            (self.root / path).parent.mkdir(exist_ok=True)
            (self.root / path).write_bytes(data)

        self.command(act)

    @rule(path=PATHS)
    def command_deletes(self, path: str) -> None:
        self.command(lambda: (self.root / path).unlink(missing_ok=True))

    @rule(path=PATHS, to=PATHS)
    def command_renames(self, path: str, to: str) -> None:
        def act() -> None:
            if (self.root / path).is_file() and (self.root / to).parent.is_dir():
                (self.root / path).rename(self.root / to)

        self.command(act)

    @rule(path=PATHS, mode=st.sampled_from([0o644, 0o755, 0o600]))
    def command_changes_mode(self, path: str, mode: int) -> None:
        self.command(lambda: (self.root / path).chmod(mode) if (self.root / path).is_file() else None)

    @rule(where=st.sampled_from([".", "lib", "tree"]))
    def command_commits(self, where: str) -> None:
        def act() -> None:
            git(self.root / where, "add", "-A")
            git(self.root / where, "commit", "-qm", "more")

        self.command(act)

    @rule(where=st.sampled_from([".", "lib", "tree"]))
    def command_discards(self, where: str) -> None:
        self.command(lambda: git(self.root / where, "checkout", "-q", "--", "."))

    @rule(n=st.integers(1, 3), which=st.sampled_from(["undo", "redo"]))
    def steps_back(self, n: int, which: str) -> None:
        before = self.contents()
        journal = self.work.journal
        result = journal.undo(n) if which == "undo" else journal.redo(n)
        assert all(refusal.why for refusal in result.refused)
        self.lost |= before - self.contents()
        self.check()


GitMachine.TestCase.settings = settings(
    max_examples=100 if IS_FULL else 16,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestGitMachine = GitMachine.TestCase
