"""Embeddings from a real server on loopback: they change the order, and words alone decide when it is away."""

import asyncio
import json

import pytest

from mycoder.config.retrieval_settings import Retrieval
from mycoder.workflows.likeness import likeness
from mycoder.workspace.retrieval import rank
from mycoder.workspace.retrieval_index import open_index

TASK = "the total is wrong"
FILES = {
    "words.py": "def total(total_of):\n    return total_of  # total total\n",
    "meaning.py": "def amount_due(order):\n    return sum(order)\n",
    "far.py": "def parse(text):\n    return text.split()\n",
}


class Server:
    """Answers each text by a vector that `vector` chooses; `asked` holds what came in."""

    def __init__(self, vector, status=200):
        self.vector, self.status, self.asked, self.heads = vector, status, [], []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        length = next(
            int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")
        )
        texts = json.loads(await reader.readexactly(length))["input"]
        self.asked += texts
        data = [{"index": n, "embedding": self.vector(text)} for n, text in enumerate(texts)]
        body = json.dumps({"data": data[::-1]}).encode()
        writer.write(
            f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()


@pytest.fixture
def place(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text)
    return root, open_index(root, tmp_path / "index")


def by_meaning(text):
    return [1.0, 0.0] if text == TASK or text.startswith("meaning.py") else [0.0, 1.0]


def first(index, **more):
    return [found.path for found in rank(TASK, index, **more)]


async def test_they_bring_what_has_other_words_and_the_key_goes_along(place):
    root, index = place
    assert first(index)[0] == "words.py"
    assert "meaning.py" not in first(index)
    async with Server(by_meaning) as server:
        settings = Retrieval(embeddings_url=server.url, embeddings_model="m", embeddings_key_env="EMBED_KEY")
        found = await likeness(TASK, index, root, settings, {"EMBED_KEY": "k-1"})
    assert not found.problem
    assert found.scores["meaning.py"] == 1.0
    assert "meaning.py" in first(index, likeness=found.scores)[:2]
    assert "authorization: bearer k-1" in server.heads[0].lower()
    assert server.asked[0] == TASK


async def test_what_must_not_leave_is_taken_out_before(place):
    root, index = place
    (root / "words.py").write_text(FILES["words.py"].replace("total total", "sk-secret"))
    async with Server(by_meaning) as server:
        settings = Retrieval(embeddings_url=server.url, embeddings_model="m")
        await likeness(TASK, index, root, settings, {}, lambda text: text.replace("sk-secret", "[redacted]"))
    assert "sk-secret" not in "".join(server.asked)
    assert "[redacted]" in "".join(server.asked)


@pytest.mark.parametrize("kind", ["away", "status", "short", "garbage", "url"])
async def test_without_an_answer_words_alone_decide_and_it_is_said(place, kind):
    root, index = place
    vector = {"short": lambda text: [1.0] * (1 + len(text) % 2), "garbage": lambda text: "x"}.get(
        kind, by_meaning
    )
    async with Server(vector, 500 if kind == "status" else 200) as server:
        url = {"away": "http://127.0.0.1:9/v1", "url": "ftp://x"}.get(kind, server.url)
        settings = Retrieval(embeddings_url=url, embeddings_model="m", embeddings_seconds=5)
        found = await likeness(TASK, index, root, settings, {})
    assert found.scores == {}
    assert found.problem.startswith("Found by words alone, because")


async def test_nothing_is_asked_without_a_setting(place):
    root, index = place
    assert (await likeness(TASK, index, root, Retrieval(), {})).scores == {}
