"""Wrong texts, mended by the engine in small projects with real workers."""

from pathlib import Path

import pytest

from mycoder.repair.engine import repair
from mycoder.repair.outcome import RepairRequest

GREETING = """\
import re

LABELS = {"open": "still oepn",   # é
          "done": "finished"}


def label(state):
    return LABELS[state]


def greeting(name, count=1):
    if not name:
        raise ValueError("a name mst be given")
    return f"Dear {name}, yuo have {count:>3} "  \\
        'messages.'


def words(text):
    return re.findall(r"[a-z]*\\b", text)


def send(parts):
    return b";".join(parts)
"""
MENDED = {
    "still oepn": ("still open", "label('open') == 'still open'"),
    "yuo": ("you", "greeting('Ann', 2) == 'Dear Ann, you have   2 messages.'"),
    "mst": ("must", ""),
    "[a-z]*": ("[a-z]+", "words('ab cd') == ['ab', 'cd']"),
    '";"': ('", "', "send([b'a', b'b', b'c']) == b'a, b, c'"),
}


@pytest.mark.parametrize("wrong", list(MENDED))
async def test_a_wrong_text_is_mended_and_all_else_stays(tmp_path: Path, wrong: str) -> None:
    right = GREETING
    for other, (new, _) in MENDED.items():
        right = right.replace(other, new)
    text, check = MENDED[wrong]
    root = tmp_path / "p"
    root.mkdir()
    (root / "greet.py").write_text(right.replace(text, wrong, 1))
    test = "import pytest\nfrom greet import *\n\n\ndef test_it():\n"
    if check:
        test += f"    assert {check}\n"
    else:
        test += "    with pytest.raises(ValueError, match='name must be'):\n        greeting('')\n"
    test += "\n\ndef test_more():\n    assert label('done') == 'finished'\n    assert words('ab') == ['ab']\n"
    (root / "test_greet.py").write_text(test)
    request = RepairRequest(argv=("python", "-m", "pytest"), seconds=20, extra=0.2)
    outcome = await repair(root, request, None, home=tmp_path)
    assert outcome.best is not None, outcome.why
    assert outcome.best.files["greet.py"].decode() == right
