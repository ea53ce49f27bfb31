"""A scripted model that answers with the reference solutions, every k-th of them spoilt; see docs/evaluation.md."""

import argparse
import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path

from mycoder.bench.evaluation.problems import Problem, load
from mycoder.models.script import Step
from mycoder.models.scripted_server import ScriptedServer


def play(problems: list[Problem], spoil_every: int = 0) -> Callable[..., Step]:
    """Answers by what the request asks for. The `spoil_every`-th problem gets code that is wrong."""
    known = {problem.statement: number for number, problem in enumerate(problems, 1)}

    def step(request) -> Step:
        asked = "\n".join(message.text for message in request.messages if message.role == "user")
        number = next(n for statement, n in known.items() if statement in asked)
        problem = problems[number - 1]
        code = problem.reference
        if spoil_every and number % spoil_every == 0:
            code = f"def {problem.entry or 'nothing'}(*arguments, **named):\n    return object()\n"
        if re.search(r"^Design tests", asked, re.MULTILINE):
            name = problem.entry
            tests = f"# basic: it is there\ndef test_basic_there():\n    assert callable({name})\n"
            return Step(
                text=f"```python\n{tests}\n# edge: wrong\ndef test_edge_wrong():\n    assert {name} is None\n```"
            )
        return Step(text=f"Here it is.\n\n```python path=solution.py\n{code.rstrip()}\n```")

    return step


async def serve(dataset: str, data: Path, spoil_every: int) -> None:
    async with ScriptedServer(play=play(load(dataset, data), spoil_every), keeps_bodies=False) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset")
    parser.add_argument("data", type=Path)
    parser.add_argument("--spoil-every", type=int, default=0)
    given = parser.parse_args(sys.argv[1:])
    asyncio.run(serve(given.dataset, given.data, given.spoil_every))
