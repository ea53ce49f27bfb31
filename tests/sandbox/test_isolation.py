"""Real attacks against real levels: what a command must not be able to do. Skipped, loudly, where a level is
missing."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from mycoder.sandbox.sandbox import Sandbox
from tests.sandbox.conftest import SECRET, Opener, git, sh

pytestmark = pytest.mark.isolation


@pytest.mark.parametrize(
    "place",
    [
        "{home}/.bashrc",
        "{home}/new",
        "{home}/work/beside",
        "/etc/mycoder-was-here",
        "/usr/x",
        "{home}/.ssh/authorized_keys",
    ],
)
async def test_nothing_outside_is_written(isolating: Sandbox, home: Path, place: str) -> None:
    target = Path(place.format(home=home))
    before = target.read_bytes() if target.exists() else None
    for command in (
        f"echo x > {target}",
        f"ln -sf /bin/sh {target}",
        f"mv a.txt {target}",
        f"rm -f {target}; touch {target}",
    ):
        await sh(isolating, command)
    assert (target.read_bytes() if target.exists() else None) == before
    assert not target.is_symlink()


async def test_nothing_outside_is_deleted_or_moved(isolating: Sandbox, home: Path) -> None:
    await sh(isolating, "rm -rf ~/.ssh ~/.gitconfig ../../.bashrc; mv ~/.aws ./aws; rm -rf ~ / 2>/dev/null")
    assert (home / ".ssh" / "id_ed25519").read_text() == SECRET
    assert (home / ".gitconfig").exists()
    assert (home / ".bashrc").exists()
    assert (home / ".aws").is_dir()


async def test_the_rest_of_home_can_be_read(isolating: Sandbox) -> None:
    """Else the tests of what cannot be read would show nothing."""
    assert (await sh(isolating, "cat ~/.bashrc")).output == "# mine\n"


async def test_the_repository_and_tmp_are_written(isolating: Sandbox) -> None:
    completed = await sh(
        isolating,
        "echo x > new && rm a.txt && mkdir -p d/e && mv new d/e/ && echo y > $TMPDIR/t && "
        "cat d/e/new $TMPDIR/t",
    )
    assert completed.output == "x\ny\n"
    assert (isolating.root / "d" / "e" / "new").read_text() == "x\n"
    assert (await sh(isolating, "cat $TMPDIR/t")).output == "y\n", "tmp lasts for the session"


async def test_credentials_cannot_be_read(isolating: Sandbox, home: Path) -> None:
    completed = await sh(
        isolating,
        "cat ~/.ssh/* ~/.aws/* ~/.netrc ~/.config/gcloud/* ~/.mozilla/*; cp -r ~/.ssh . ; "
        "cat .ssh/*; ln -s ~/.netrc l; cat l; grep -r CANARY ~ 2>/dev/null",
    )
    assert SECRET not in completed.output


async def test_own_folders_cannot_be_read(open_at: Opener, isolating: Sandbox, tmp_path: Path) -> None:
    private = tmp_path / "state" / "mycoder"
    private.mkdir(parents=True)
    (private / "log").write_text(SECRET)
    hiding = open_at(isolating.level, hidden=(private,))
    assert SECRET not in (await sh(hiding, f"cat {private}/log; ls -la {private}")).output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could read it at all")
async def test_password_hashes_cannot_be_read(isolating: Sandbox) -> None:
    assert ":" not in (await sh(isolating, "cat /etc/shadow 2>/dev/null")).output


async def test_the_environment_of_others_cannot_be_read(isolating: Sandbox) -> None:
    """Case 73: the keys of mycoder are in its own environment."""
    completed = await sh(
        isolating,
        f""
        f"cat /proc/$PPID/environ /proc/{os.getpid()}/environ /proc/{os.getppid()}/environ /proc/1/environ | "
        f"tr '\\0' '\\n'",
    )
    assert "PYTEST_CURRENT_TEST" not in completed.output


async def test_mycoder_cannot_be_signalled(isolating: Sandbox) -> None:
    completed = await sh(isolating, f"kill -0 {os.getpid()} && echo reached")
    assert "reached" not in completed.output


TOUCH = (
    "import socket; s = socket.create_connection(('127.0.0.1', {port}), 2); s.send(b'hi'); print('reached')"
)

NETWORK = {
    "bash": "exec 3<>/dev/tcp/127.0.0.1/{port} && echo reached",
    "curl": "curl -s -m 2 http://127.0.0.1:{port}/ && echo reached",
    "python": f'{sys.executable} -c "{TOUCH}"',
    "udp": "echo x > /dev/udp/127.0.0.1/{port} && echo sent",
}


@pytest.mark.parametrize("way", NETWORK)
async def test_there_is_no_way_to_a_server_outside(isolating: Sandbox, way: str) -> None:
    connections = []
    server = await asyncio.start_server(lambda reader, writer: connections.append(writer), "127.0.0.1", 0)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    port = server.sockets[0].getsockname()[1]
    udp.bind(("127.0.0.1", port))
    udp.setblocking(False)
    try:
        completed = await sh(isolating, NETWORK[way].format(port=port))
        assert "reached" not in completed.output
        await asyncio.sleep(0.05)
        assert not connections
        with pytest.raises(BlockingIOError):
            udp.recv(10)
    finally:
        server.close()
        udp.close()


async def test_network_can_be_granted(isolating: Sandbox) -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        assert "reached" in (await sh(isolating, NETWORK["bash"].format(port=port), network=True)).output
    finally:
        server.close()


async def test_sockets_of_other_programs_cannot_be_reached(
    isolating: Sandbox, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desktop's message bus or a container daemon would run commands for us (case 67)."""
    monkeypatch.chdir(home)
    abstract = f"\0mycoder-test-{os.getpid()}"
    places = ["/run/mycoder-test.sock"] if os.access("/run", os.W_OK) else []
    servers = [
        await asyncio.start_unix_server(lambda reader, writer: writer.close(), place)
        for place in (*places, abstract)
    ]
    try:
        for place in (*places, "\\0" + abstract[1:]):
            code = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{place}'); print('reached')"
            assert "reached" not in (await sh(isolating, f'{sys.executable} -c "{code}"')).output
    finally:
        for server in servers:
            server.close()
        for place in places:
            os.unlink(place)


async def test_bubblewrap_has_a_loopback_of_its_own(bubblewrap: Sandbox) -> None:
    """Tests that start a server have to work."""
    code = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); "
        "c = socket.create_connection(s.getsockname()); "
        "s.accept()[0].send(b'own'); print(c.recv(9))"
    )
    assert (await sh(bubblewrap, f'{sys.executable} -c "{code}"')).output == "b'own'\n"


PROTECTED = {
    "hook": "echo evil > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit",
    "config": "git config core.fsmonitor ./evil; echo '[core] fsmonitor = x' >> .git/config",
    "config by rename": "cp .git/config c; echo '[core] fsmonitor = x' >> c; mv -f c .git/config",
    "git directory replaced": "mv .git g; mkdir -p .git/hooks; "
    "echo evil > .git/hooks/pre-commit; cp -r g/* .git/; "
    "echo '[core] fsmonitor = x' >> .git/config",
    "hooks by rename": "mv .git/hooks h; mkdir .git/hooks; echo evil > .git/hooks/pre-commit",
    "hooks by rmdir": "rm -rf .git/hooks; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit",
    "commondir": "mkdir d; cp -r .git/* d/; echo '[core] fsmonitor = x' >> d/config; "
    "echo ../d > .git/commondir",
    "absent mycoder": "mkdir -p .mycoder; echo 'mode = \"auto\"' > .mycoder/config.toml",
    "absent mcp": "echo '{}' > .mcp.json; rm -rf .mcp.json; mv a.txt .mcp.json; ln -sf a.txt .mcp.json",
    "absent vscode": "mkdir -p .vscode; echo '{}' > .vscode/tasks.json",
    "absent by rename": "mkdir x; echo '{}' > x/tasks.json; mv x .vscode; "
    "mv -T x .vscode; rmdir .vscode; mv x .vscode",
    "agent folders": "mkdir -p .claude .cursor .codex; echo '{}' | "
    "tee .claude/settings.json .cursor/mcp.json .codex/config.toml",
}


def protected_state(root: Path) -> dict[str, object]:
    names = [
        ".git/config",
        ".git/hooks",
        ".git/commondir",
        ".mycoder",
        ".mcp.json",
        ".vscode",
        ".claude",
        ".cursor",
        ".codex",
    ]
    state: dict[str, object] = {}
    for name in names:
        path = root / name
        if path.is_symlink() or not path.exists():
            state[name] = path.is_symlink()
        elif path.is_dir():
            state[name] = {p.name: p.read_bytes() for p in sorted(path.iterdir())}
        else:
            state[name] = path.read_bytes()
    return state


@pytest.mark.parametrize("way", PROTECTED)
async def test_protected_names_are_as_before(isolating: Sandbox, way: str) -> None:
    before = protected_state(isolating.root)
    await sh(isolating, PROTECTED[way])
    await isolating.close()
    assert protected_state(isolating.root) == before
    assert git(isolating.root, "status", "--porcelain", "--untracked-files=no", "a.txt") in ("", " D a.txt\n")


async def test_a_protected_name_that_is_there_stays(isolating: Sandbox) -> None:
    (isolating.root / ".vscode").mkdir()
    (isolating.root / ".vscode" / "tasks.json").write_text("mine")
    (isolating.root / ".mcp.json").write_text("mine")
    await sh(
        isolating,
        "echo evil > .vscode/tasks.json; echo evil > .vscode/new; echo evil > .mcp.json; "
        "rm -rf .vscode .mcp.json; mv .vscode v",
    )
    assert protected_state(isolating.root)[".vscode"] == {"tasks.json": b"mine"}
    assert (isolating.root / ".mcp.json").read_text() == "mine"


async def test_a_protected_name_that_is_a_link_stays(isolating: Sandbox) -> None:
    (isolating.root / "tools").mkdir()
    (isolating.root / "tools" / "tasks.json").write_text("mine")
    (isolating.root / ".vscode").symlink_to("tools")
    await sh(
        isolating, "echo evil > .vscode/tasks.json; rm .vscode; mkdir .vscode; echo evil > .vscode/tasks.json"
    )
    assert os.readlink(isolating.root / ".vscode") == "tools"


async def test_a_dangling_link_of_that_name_does_not_stop_the_sandbox(isolating: Sandbox, home: Path) -> None:
    (isolating.root / ".mcp.json").symlink_to(home / "elsewhere")
    (isolating.root / ".mycoder").symlink_to("/")
    completed = await sh(isolating, "echo evil > .mcp.json; echo works")
    assert completed.output.endswith("works\n")
    assert not (home / "elsewhere").exists()


async def test_hooks_that_the_config_names_are_protected(isolating: Sandbox) -> None:
    git(isolating.root, "config", "core.hooksPath", ".githooks")
    (isolating.root / ".githooks").mkdir()
    await sh(isolating, "echo evil > .githooks/pre-commit")
    assert not list((isolating.root / ".githooks").iterdir())


async def test_nothing_stays_of_the_masks(isolating: Sandbox) -> None:
    before = sorted(os.listdir(isolating.root))
    await asyncio.gather(*(sh(isolating, "sleep 0.2; ls -a") for _ in range(3)))
    assert git(isolating.root, "status", "--porcelain") == ""
    await asyncio.sleep(0.5)
    assert sorted(os.listdir(isolating.root)) == before


async def test_masks_of_a_killed_session_are_taken_away_by_the_next(
    bubblewrap: Sandbox, open_at: Opener
) -> None:
    kept = next((bubblewrap._place.cache or Path()).glob("sandbox/*"), None) or pytest.fail("no kept folder")
    left = bubblewrap.root / ".vscode"
    left.mkdir()
    (kept / "masks").write_bytes(os.fsencode(left) + b"\0")
    await sh(bubblewrap, "true")
    await bubblewrap.close()
    assert not left.exists()


async def test_git_works_for_what_a_command_may_do(isolating: Sandbox) -> None:
    completed = await sh(
        isolating,
        "echo two >> a.txt; git status --short; git diff --stat; git add -A && "
        "git commit -qm second && git log --oneline | wc -l; git stash list; "
        "git branch other && git checkout -q other && echo ok",
    )
    assert "M a.txt" in completed.output
    assert completed.output.endswith("2\nok\n")
    assert git(isolating.root, "log", "-1", "--format=%s %an").strip() == "second A"
    assert git(isolating.root, "show", "--stat", "--format=").count("|") == 1, "no mask was added"


async def test_git_works_in_a_linked_work_tree(isolating: Sandbox, open_at: Opener, home: Path) -> None:
    tree = home / "work" / "tree"
    git(isolating.root, "worktree", "add", "-q", "-b", "side", str(tree))
    linked = open_at(isolating.level, root=tree)
    completed = await sh(
        linked,
        "echo two >> a.txt; git commit -qam second && git log --oneline | wc -l; "
        "echo gitdir: /tmp > .git; git config core.fsmonitor x; echo y > ../app/a.txt",
    )
    assert completed.output.startswith("2\n")
    assert git(tree, "log", "-1", "--format=%s").strip() == "second"
    assert "fsmonitor" not in (isolating.root / ".git" / "config").read_text()
    assert (isolating.root / "a.txt").read_text() == "one\n"


async def test_a_forged_git_file_opens_no_other_folder(
    open_at: Opener, isolating: Sandbox, home: Path
) -> None:
    """Case 42: a repository that says its git directory is somebody's folder."""
    forged = home / "work" / "forged"
    forged.mkdir()
    victim = home / "victim" / "worktrees" / "x"
    victim.mkdir(parents=True)
    for name in ("HEAD", "objects", "refs"):
        (home / "victim" / name).mkdir()
    (forged / ".git").write_text(f"gitdir: {victim}\n")
    sandbox = open_at(isolating.level, root=forged)
    await sh(sandbox, f"echo evil > {victim}/gitdir; echo evil > {home}/victim/config")
    assert not list(victim.iterdir())
    assert not (home / "victim" / "config").exists()


async def test_a_folder_without_git_cannot_get_a_poisoned_one(
    isolating: Sandbox, open_at: Opener, home: Path
) -> None:
    bare = home / "work" / "plain"
    bare.mkdir()
    sandbox = open_at(isolating.level, root=bare)
    await sh(sandbox, "git init -q .; git config core.fsmonitor ./evil; echo x > f")
    await sandbox.close()
    assert sorted(os.listdir(bare)) == ["f"]


async def test_a_repository_that_is_the_home_directory(
    isolating: Sandbox, open_at: Opener, home: Path
) -> None:
    sandbox = open_at(isolating.level, root=home)
    completed = await sh(sandbox, "echo evil >> .bashrc; echo evil > .zshenv; cat .ssh/*; echo fine > notes")
    assert (home / "notes").read_text() == "fine\n"
    assert SECRET not in completed.output or "can be read" in sandbox.description
    assert (home / ".bashrc").read_text() == "# mine\n"
    await sandbox.close()
    assert not (home / ".zshenv").exists()


async def test_shell_files_linked_into_the_repository_are_protected(isolating: Sandbox, home: Path) -> None:
    """A dotfiles repository."""
    (isolating.root / "zshrc").write_text("mine")
    (home / ".zshrc").symlink_to(isolating.root / "zshrc")
    await sh(isolating, "echo evil > zshrc")
    assert (isolating.root / "zshrc").read_text() == "mine"


async def test_more_folders_can_be_writable(
    isolating: Sandbox, open_at: Opener, home: Path, tmp_path: Path
) -> None:
    for name in ("lasting", "once"):
        (tmp_path / name).mkdir()
    sandbox = open_at(isolating.level, writable=(tmp_path / "lasting",))
    command = f"echo a > {tmp_path}/lasting/f; echo b > {tmp_path}/once/f"
    await sh(sandbox, command)
    assert (tmp_path / "lasting" / "f").exists()
    assert not (tmp_path / "once" / "f").exists()
    await sh(sandbox, command, writable=(tmp_path / "once",))
    assert (tmp_path / "once" / "f").exists()


async def test_the_cache_at_home_is_private_but_shows_the_real_one(bubblewrap: Sandbox, home: Path) -> None:
    completed = await sh(
        bubblewrap,
        "cat ~/.cache/tool/thing; echo x > ~/.cache/new; echo evil > ~/.cache/tool/thing; "
        "mkdir ~/.cache/go-build; cat ~/.cache/new",
    )
    assert completed.output.startswith("cached")
    assert completed.output.endswith("x\n")
    assert (home / ".cache" / "tool" / "thing").read_text() == "cached"
    assert os.listdir(home / ".cache") == ["tool"]
    assert (await sh(bubblewrap, "cat ~/.cache/new")).output == "x\n"


async def test_tokens_in_the_cache_are_hidden_wherever_it_is_seen(bubblewrap: Sandbox, home: Path) -> None:
    token = home / ".cache" / "huggingface" / "token"
    token.parent.mkdir()
    token.write_text(SECRET)
    assert (
        SECRET
        not in (await sh(bubblewrap, "cat ~/.cache/huggingface/token; grep -r CANARY ~/.cache /run")).output
    )


async def test_tmp_of_the_machine_is_not_seen(isolating: Sandbox) -> None:
    place = Path("/tmp") / f"mycoder-test-{os.getpid()}"
    place.write_text(SECRET)
    try:
        assert SECRET not in (await sh(isolating, f"cat {place}; echo evil > {place}")).output
        assert place.read_text() == SECRET
    finally:
        place.unlink()


async def test_no_capability_is_left(isolating: Sandbox) -> None:
    completed = await sh(isolating, "grep -E 'Cap(Eff|Prm|Inh|Amb)|NoNewPrivs' /proc/self/status")
    for line in completed.output.splitlines():
        name, _, value = line.partition(":")
        assert int(value, 16) == (name == "NoNewPrivs"), line
    assert completed.output.count("\n") == 5


@pytest.mark.parametrize("name", ["kernel/core_pattern", "vm/overcommit_memory", "fs/file-max"])
async def test_the_machine_cannot_be_reconfigured(isolating: Sandbox, name: str) -> None:
    """Root without capabilities may still write settings of the kernel, unless they are out of reach. Writes
    what is there already, so that a broken sandbox does no harm."""
    completed = await sh(
        isolating, f"p=/proc/sys/{name}; c=$(cat $p) && echo read; echo $c > $p && echo written"
    )
    assert completed.output.startswith("read\n")
    assert "written" not in completed.output


async def test_disks_cannot_be_opened(isolating: Sandbox) -> None:
    completed = await sh(
        isolating,
        "for d in /dev/vda /dev/sda /dev/nvme0n1 /dev/mem /dev/kmsg; "
        "do head -c 1 $d >/dev/null 2>&1 && echo $d opened; done; true",
    )
    assert "opened" not in completed.output


async def test_a_setuid_program_gains_nothing(isolating: Sandbox) -> None:
    completed = await sh(
        isolating,
        "cp /bin/bash b; chmod u+s b; ./b -p -c 'echo x > /etc/mycoder-was-here'; sudo -n id 2>&1 | head -1",
    )
    assert not Path("/etc/mycoder-was-here").exists()
    assert completed.exit_code is not None


async def test_a_hard_link_out_of_the_repository_is_refused(isolating: Sandbox, home: Path) -> None:
    await sh(isolating, "ln ~/.gitconfig hard && echo evil >> hard")
    assert "evil" not in (home / ".gitconfig").read_text()


async def test_commands_carry_nothing_over(isolating: Sandbox) -> None:
    """Cases 22 and 23: functions, variables and directories of one call are not there in the next."""
    await sh(
        isolating, "export PAGER=./evil; git() { echo evil; }; export -f git; alias ls=evil; cd /; umask 0"
    )
    completed = await sh(isolating, "echo $PAGER; type -t git; pwd; umask")
    assert completed.output == f"cat\nfile\n{isolating.root}\n{(await sh(isolating, 'umask')).output}"


async def test_python_pytest_and_node_work(isolating: Sandbox) -> None:
    (isolating.root / "test_it.py").write_text(
        "def test_it(tmp_path):\n    (tmp_path / 'x').write_text('y')\n"
    )
    completed = await sh(
        isolating,
        f"{sys.executable} -m pytest -q -p no:cacheprovider test_it.py 2>&1; "
        f"{sys.executable} -m venv --without-pip v && v/bin/python -c 'print(7)'; "
        f"command -v node >/dev/null && node -e 'console.log(8)' || echo 8",
        seconds=60,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert "1 passed" in completed.output
    assert completed.output.endswith("7\n8\n")
