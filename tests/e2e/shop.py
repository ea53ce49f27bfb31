"""A repository of 34 files with one seeded bug, and the steps that find and mend it."""

from tests.e2e.console import call, say

BROKEN = "    return sum(line.price * line.count for line in lines) - discount\n"
MENDED = "    return max(sum(line.price * line.count for line in lines) - discount, 0)\n"


def files() -> dict[str, str]:
    made = {
        "README.md": "# A shop\n",
        "shop/__init__.py": "",
        "shop/lines.py": "class Line:\n    def __init__(self, price, count=1):\n        self.price = price\n        self.count = count\n",
        "shop/totals.py": f'"""Totals of orders, in cents."""\n\n\ndef total(lines, discount=0):\n{BROKEN}',
        "tests/test_totals.py": (
            "from shop.lines import Line\nfrom shop.totals import total\n\n\n"
            "def test_sum():\n    assert total([Line(5, 2), Line(1)]) == 11\n\n\n"
            "def test_discount():\n    assert total([Line(5)], 2) == 3\n\n\n"
            "def test_a_discount_never_makes_a_debt():\n    assert total([Line(5)], 9) == 0\n"
        ),
        "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\npythonpath = ["."]\n',
    }
    for number in range(28):
        made[f"shop/parts/part_{number}.py"] = f"def part_{number}(value):\n    return value + {number}\n"
    return made


def steps():
    return (
        call(
            ("grep", {"pattern": "def total"}),
            ("read", {"path": "tests/test_totals.py"}),
            text="I look for it.",
        ),
        call(("read", {"path": "shop/totals.py"}), ("test", {})),
        call(
            ("edit", {"path": "shop/totals.py", "old": "- discount\n", "new": "+ discount\n"}),
            ("test", {}),
            text="A first try.",
        ),
        call(
            ("edit", {"path": "shop/totals.py", "old": BROKEN.replace("- d", "+ d"), "new": MENDED}),
            ("test", {}),
        ),
        say("The total of an order could become negative; it is now at least 0."),
    )
