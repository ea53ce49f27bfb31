"""Makes the pictures of the documentation: ``python docs/screenshots.py``.

A real session in a repository made for it, with the scripted model that comes with mycoder; nothing is drawn
by hand and no model is asked. Times on the pictures are those of the machine that made them.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mycoder.config.paths import Paths
from mycoder.models.script import Script, ScriptedCall, Step
from mycoder.models.scripted import ScriptedModel
from mycoder.session import Session
from mycoder.ui.door import Door, Opening, Options
from mycoder.ui.tui.app import MycoderApp

OUT = Path(__file__).parent / "screenshots"
BROKEN = "    return sum(line.price for line in lines)\n"
MENDED = "    return sum(line.price * line.count for line in lines)\n"
FILES = {
    "shop/__init__.py": "",
    "shop/totals.py": f'"""Totals of orders, in cents."""\n\n\ndef total(lines):\n{BROKEN}',
    "shop/lines.py": (
        "class Line:\n    def __init__(self, price, count=1):\n"
        "        self.price, self.count = price, count\n"
    ),
    "tests/test_totals.py": (
        "from shop.lines import Line\nfrom shop.totals import total\n\n\n"
        "def test_one():\n    assert total([Line(5)]) == 5\n\n\n"
        "def test_two():\n    assert total([Line(5, 2)]) == 10\n"
    ),
    "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\npythonpath = ["."]\n',
}
PLAN = [
    {"text": "Look at the total and its tests", "status": "done"},
    {"text": "Count every item", "status": "active"},
    {"text": "Run all tests"},
]
STEPS = (
    Step(
        text="The total is in `shop/totals.py`; I read it with its tests.",
        calls=(
            ScriptedCall("read", {"path": "shop/totals.py"}),
            ScriptedCall("read", {"path": "tests/test_totals.py"}),
            ScriptedCall("test", {}),
        ),
    ),
    Step(
        calls=(
            ScriptedCall("plan", {"items": PLAN}),
            ScriptedCall("edit", {"path": "shop/totals.py", "old": BROKEN, "new": MENDED}),
            ScriptedCall("test", {}),
        )
    ),
    Step(calls=(ScriptedCall("plan", {"items": [{**item, "status": "done"} for item in PLAN]}),)),
    Step(text="The total now counts **every item**, not only every line.\n\n- one pen: 5\n- two pens: 10\n"),
)


async def main(names: Sequence[str]) -> None:
    OUT.mkdir(exist_ok=True)
    shots = {
        "session": ("auto", "dusk", (110, 34), ("ctrl+b",), True),
        "light": ("auto", "paper", (110, 34), (), True),
        "approval": ("ask", "dusk", (100, 30), (), False),
        "commands": ("auto", "midnight", (100, 30), ("slash",), True),
        "themes": ("auto", "forest", (100, 30), ("ctrl+p", *"choose the col", "enter"), True),
        "keys": ("auto", "dusk", (110, 34), ("f1",), True),
    }
    for name, (mode, theme, size, keys, is_over) in shots.items():
        if not names or name in names:
            await shot(name, mode, theme, size, keys, is_over)


async def shot(
    name: str, mode: str, theme: str, size: tuple[int, int], keys: Sequence[str], is_over: bool
) -> None:
    """One picture: of the session when it `is_over`, else of the first thing that it asks."""
    with tempfile.TemporaryDirectory(prefix="mycoder-shots-") as folder:
        root = Path(folder) / "shop"
        for path, text in FILES.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        await asyncio.to_thread(subprocess.run, ["git", "init", "-q", str(root)], check=True)
        env = {"HOME": folder, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
        model = ScriptedModel(Script(name="demo", steps=STEPS))
        async with Session.open(
            root, model=model, can_ask=True, env=env, paths=Paths.from_env(env)
        ) as session:
            session.set_mode(mode)

            async def opened(opening: Opening) -> Door:
                return session

            options = Options(root=root, open_session=opened, theme=theme, is_still=True)
            options.prompt = "two pens cost as much as one: mend the total"
            app = MycoderApp(options)
            async with app.run_test(size=size) as pilot:
                await waited(app, is_over)
                await pilot.press(*keys)
                await pilot.pause(0.5)
                svg = app.export_screenshot(title="mycoder").replace(str(root), "~/shop")
                (OUT / f"{name}.svg").write_text(svg, encoding="utf-8")
                if not is_over:
                    await session.interrupt()
    sys.stdout.write(f"{OUT / name}.svg\n")


async def waited(app: MycoderApp, is_over: bool, seconds: float = 120.0) -> None:
    """Until the turn has ended, or something is asked, and the screen has followed. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        seen = app.conversation.transcript
        while not seen.title or (seen.is_running if is_over else not seen.asks):
            await asyncio.sleep(0.1)
        await asyncio.sleep(1.5)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
