"""Canaries: secrets are planted wherever one can come from, and every byte that was sent, shown or stored is
searched for them."""

import json
import os
import stat
import zlib
from pathlib import Path

import pytest

from mycoder.models.script import Fault, When
from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import call, mycoder, repository, say, task

pytestmark = pytest.mark.e2e

CANARIES = {
    "key of the session": "sk-canary-9f3",
    "variable": "cnry-a1b2c3d4e5f6-environment",
    "file": "ghp_cAnArY0123456789abcdefghijABCDEFGHIJ",
    "named value": "Tr0ub4dor-canary-file",
    "address": "p4ss-canary-remote",
    "output": "xoxb-123456789012-canary0output1abcdefghij",
    "full output": "glpat-canary0full1output23",
    "error": "AIzaCANARY0123456789abcdefghijABCDEFGHIJ",
    "words of the model": "sk-ant-canary0words1of2the3model4abcdef",
    "words of the person": "hf_cAnArY0123456789abcdefghijABCD",
}

FILES = {
    "config.py": f'TOKEN = "{CANARIES["file"]}"\npassword = "{CANARIES["named value"]}"\nname = "one"\n',
    ".env": f"SERVICE_TOKEN={CANARIES['named value']}\nOPENAI_BASE_URL=http://127.0.0.1:9/evil\n",
}


def steps():
    words = CANARIES["words of the model"]
    return (
        call(
            ("read", {"path": "config.py"}),
            ("shell", {"command": "cat .env; git remote -v; env"}),
            text=f"I use {words[:9]}",
            fail=Fault(kind="status", status=500, message=f"Incorrect API key provided: {CANARIES['error']}"),
        ),
        call(
            ("shell", {"command": f"echo {CANARIES['output'][:8]}''{CANARIES['output'][8:]}"}),
            ("shell", {"command": f"for i in $(seq 9000); do echo line-$i; done; echo {CANARIES['full output'][:7]}''{CANARIES['full output'][7:]}; seq 9000"}),
            text=f"The key is {words}, as I said.",
        ),
        call(("edit", {"path": "config.py", "old": 'name = "one"', "new": 'name = "two"'})),
        say(f"Done with {words}."),
    )  # fmt: skip


def every_byte(folder: Path):
    """(file, content) below `folder`, with what our own stores have compressed."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        data = path.read_bytes()
        yield path, data
        try:
            yield path, zlib.decompress(data)
        except zlib.error:
            continue


def is_own_copy(path: Path) -> bool:
    """Contents of the person's own files, kept so that a change can be undone."""
    return "projects" in path.parts and "blobs" in path.parts


def assert_clean(where: str, data: bytes, names=CANARIES) -> None:
    for name in names:
        assert CANARIES[name].encode() not in data, f"the {name} is in {where}"


@pytest.fixture
async def place(tmp_path):
    root = repository(tmp_path / "r", FILES)
    (root / ".git/config").open("a").write(
        f'[remote "origin"]\n\turl = https://me:{CANARIES["address"]}@example.invalid/r.git\n'
    )
    return {"cwd": root, "home": tmp_path / "h"}


async def test_no_canary_is_sent_shown_or_stored(place):
    async with ScriptedServer(steps()) as server:
        ran = await task(
            f"mend the name, my key is {CANARIES['words of the person']}",
            "--allow-unverified",
            "--set",
            "retry.first_delay=0.01",
            server=server,
            **place,
            CANARY_TOKEN=CANARIES["variable"],
        )
        sent = b"".join(request.body for request in server.requests)
        heads = b"".join(repr(request.headers).encode() for request in server.requests)
    assert ran.code == 0, ran.err
    assert CANARIES["key of the session"].encode() in heads, "the key itself goes where it belongs"
    assert_clean("a request", sent)
    assert_clean("the stream", ran.out.encode())
    assert_clean("standard error", ran.err.encode())
    assert ran.out.count("[redacted:") > 8
    searched = 0
    for path, data in every_byte(place["home"]):
        if not is_own_copy(path):
            assert_clean(str(path), data)
            searched += 1
    assert searched > 4
    assert (place["cwd"] / "config.py").read_text() == FILES["config.py"].replace("one", "two")
    for form in ("md", "json"):
        session = ran.events[1]["session"]
        exported = await mycoder("sessions", "export", session, "--format", form, **place)
        assert exported.code == 0
        assert "[redacted:" in exported.out
        assert_clean(f"the export as {form}", exported.out.encode())


async def test_a_resumed_session_repeats_its_redacted_bytes(place):
    first_steps = (
        call(("read", {"path": "config.py"})),
        say("Read.", when=When(results=1, replies=1)),
        say("Again.", when=When(replies=2)),
    )
    async with ScriptedServer(first_steps) as server:
        await task("look", "--allow-unverified", server=server, **place)
        await task("again", "--continue", "--allow-unverified", server=server, **place)
    before, after = (json.loads(server.requests[n].body)["messages"] for n in (1, 2))
    assert after[: len(before)] == before
    assert "[redacted:github-token:" in json.dumps(before)


async def test_a_key_is_kept_in_a_file_that_is_edited_around_it(place):
    def model(request):
        last = request.messages[-1].text
        if "config.py" not in last and "[redacted:" in last:
            line = next(line for line in last.splitlines() if "TOKEN" in line).split("\t")[-1]
            edit = {"path": "config.py", "old": line, "new": f"{line}  # from the vault"}
            return {"calls": [{"tool": "edit", "arguments": edit}]}
        done = any(m.role == "tool" for m in request.messages)
        return (
            {"text": "Done."} if done else {"calls": [{"tool": "read", "arguments": {"path": "config.py"}}]}
        )

    async with ScriptedServer((), model) as server:
        ran = await task("note where it is from", "--allow-unverified", server=server, **place)
    text = (place["cwd"] / "config.py").read_text()
    assert text.splitlines()[0] == f'TOKEN = "{CANARIES["file"]}"  # from the vault', ran.out
    assert_clean("the stream", ran.out.encode())


async def test_everything_written_is_private_whatever_the_umask(place):
    before = os.umask(0)
    try:
        async with ScriptedServer(steps()) as server:
            ran = await task("mend", "--allow-unverified", server=server, **place)
        await mycoder("trust", "--yes", **place)
        await mycoder("config", "set", "ui.theme", "x", **place)
    finally:
        os.umask(before)
    assert ran.code == 0
    seen = 0
    for path in place["home"].rglob("*"):
        if (
            path == place["home"]
            or "mycoder" not in path.relative_to(place["home"]).parts
            or path.is_symlink()
        ):
            continue
        status = path.lstat()
        seen += 1
        assert not status.st_mode & 0o077, f"{path} has the mode {stat.filemode(status.st_mode)}"
    assert seen > 10


async def test_a_crash_leaves_no_secret_in_the_log(place):
    command = (
        "import sys\nfrom mycoder.cli import here\n"
        f"def fault(values): raise RuntimeError('lost {CANARIES['variable']} and {CANARIES['file']}')\n"
        "here.Here.of = fault\nfrom mycoder.__main__ import main\nsys.exit(main())"
    )
    import sys

    ran = await mycoder(
        "--task", "x", command=(sys.executable, "-c", command), **place, CANARY_TOKEN=CANARIES["variable"]
    )
    log = place["home"] / ".local/state/mycoder/mycoder.log"
    assert "RuntimeError: lost [redacted:own-key:" in log.read_text()
    assert_clean("standard error", ran.err.encode())
    assert_clean("the log", log.read_bytes())


async def test_dot_env_of_the_project_is_never_loaded(place):
    async with ScriptedServer((say("Hello."),)) as server:
        ran = await task("hello", "--allow-unverified", server=server, **place)
        assert len(server.requests) == 1, "the address in .env was not taken"
    assert ran.code == 0
    probe = (
        "import os, sys\nfrom mycoder.models.litellm import _load\n_load().result()\n"
        "print(os.environ.get('SERVICE_TOKEN', 'not loaded'), os.environ.get('OPENAI_BASE_URL', 'not loaded'))"
    )
    import sys

    pytest.importorskip("litellm")
    ran = await mycoder(command=(sys.executable, "-c", probe), **place)
    assert ran.out.split("\n")[-2] == "not loaded not loaded", ran.err
