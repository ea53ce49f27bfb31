"""The journal against every order of tool, command, person, undo, redo and crash."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mycoder.workspace.files import FileMissing, PathRefused, content_hash
from mycoder.workspace.workspace import Workspace
from tests.workspace.trees import Tree, tree_of

PATHS = st.sampled_from(["a", "b.bin", "d/x", "d/y", "d/e/z", "f/g", "ünï/ç"])
CONTENTS = st.sampled_from(
    [b"", b"one\n", b"one\r\ntwo\r\n", b"\x00\xff\x00", b"line\n" * 40, "日本\n".encode()]
)
MODES = st.sampled_from([0o644, 0o600, 0o755])


def put(path: Path, data: bytes) -> None:
    """Writes as a program would: in place, over whatever is there."""
    for parent in reversed(path.parents):
        if parent.is_symlink() or parent.is_file():
            parent.unlink()
        parent.mkdir(exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.is_symlink():
        path.unlink()
    path.write_bytes(data)


def act(root: Path, verb: str, name: str, data: bytes, mode: int) -> None:
    """One thing that a command may do."""
    path = root / name
    match verb:
        case "write":
            put(path, data)
        case "delete":
            with suppress(OSError):
                path.unlink()
        case "delete folder":
            if path.parent != root:
                shutil.rmtree(path.parent, ignore_errors=True)
        case "make folder":
            with suppress(OSError):
                path.mkdir(parents=True)
        case "chmod":
            with suppress(OSError):
                path.chmod(mode)
        case "link":
            with suppress(OSError):
                path.unlink(missing_ok=True)
                path.symlink_to("a")
        case "rename":
            with suppress(OSError):
                os.rename(root / "d", root / "f")
        case "file for folder":
            shutil.rmtree(root / "d", ignore_errors=True)
            with suppress(OSError):
                (root / "d").write_bytes(data)


VERBS = st.sampled_from(
    ["write", "write", "delete", "delete folder", "make folder", "chmod", "link", "rename", "file for folder"]
)
ACTS = st.tuples(VERBS, PATHS, CONTENTS, MODES)


def contents(tree: Tree) -> set[bytes]:
    return {data for kind, _, data in tree.values() if kind == "f"}


def content_at(tree: Tree, path: str) -> bytes | None:
    """Without the permissions: who changes only those does not keep undo from taking the file away."""
    return tree[path][2] if path in tree else None


class JournalMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp())
        self.root = self.base / "project"
        self.root.mkdir()
        self.numbers = itertools.count()
        self.has_user_edited = False
        self.replaced: set[bytes] = set()
        """Contents that something of the agent's has taken off the disk."""
        self.by_hand: Tree = {}
        """Paths as a person left them, until a tool or command changes them."""

    @initialize(files=st.dictionaries(PATHS, CONTENTS, max_size=5))
    def begin(self, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            put(self.root / name, data)
        self.start = tree_of(self.root)
        self.open()

    def open(self) -> None:
        self.work = Workspace(self.root, self.base / "state", "s")

    def teardown(self) -> None:
        if hasattr(self, "start") and not self.has_user_edited:
            self.undo_and_redo_all()
        shutil.rmtree(self.base)

    def undo_and_redo_all(self) -> None:
        end = tree_of(self.root)
        result = self.work.journal.undo(1000)
        assert not result.refused
        assert tree_of(self.root) == self.start
        result = self.work.journal.redo(len(result.undone))
        assert not result.refused
        assert tree_of(self.root) == end

    @contextmanager
    def agent(self) -> Iterator[Tree]:
        """Everything on disk now has to be recoverable whatever the agent does in the block."""
        before = tree_of(self.root)
        yield before
        after = tree_of(self.root)
        self.replaced |= contents(before) - contents(after)
        self.by_hand = {path: state for path, state in self.by_hand.items() if after.get(path) == state}
        for data in self.replaced:
            assert self.work.journal._blobs.get(content_hash(data)) == data

    @rule(path=PATHS, data=CONTENTS, mode=st.none() | MODES)
    def tool_writes(self, path: str, data: bytes, mode: int | None) -> None:
        with self.agent(), suppress(PathRefused), self.work.journal.change("tool", "write") as change:
            change.write(path, data, mode=mode)

    @rule(writes=st.dictionaries(PATHS, CONTENTS, max_size=3), gone=PATHS)
    def tool_patches(self, writes: dict[str, bytes], gone: str) -> None:
        with self.agent() as before:
            try:
                with self.work.journal.change("tool", "patch") as change:
                    for path, data in writes.items():
                        change.write(path, data)
                    change.delete(gone)
            except (PathRefused, FileMissing):
                assert tree_of(self.root) == before

    @rule(path=PATHS, to=PATHS)
    def tool_moves(self, path: str, to: str) -> None:
        with (
            self.agent(),
            suppress(PathRefused, FileMissing),
            self.work.journal.change("tool", "move") as change,
        ):
            change.move(path, to)

    @rule(path=PATHS, mode=MODES)
    def tool_changes_mode(self, path: str, mode: int) -> None:
        with (
            self.agent(),
            suppress(PathRefused, FileMissing),
            self.work.journal.change("tool", "chmod") as change,
        ):
            change.chmod(path, mode)

    @rule(acts=st.lists(ACTS, max_size=4))
    def command_runs(self, acts: list[tuple[str, str, bytes, int]]) -> None:
        with self.agent() as before, self.work.journal.around("command", "sh") as around:
            for one in acts:
                act(self.root, *one)
        assert bool(around.entries) == (tree_of(self.root) != before)

    @rule(acts=st.lists(ACTS, min_size=1, max_size=2))
    def person_works(self, acts: list[tuple[str, str, bytes, int]]) -> None:
        before = tree_of(self.root)
        for verb, path, data, mode in acts:
            act(self.root, verb, path, b"by hand %d " % next(self.numbers) + data, mode)
        after = tree_of(self.root)
        self.has_user_edited |= after != before
        self.by_hand = {
            path: state
            for path, state in after.items()
            if path in self.by_hand or content_at(before, path) != state[2]
        }

    @rule(n=st.integers(1, 3), which=st.sampled_from(["undo", "redo"]))
    def steps_back(self, n: int, which: str) -> None:
        journal = self.work.journal
        by_hand = {path: data for path, (kind, _, data) in self.by_hand.items() if kind != "d"}
        with self.agent() as before:
            result = journal.undo(n) if which == "undo" else journal.redo(n)
            after = tree_of(self.root)
            assert {path: after[path][2] for path in by_hand} == by_hand
        assert all(refusal.why for refusal in result.refused)
        if not result.undone:
            assert tree_of(self.root) == before

    @rule()
    def process_dies(self) -> None:
        self.open()
        assert not [r for r in self.work.journal.recover() if r.outcome != "interrupted"]

    @rule(acts=st.lists(ACTS, max_size=3))
    def process_dies_during_a_command(self, acts: list[tuple[str, str, bytes, int]]) -> None:
        with self.agent() as before:
            self.work.journal.around("command", "killed").__enter__()
            for one in acts:
                act(self.root, *one)
            os.close(self.work.journal._watch._running._descriptor)  # as the kernel does
            self.open()
            (recovered,) = self.work.journal.recover()
        assert recovered.label == "killed"
        assert bool(recovered.entry) == (tree_of(self.root) != before)

    @invariant()
    def no_temporary_stays(self) -> None:
        assert not [path for path in tree_of(self.root) if "mycoder-tmp" in path]


JournalMachine.TestCase.settings = settings(
    max_examples=80, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestJournalMachine = JournalMachine.TestCase
