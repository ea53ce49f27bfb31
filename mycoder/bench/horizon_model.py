"""The scripted model of the horizon benchmark: what it does at each step, what was planted, and the quiz."""

import random
import re
from pathlib import Path
from typing import Any

import msgspec

from mycoder.agent.notes import QUESTION
from mycoder.protocol.messages import Request

PLANTED = 40
UNTIL = 100
"""Literals are planted in steps 1 to this one, or in the first quarter of a shorter run."""

TASKS = (
    "T1 read the service notes",
    "T1.1 write down every port and id",
    "T2 migrate the handlers",
    "T3 answer the quiz",
)
GOAL = "every handler of the ledger is migrated and the quiz is answered"
WORDS = (
    "amber",
    "basil",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "inlet",
    "juniper",
    "kelp",
    "lotus",
    "maple",
    "nectar",
    "onyx",
    "pearl",
)


def literals(seed: int = 7) -> list[tuple[str, str, str]]:
    """Forty sentences, each with the value in it (port, id, path, flag, address, named number) and whose it is."""
    chance = random.Random(seed)
    made = []
    for number in range(PLANTED):
        word = f"{chance.choice(WORDS)}_{number}"
        port, key = chance.randint(10_000, 60_000), f"{chance.getrandbits(48):012x}"
        kinds = (
            (f"The service {word} listens on port {port}.", str(port)),
            (f"{word.upper()}_LIMIT={port}", f"{word.upper()}_LIMIT={port}"),
            (f"The build id of {word} is {key}.", key),
            (f"The data of {word} is in /srv/{word}/{key}.db now.", f"/srv/{word}/{key}.db"),
            (f"Start {word} with --shard={port} and nothing else.", f"--shard={port}"),
            (f"{word} answers at http://10.1.{number}.9:{port}/v1", f"http://10.1.{number}.9:{port}/v1"),
            (f"The change for {word} is tracked as LEDGER-{port}.", f"LEDGER-{port}"),
            (f"{word} uses the seed {port} in its tests.", str(port)),
        )
        made.append((*kinds[number % len(kinds)], word))
    return made


def plant(folder: Path, steps: int, seed: int = 7) -> None:
    """A file of notes for each step: prose, a line as logs have them, and in some of the early ones a literal."""
    chance = random.Random(seed + 1)
    notes = folder / "notes"
    notes.mkdir()
    until = min(UNTIL, steps // 4)
    where = (
        {1 + (number * (until - 1)) // PLANTED: number for number in range(PLANTED)}
        if until >= PLANTED
        else {}
    )
    told = literals(seed)
    for step in range(1, steps + 1):
        lines = [
            " ".join(chance.choice(WORDS) for _ in range(chance.randint(6, 14))) + f" in part {step}."
            for _ in range(8)
        ]
        place = f'"/usr/lib/python3/{chance.choice(WORDS)}.py", line {chance.randint(1, 900)}'
        noise = f"  File {place}, ok after {step} ms"
        lines.insert(chance.randint(0, 8), noise)
        if step in where:
            lines.insert(chance.randint(0, 8), told[where[step]][0])
        elif not where and step <= until:
            share = told[(step - 1) * PLANTED // until : step * PLANTED // until]
            lines[3:3] = [sentence for sentence, _, _ in share]
        (notes / f"step-{step:04d}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "ledger.py").write_text("done = 0\n", encoding="utf-8")


class Actor:
    """Answers requests. What step it is at is its own memory, as a model has none left after a rebuild."""

    def __init__(self, steps: int) -> None:
        self.steps, self.step = steps, 0
        self.values = [value for _, value, _ in literals()]
        self._owners = {value: owner for _, value, owner in literals()}
        self.asides = 0
        self.in_context = self.by_search = 0
        self._missing: list[str] = []
        self._whole = ""

    def __call__(self, request: Request) -> dict[str, Any]:
        last = request.messages[-1].text
        if last == QUESTION:
            self.asides += 1
            note = {
                "intent": GOAL,
                "decisions": [f"handlers are migrated one by one, {self.step} so far"],
                "next": f"step {self.step + 1}",
            }
            return {"text": msgspec.json.encode(note).decode()}
        self.step += 1
        if self.step == 1:
            items = [
                {"text": text, "status": "active" if text.startswith("T2") else "open"} for text in TASKS
            ]
            return _call("plan", {"items": items})
        if self.step <= self.steps:
            return self._work(self.step)
        return self._quiz(request)

    def _work(self, step: int) -> dict[str, Any]:
        path = f"notes/step-{step - 1:04d}.txt"
        if step % 25 == 0:
            edit = {"path": "ledger.py", "old": f"done = {step - 25}", "new": f"done = {step}"}
            calls = [("read", {"path": path}), ("read", {"path": "ledger.py"}), ("edit", edit)]
            return {"calls": [{"tool": tool, "arguments": arguments} for tool, arguments in calls]}
        if step % 2:
            return _call("read", {"path": path})
        return _call("shell", {"command": f"cat {path}"})

    def _quiz(self, request: Request) -> dict[str, Any]:
        text = "\n".join(message.text for message in request.messages)
        if self.step == self.steps + 1:
            self._missing = [value for value in self.values if value not in text]
            self.in_context = len(self.values) - len(self._missing)
            match = re.search(r"(/\S+)/before-rebuild-\d+\.txt", text)
            self._whole = match[1] if match else ""
        else:
            results = "\n".join(m.text for m in request.messages if m.role == "tool")
            found = [value for value in self._missing if value in results]
            self.by_search += len(found)
            self._missing = [value for value in self._missing if value not in found]
        if self._missing and self._whole and self.step <= self.steps + 9:
            calls = [
                {
                    "tool": "grep",
                    "arguments": {"pattern": self._owners[value], "path": self._whole, "ignore_case": True},
                }
                for value in self._missing[:8]
            ]
            return {"calls": calls}
        if self.step < self.steps + 20:
            self.step = self.steps + 20
            items = [{"text": text, "status": "done"} for text in TASKS]
            return _call("plan", {"items": items})
        return {"text": "The quiz is answered."}


def _call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"calls": [{"tool": tool, "arguments": arguments}]}
