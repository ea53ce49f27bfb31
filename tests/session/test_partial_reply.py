"""A reply that is being streamed when the process is killed is there on resume, but for its last second."""

import asyncio
import sys

from mycoder.config.paths import Paths
from mycoder.models.script import Script, Step
from mycoder.models.scripted_server import ScriptedServer
from mycoder.session import Session
from mycoder.session.store import Store
from mycoder.ui.entries import End, Reply
from mycoder.ui.transcript import Transcript

WORDS = "word " * 400
RUN = """
import asyncio, sys
from mycoder.session import Session
async def main():
    async with Session.open(sys.argv[1], is_ephemeral=False) as session:
        print(session.id, flush=True)
        async for event in session.run("say much"):
            pass
asyncio.run(main())
"""


async def test_the_partial_reply_of_a_killed_process_is_in_the_log(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    script = Script(name="slow", steps=(Step(text=WORDS, pace=0.02, chunk=10),))
    async with ScriptedServer(script) as server:
        env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "OPENAI_API_KEY": "sk-1"}
        env["OPENAI_BASE_URL"] = server.url
        command = (sys.executable, "-c", RUN, str(root))
        process = await asyncio.create_subprocess_exec(*command, env=env, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        session = (await process.stdout.readline()).decode().strip()
        store = Store(Paths.from_env(env).state)
        for _ in range(200):
            await asyncio.sleep(0.05)
            if replies(store, session):
                break
        process.kill()
        await process.wait()
        found = replies(store, session)
        assert found, "nothing of the reply was stored before the kill"
        assert WORDS.startswith(found[0].text)
        async with Session.open(root, env=env, resume=session) as again:
            seen = Transcript()
            for event in again._parts.history():
                seen.push(event)
        said = [entry for entry in seen.entries if isinstance(entry, Reply)]
        assert len(said) == 1, "the stored pieces are one reply again"
        assert said[0].text == found[0].text or said[0].text.startswith(found[0].text)
        assert isinstance(seen.entries[-1], End)
        assert seen.entries[-1].reason == "interrupted"


def replies(store, session):
    seen = Transcript()
    for event in store.read(session):
        seen.push(event)
    return [entry for entry in seen.entries if isinstance(entry, Reply)]
