"""Start-up time is a feature: what stands between the start and the first request stays light."""

import subprocess
import sys

HEAVY = {
    *("litellm", "httpx", "httpcore", "openai", "tiktoken", "pydantic", "yaml"),
    *("argparse", "difflib", "email", "hashlib", "http.client", "ipaddress", "json", "random"),
    *("shutil", "tempfile", "tomllib", "urllib"),
}


def loaded(statement: str) -> set[str]:
    before = "import sys, asyncio, msgspec, h11\nbefore = set(sys.modules)"
    code = f"{before}\n{statement}\nprint(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_the_way_to_the_first_request_imports_nothing_heavy() -> None:
    modules = loaded("import mycoder.models.registry, mycoder.models.retry, mycoder.models.tokens")
    assert not modules & HEAVY
    assert not any(name.startswith("mycoder.models.script") for name in modules)
    assert "mycoder.models.litellm" not in modules
    foreign = {name.partition(".")[0] for name in modules} - {"mycoder"}
    # What asyncio, msgspec and h11 have not loaded already, all of it small.
    assert foreign <= {"fnmatch", "importlib", "zlib"}, foreign


def test_opening_a_model_and_a_local_request_import_nothing_more() -> None:
    modules = loaded(
        "import asyncio\n"
        "from mycoder.models.registry import open_model\n"
        "from mycoder.protocol.messages import Message, Request\n"
        "async def main():\n"
        "    model = open_model('openai/x', base_url='http://127.0.0.1:9/v1', env={})\n"
        "    return [d async for d in model.stream(Request((Message('user', 'hi'),)))]\n"
        "assert asyncio.run(main())[-1].kind == 'connection'"
    )
    assert not modules & HEAVY
