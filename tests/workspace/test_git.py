import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mycoder.workspace import git, git_run
from mycoder.workspace.history import parse_hunks, recent_changes

ME = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]


def sh(root: Path, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(
        ["git", *ME, *arguments], cwd=root, capture_output=True, text=True, errors="replace", check=False
    )
    assert done.returncode in codes, done.stderr
    return done.stdout


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    sh(root, "init", "-q", "-b", "main")
    (root / "a.txt").write_text("one\ntwo\nthree\n")
    sh(root, "add", ".")
    sh(root, "commit", "-qm", "Begin")
    return root


# --- status, log, listing


async def test_clean_and_dirty(repo: Path) -> None:
    assert (await git.status(repo)).total == 0
    (repo / "a.txt").write_text("changed\n")
    (repo / "new dir").mkdir()
    (repo / "new dir/x").write_text("")
    (repo / "staged").write_text("")
    sh(repo, "add", "staged")
    status = await git.status(repo)
    assert (status.branch, status.problem) == ("main", "")
    assert {(e.code, e.path) for e in status.entries} == {
        ("A.", "staged"),
        (".M", "a.txt"),
        ("??", "new dir/"),
    }
    assert (status.staged, status.changed, status.untracked, status.conflicts, status.total) == (
        1,
        1,
        1,
        0,
        3,
    )
    assert status.commit == sh(repo, "rev-parse", "HEAD").strip()


async def test_from_a_folder_below_the_top(repo: Path) -> None:
    (repo / "sub").mkdir()
    (repo / "sub/b.txt").write_text("")
    (repo / "a.txt").write_text("x")
    sh(repo, "add", "sub")
    status = await git.status(repo / "sub")
    assert {e.path for e in status.entries} == {"a.txt", "sub/b.txt"}
    assert await git.tracked(repo / "sub") == (["b.txt"], False)


async def test_ahead_and_behind(repo: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    sh(tmp_path, "clone", "-q", str(repo), str(clone))
    sh(repo, "commit", "-q", "--allow-empty", "-m", "there")
    for _ in range(2):
        sh(clone, "commit", "-q", "--allow-empty", "-m", "here")
    sh(clone, "fetch", "-q")
    status = await git.status(clone)
    assert (status.upstream, status.ahead, status.behind) == ("origin/main", 2, 1)


async def test_last_commits_are_newest_first_and_tame(repo: Path) -> None:
    sh(repo, "commit", "-q", "--allow-empty", "-m", "red \x1b[31m alert\x07" + "x" * 300)
    commits = await git.last_commits(repo, 5)
    assert commits[1].subject == "Begin"
    assert commits[0].subject.startswith("red  [31m alert xx")
    assert len(commits[0].subject) == 100
    assert len(commits[0].date) == 10
    assert sh(repo, "rev-parse", "HEAD").startswith(commits[0].id)


async def test_empty_repository(tmp_path: Path) -> None:
    sh(tmp_path, "init", "-q", "-b", "trunk")
    (tmp_path / "x").write_text("")
    status = await git.status(tmp_path)
    assert (status.branch, status.commit, status.untracked, status.problem) == ("trunk", "", 1, "")
    assert await git.last_commits(tmp_path) == ()
    assert await git.tracked(tmp_path) == ([], False)
    assert await recent_changes(tmp_path) == {}
    assert await git.identity(tmp_path) == git.Identity()
    assert git.content_at(tmp_path, "x") is None
    with pytest.raises(git.GitError, match="commit something first"):
        await git.add_worktree(tmp_path, tmp_path / "w")


async def test_detached_head(repo: Path) -> None:
    sh(repo, "checkout", "-q", "--detach")
    status = await git.status(repo)
    assert (status.branch, bool(status.commit), status.problem) == ("", True, "")


async def test_merge_under_way(repo: Path) -> None:
    sh(repo, "checkout", "-qb", "other")
    (repo / "a.txt").write_text("theirs\n")
    sh(repo, "commit", "-qam", "theirs")
    sh(repo, "checkout", "-q", "main")
    (repo / "a.txt").write_text("ours\n")
    sh(repo, "commit", "-qam", "ours")
    sh(repo, "merge", "other", codes=(1,))
    status = await git.status(repo)
    assert (status.operation, status.conflicts) == ("merge", 1)
    assert status.entries == (git.Entry("UU", "a.txt"),)


async def test_not_a_repository(tmp_path: Path) -> None:
    assert (await git.status(tmp_path)).problem == "not a git repository"
    assert await git.tracked(tmp_path) is None
    assert await git.last_commits(tmp_path) == ()
    assert await git.worktrees(tmp_path) == ()
    assert git.content_at(tmp_path, "x") is None


async def test_bare_repository(repo: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    sh(tmp_path, "clone", "-q", "--bare", str(repo), str(bare))
    assert "bare repository" in (await git.status(bare)).problem
    assert await git.tracked(bare) is None


async def test_git_is_not_installed(repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (await git.status(repo)).problem == "git is not installed"
    assert await git.last_commits(repo) == ()
    assert await git.tracked(repo) is None
    with pytest.raises(git.GitError, match="git is not installed"):
        await git.add_worktree(repo, tmp_path / "w")


async def test_a_folder_that_is_gone(repo: Path) -> None:
    assert "does not exist" in (await git.status(repo / "gone")).problem


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a repository to another user")
async def test_repository_of_another_user(repo: Path) -> None:
    for folder, _, _ in os.walk(repo):
        os.chown(folder, 12345, 12345)
    status = await git.status(repo)
    assert "another user owns it" in status.problem
    assert "safe.directory" in status.problem
    assert await git.tracked(repo) is None


async def test_submodule(repo: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    sh(outer, "init", "-q", "-b", "main")
    sh(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repo), "lib")
    sh(outer, "commit", "-qm", "Add lib")
    (outer / "lib/a.txt").write_text("changed inside\n")
    inner = await git.status(outer / "lib")
    assert inner.entries == (git.Entry(".M", "a.txt"),)
    assert (await git.status(outer)).total == 0
    found = git_run.find_repository(outer / "lib")
    assert found is not None
    assert found.git_dir == outer / ".git/modules/lib"


async def test_linked_worktree_has_its_own_status(repo: Path, tmp_path: Path) -> None:
    tree = await git.add_worktree(repo, tmp_path / "w")
    (tmp_path / "w/a.txt").write_text("x")
    assert (await git.status(tmp_path / "w")).changed == 1
    assert (await git.status(repo)).total == 0
    found = git_run.find_repository(tmp_path / "w")
    assert found is not None
    assert (found.common_dir, found.git_dir.parent) == (repo / ".git", repo / ".git/worktrees")
    assert git.content_at(tmp_path / "w", "a.txt") == b"one\ntwo\nthree\n"
    assert tree.path == tmp_path / "w"


async def test_many_dirty_files_are_counted_and_bounded(repo: Path) -> None:
    for i in range(2500):
        (repo / f"f{i}").write_text("")
    status = await git.status(repo, shown=10)
    assert (len(status.entries), status.total, status.untracked) == (10, 2500, 2500)


async def test_names_that_are_not_utf8(repo: Path) -> None:
    name = os.fsdecode(b"caf\xe9 \n\x1b.txt")
    (repo / name).write_text("one\n")
    assert (await git.status(repo)).entries == (git.Entry("??", name),)
    sh(repo, "add", "-A")
    sh(repo, "commit", "-qm", "Add it")
    assert name in ((await git.tracked(repo)) or ([], False))[0]
    (repo / name).write_text("one\ntwo\n")
    assert await recent_changes(repo, 1) == {name: ((1, 2),)}
    assert git.content_at(repo, name) == b"one\n"


async def test_output_is_bounded_and_the_process_ended(repo: Path) -> None:
    for i in range(300):
        (repo / f"file-with-a-long-name-{i:04}").write_text("")
    ran = await git_run.run(repo, "status", "--porcelain", limit=1000)
    assert (len(ran.out), ran.is_cut) == (1000, True)


async def test_a_slow_git_is_ended(repo: Path) -> None:
    ran = await git_run.run(repo, "hash-object", "--stdin-paths", seconds=0.0)
    assert "took longer than 0 s" in ran.problem


async def test_cancelling_leaves_no_process(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    task = asyncio.ensure_future(git.status(repo))
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


# --- what a repository configures is never executed


HOSTILE = {
    "fsmonitor": ["core.fsmonitor"],
    "hooks": [],
    "filter": ["filter.f.clean", "filter.f.smudge"],
    "filter process": ["filter.f.process"],
    "external diff": ["diff.external"],
    "diff driver": ["diff.d.command", "diff.d.textconv"],
    "pager": ["core.pager", "pager.status", "pager.log"],
    "signatures": ["gpg.program", "gpg.ssh.program"],
    "editors": ["core.editor", "sequence.editor", "core.askPass", "interactive.diffFilter"],
    "transport": ["core.sshCommand", "core.gitProxy", "remote.origin.uploadpack", "remote.origin.vcs"],
    "credentials": ["credential.helper"],
    "merge driver": ["merge.d.driver"],
    "references": ["core.alternateRefsCommand"],
    "alias": ["alias.status", "alias.log", "alias.ls-files", "alias.config"],
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_nothing_of_a_hostile_configuration_runs(kind: str, repo: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\necho $0 $@ >> {canary}\ncat\n")
    evil.chmod(0o755)
    (repo / ".gitattributes").write_text("*.txt filter=f diff=d\n")
    sh(repo, "add", ".")
    sh(repo, "commit", "-qm", "Attributes")
    for key in HOSTILE[kind]:
        sh(repo, "config", key, str(evil))
    if kind == "signatures":
        sh(repo, "config", "log.showSignature", "true")
    if kind in ("transport", "credentials"):  # a partial clone fetches what is missing
        sh(repo, "config", "remote.origin.url", "ssh://git@example.invalid/x.git")
        sh(repo, "config", "remote.origin.promisor", "true")
    if kind == "hooks":
        for name in ("post-index-change", "post-checkout", "reference-transaction", "pre-commit"):
            (repo / ".git/hooks" / name).symlink_to(evil)
    sh(repo, "config", "extensions.worktreeConfig", "false")
    (repo / "a.txt").write_text("one\nTWO\nthree\n")

    if kind in ("fsmonitor", "filter", "external diff"):  # the trap works
        sh(repo, "status")
        sh(repo, "diff", codes=(0, 128))
        assert canary.exists()
        canary.unlink()
        (repo / "a.txt").write_text("one\nTWO!\nthree\n")

    status = await git.status(repo)
    assert (status.problem, status.entries) == ("", (git.Entry(".M", "a.txt"),))
    assert len(await git.last_commits(repo)) == 2
    assert await recent_changes(repo, 1) == {"a.txt": ((2, 2),), ".gitattributes": ((1, 1),)}
    assert await git.tracked(repo) == ([".gitattributes", "a.txt"], False)
    assert git.content_at(repo, "a.txt") == b"one\ntwo\nthree\n"
    await git.identity(repo)
    await git.add_worktree(repo, tmp_path / "w")
    assert (tmp_path / "w/a.txt").read_text() == "one\ntwo\nthree\n"
    await git.remove_worktree(repo, tmp_path / "w")
    assert not canary.exists()


async def test_git_gets_no_key_of_ours(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\nenv >> {tmp_path}/seen\nexec {shutil.which("git")} "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("OPENAI_API_KEY", "canary-9f3-of-git")
    monkeypatch.setenv("GIT_ASKPASS", "/bin/evil")
    assert (await git.status(repo)).branch == "main"
    seen = (tmp_path / "seen").read_text()
    assert "HOME=" in seen
    assert "canary-9f3" not in seen
    assert "/bin/evil" not in seen


async def test_an_included_filter_is_found_and_an_unspeakable_one_refused(repo: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    (repo / ".gitattributes").write_text("*.txt filter=f\n")
    (repo / ".git/more").write_text(f'[filter "f"]\nclean = "touch {canary}; cat"\n')
    sh(repo, "config", "include.path", "more")
    (repo / "a.txt").write_text("changed\n")
    assert (await git.status(repo)).changed == 1
    assert not canary.exists()
    (repo / ".git/more").write_text('[filter "a=b"]\nclean = cat\n')
    assert "= in its name" in (await git.status(repo)).problem


async def test_the_persons_own_filters_stay(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "gitconfig"
    mine.write_text('[filter "up"]\nclean = tr a-z A-Z\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(mine))
    (repo / ".gitattributes").write_text("*.txt filter=up\n")
    sh(repo, "config", "filter.down.clean", "tr A-Z a-z")
    found = git_run.find_repository(repo)
    assert found is not None
    off = await git_run.filters_off(found)
    assert "filter.down.clean=" in off
    assert not any("filter.up" in word for word in off)


async def test_the_configured_work_tree_does_not_lead_away(repo: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "diary").write_text("")
    sh(repo, "config", "core.worktree", str(secret))
    assert [e.path for e in (await git.status(repo)).entries] == []


async def test_variables_of_our_own_environment_do_not_lead_away(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    sh(other, "init", "-q", "-b", "elsewhere")
    for name, value in {"GIT_DIR": ".git", "GIT_WORK_TREE": ".", "GIT_INDEX_FILE": ".git/index"}.items():
        monkeypatch.setenv(name, str(other / value))
    index = (repo / ".git/index").read_bytes()
    assert (await git.status(repo)).branch == "main"
    assert git.content_at(repo, "a.txt") == b"one\ntwo\nthree\n"
    await git.add_worktree(repo, tmp_path / "w")
    await git.remove_worktree(repo, tmp_path / "w")
    assert (repo / ".git/index").read_bytes() == index
    assert not (other / ".git/index").exists()


# --- identity, work trees, history


async def test_identity_survives_moving_and_cloning(repo: Path, tmp_path: Path) -> None:
    sh(repo, "remote", "add", "origin", "https://ada:secret@example.org:8443/ada/tool.git")
    first = await git.identity(repo)
    assert first.remote == "example.org/ada/tool"
    assert first.first_commit == sh(repo, "rev-parse", "HEAD").strip()
    sh(repo, "commit", "-q", "--allow-empty", "-m", "more")
    moved = repo.rename(tmp_path / "moved")
    sh(moved, "remote", "set-url", "origin", "git@example.org:ada/tool.git")
    assert (await git.identity(moved)).key == first.key != ""


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://github.com/o/n.git", "github.com/o/n"),
        ("git@github.com:o/n.git", "github.com/o/n"),
        ("ssh://git@github.com:22/o/n/", "github.com/o/n"),
        ("https://token@github.com/o/n", "github.com/o/n"),
        ("/srv/git/n.git", "/srv/git/n"),
        ("", ""),
    ],
)
def test_bare_address(url: str, bare: str) -> None:
    assert git.bare_address(url) == bare


async def test_shallow_clone_has_no_first_commit(repo: Path, tmp_path: Path) -> None:
    sh(repo, "commit", "-q", "--allow-empty", "-m", "more")
    sh(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", "shallow")
    assert (await git.identity(tmp_path / "shallow")).first_commit == ""


async def test_worktree_of_a_base_and_its_end(repo: Path, tmp_path: Path) -> None:
    (repo / "a.txt").write_text("later\n")
    sh(repo, "commit", "-qam", "Later")
    await git.add_worktree(repo, tmp_path / "w 1", "HEAD~1")
    assert (tmp_path / "w 1/a.txt").read_text() == "one\ntwo\nthree\n"
    assert [t.path for t in await git.worktrees(repo)] == [repo, tmp_path / "w 1"]
    assert sh(repo, "branch", "--list").split() == ["*", "main"]
    (tmp_path / "w 1/junk").write_text("")
    await git.remove_worktree(repo, tmp_path / "w 1")
    assert not (tmp_path / "w 1").exists()
    assert len(await git.worktrees(repo)) == 1


async def test_several_worktrees_at_once(repo: Path, tmp_path: Path) -> None:
    await asyncio.gather(*(git.add_worktree(repo, tmp_path / f"w{i}") for i in range(4)))
    assert len(await git.worktrees(repo)) == 5


async def test_worktree_refusals(repo: Path, tmp_path: Path) -> None:
    with pytest.raises(git.GitError, match="no commit nowhere"):
        await git.add_worktree(repo, tmp_path / "w", "nowhere")
    with pytest.raises(git.GitError, match="no commit --exec"):
        await git.add_worktree(repo, tmp_path / "w", "--exec")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").write_text("")
    with pytest.raises(git.GitError, match="already exists"):
        await git.add_worktree(repo, tmp_path / "full")
    with pytest.raises(git.GitError):
        await git.remove_worktree(repo, repo)
    with pytest.raises(git.GitError):
        await git.remove_worktree(repo, tmp_path / "full")
    assert (tmp_path / "full/x").exists()
    assert (repo / "a.txt").exists()


async def test_a_worktree_whose_folder_is_gone_is_forgotten(repo: Path, tmp_path: Path) -> None:
    await git.add_worktree(repo, tmp_path / "w")
    shutil.rmtree(tmp_path / "w")
    await git.remove_worktree(repo, tmp_path / "w")
    assert len(await git.worktrees(repo)) == 1


async def test_recent_changes_name_lines_of_the_file_as_it_is_now(repo: Path) -> None:
    (repo / "a.txt").write_text("zero\none\ntwo\nthree\n")
    sh(repo, "commit", "-qam", "Add zero")
    (repo / "a.txt").write_text("zero\none\nthree\n++ b/x\n+++ b/y\n")
    (repo / "gone").write_text("x\n")
    sh(repo, "add", ".")
    sh(repo, "commit", "-qm", "Remove two, add two")
    (repo / "gone").unlink()
    (repo / "new").write_text("1\n2\n")
    sh(repo, "add", "new")
    assert await recent_changes(repo, 2) == {"a.txt": ((1, 1), (2, 2), (4, 5)), "new": ((1, 2),)}
    assert await recent_changes(repo, 100) == await recent_changes(repo, 2)


def test_removed_lines_that_look_like_headers_are_not_taken_for_them() -> None:
    head = b"diff --git a/q b/q\n--- a/q\n+++ b/q\n"
    patch = b"@@ -1,2 +1,1 @@\n--- a/evil\n-x\n+++ b/evil\n@@ -9 +8,0 @@ f\n-y\n"
    assert parse_hunks(head + patch) == {"q": ((1, 1), (8, 8))}


def test_committed_content(repo: Path) -> None:
    (repo / "d").mkdir()
    (repo / "d/b.bin").write_bytes(b"\0" * 100)
    sh(repo, "add", ".")
    sh(repo, "commit", "-qm", "More")
    sh(repo, "gc", "-q")  # packed objects too
    assert git.content_at(repo, "d/b.bin") == b"\0" * 100
    assert git.content_at(repo, "d/b.bin", limit=99) is None
    assert git.content_at(repo, "d/b.bin", "HEAD~1") is None
    assert git.content_at(repo, "d") is None
    assert git.content_at(repo, "nothing") is None
    assert git.content_at(repo, "a.txt", "no-such-revision") is None
