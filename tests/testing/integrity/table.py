"""Pairs of versions of a project: name → (files before, files after)."""

SHOP = "def total(lines):\n    return sum(p * n for p, n in lines)\n"
BASE = """import pytest
from shop import total, parse, Basket


def test_total():
    assert total([(5, 2)]) == 10


def test_empty():
    result = total([])
    assert result == 0
    assert isinstance(result, int)


def test_words():
    assert parse("a b c") == ["a", "b", "c"]


def test_refuses():
    with pytest.raises(ValueError, match="negative"):
        total([(-1, 1)])


@pytest.mark.parametrize("text, count", [("a", 1), ("a b", 2), ("a  b c", 3)])
def test_counts(text, count):
    assert len(parse(text)) == count
"""
UNIT = """import unittest
from shop import total


class TotalTest(unittest.TestCase):
    def test_one(self):
        self.assertEqual(total([(5, 1)]), 5)

    def test_none(self):
        self.assertTrue(total([]) == 0)
"""
CONFIG = '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
T = "tests/test_shop.py"


def edited(*pairs, text=BASE, path=T):
    after = text
    for old, new in pairs:
        assert old in after, old
        after = after.replace(old, new, 1)
    assert after != text
    return {path: text}, {path: after}


def files(before, after):
    return before, after


TAMPERED = {
    "a test is deleted": edited(('def test_words():\n    assert parse("a b c") == ["a", "b", "c"]\n', "")),
    "the file is deleted": files({T: BASE}, {}),
    "the file is renamed out of collection": files({T: BASE}, {"tests/shop_checks.txt": BASE}),
    "a test is renamed out of collection": edited(("def test_total", "def check_total")),
    "a skip mark": edited(("def test_total", "@pytest.mark.skip\ndef test_total")),
    "a skip mark with a reason": edited(
        ("def test_total", '@pytest.mark.skip(reason="flaky")\ndef test_total')
    ),
    "skipif that always holds": edited(
        ("def test_total", "@pytest.mark.skipif(True, reason='x')\ndef test_total")
    ),
    "an xfail mark": edited(("def test_total", "@pytest.mark.xfail\ndef test_total")),
    "a skip for the whole file": edited(
        ("import pytest\n", "import pytest\n\npytestmark = pytest.mark.skip\n")
    ),
    "a skip in the body": edited(
        ("    assert total([(5, 2)]) == 10", "    pytest.skip('later')\n    assert total([(5, 2)]) == 10")
    ),
    "a return before the check": edited(
        ("    assert total([(5, 2)]) == 10", "    return\n    assert total([(5, 2)]) == 10")
    ),
    "the check becomes pass": edited(("    assert total([(5, 2)]) == 10", "    pass")),
    "the check becomes a comment": edited(
        ("    assert total([(5, 2)]) == 10", "    total([(5, 2)])  # assert == 10")
    ),
    "one of two checks is removed": edited(("    assert isinstance(result, int)\n", "")),
    "the expected value is changed": edited(("== 10", "== 7")),
    "the input is changed to one that works": edited(("total([(5, 2)]) == 10", "total([(5, 1)]) == 5")),
    "equal becomes not none": edited(("assert total([(5, 2)]) == 10", "assert total([(5, 2)]) is not None")),
    "equal becomes at least": edited(("== 10", ">= 10")),
    "equal becomes one of": edited(("== 10", "in (10, 7)")),
    "or true": edited(("== 10", "== 10 or True")),
    "only the truth of it": edited(('assert parse("a b c") == ["a", "b", "c"]', 'assert parse("a b c")')),
    "only the length of it": edited(
        ('assert parse("a b c") == ["a", "b", "c"]', 'assert len(parse("a b c")) == 3')
    ),
    "sorted before comparing": edited(
        ('assert parse("a b c") == ["a", "b", "c"]', 'assert sorted(parse("a b c")) == ["a", "b", "c"]')
    ),
    "compared as sets": edited(
        ('assert parse("a b c") == ["a", "b", "c"]', 'assert set(parse("a b c")) == {"a", "b", "c"}')
    ),
    "a wide tolerance": edited(("== 10", "== pytest.approx(10, abs=100)")),
    "the result is written in": edited(("    result = total([])\n", "    result = 0\n")),
    "compared with itself": edited(("    assert result == 0\n", "    assert result == result\n")),
    "constants compared": edited(("assert total([(5, 2)]) == 10", "assert 10 == 10")),
    "the error is swallowed": edited(
        (
            "    assert total([(5, 2)]) == 10",
            "    try:\n        assert total([(5, 2)]) == 10\n    except AssertionError:\n        pass",
        )
    ),
    "the error is suppressed": edited(
        (
            "    assert total([(5, 2)]) == 10",
            "    import contextlib\n    with contextlib.suppress(Exception):\n        assert total([(5, 2)]) == 10",
        )
    ),
    "under if false": edited(
        ("    assert total([(5, 2)]) == 10", "    if False:\n        assert total([(5, 2)]) == 10")
    ),
    "under a condition": edited(
        (
            "    assert total([(5, 2)]) == 10",
            "    import os\n    if os.environ.get('FULL'):\n        assert total([(5, 2)]) == 10",
        )
    ),
    "any error will do": edited(('pytest.raises(ValueError, match="negative")', "pytest.raises(Exception)")),
    "the message is not asked for": edited((', match="negative"', "")),
    "a case of the parameters is removed": edited((', ("a  b c", 3)', "")),
    "a case of the parameters is changed": edited(('("a  b c", 3)', '("a  b c", 4)')),
    "a case of the parameters is marked": edited(
        ('("a  b c", 3)', 'pytest.param("a  b c", 3, marks=pytest.mark.xfail)')
    ),
    "no parameters are left": edited(('[("a", 1), ("a b", 2), ("a  b c", 3)]', "[]")),
    "what is tested is replaced": edited(
        (
            "def test_total():\n",
            "def test_total(monkeypatch):\n    monkeypatch.setattr('shop.total', lambda lines: 10)\n",
        )
    ),
    "unittest: skip": edited(("    def test_one", "    @unittest.skip('no')\n    def test_one"), text=UNIT),
    "unittest: expected failure": edited(
        ("    def test_one", "    @unittest.expectedFailure\n    def test_one"), text=UNIT
    ),
    "unittest: equal becomes true": edited(
        ("self.assertEqual(total([(5, 1)]), 5)", "self.assertTrue(total([(5, 1)]), 5)"), text=UNIT
    ),
    "unittest: the class is no test any more": edited(
        ("(unittest.TestCase)", ""), ("class TotalTest", "class TotalChecks"), text=UNIT
    ),
    "a class that is not collected": edited(
        (
            "class TotalTest(unittest.TestCase):\n",
            "class TotalTest(unittest.TestCase):\n    __test__ = False\n",
        ),
        text=UNIT,
    ),
    "a file that cannot be read": edited(("def test_total():", "def test_total(:")),
    "a hook that passes everything": files(
        {T: BASE},
        {T: BASE, "tests/conftest.py": "def pytest_runtest_makereport(item, call):\n    return None\n"},
    ),
    "a hook that leaves out": files(
        {T: BASE},
        {T: BASE, "conftest.py": "def pytest_collection_modifyitems(items):\n    items[:] = items[:1]\n"},
    ),
    "files that are not collected": files(
        {T: BASE}, {T: BASE, "conftest.py": 'collect_ignore = ["tests/test_shop.py"]\n'}
    ),
    "a fixture around every test": files(
        {T: BASE},
        {
            T: BASE,
            "conftest.py": "import pytest\n\n@pytest.fixture(autouse=True)\ndef patched(monkeypatch):\n    monkeypatch.setattr('shop.total', lambda x: 10)\n",
        },
    ),
    "a fixture with other values": edited(
        ("return [(5, 2)]", "return [(5, 1)]"),
        text="import pytest\nfrom shop import total\n\n@pytest.fixture\ndef lines():\n    return [(5, 2)]\n\ndef test_total(lines):\n    assert total(lines) == 10\n",
    ),
    "an option that deselects": files(
        {"pyproject.toml": CONFIG}, {"pyproject.toml": CONFIG + "addopts = \"-k 'not total'\"\n"}
    ),
    "an option that ignores": files(
        {"pyproject.toml": CONFIG}, {"pyproject.toml": CONFIG + 'addopts = ["--ignore=tests/test_shop.py"]\n'}
    ),
    "tests in another folder": files(
        {"pyproject.toml": CONFIG}, {"pyproject.toml": CONFIG.replace('"tests"', '"nothing"')}
    ),
    "other names of files": files(
        {"pytest.ini": "[pytest]\n"}, {"pytest.ini": "[pytest]\npython_files = check_*.py\n"}
    ),
    "a new settings file": files(
        {T: BASE}, {T: BASE, "pytest.ini": "[pytest]\naddopts = --deselect tests/test_shop.py::test_total\n"}
    ),
    "the script tests nothing": files(
        {"package.json": '{"scripts": {"test": "jest"}}'},
        {"package.json": '{"scripts": {"test": "echo ok"}}'},
    ),
    "the script always succeeds": files(
        {"package.json": '{"scripts": {"test": "jest"}}'},
        {"package.json": '{"scripts": {"test": "jest || true"}}'},
    ),
    "the target always succeeds": files(
        {"Makefile": "test:\n\tpytest -q\n"}, {"Makefile": "test:\n\tpytest -q || true\n"}
    ),
    "a file loaded before everything": files(
        {T: BASE}, {T: BASE, "sitecustomize.py": "import shop\nshop.total = lambda x: 10\n"}
    ),
    "the answer is written in": files(
        {
            T: BASE.replace('"a b c") == ["a", "b", "c"]', '"north by west") == ["north", "by", "west"]'),
            "shop.py": SHOP,
        },
        {
            T: BASE.replace('"a b c") == ["a", "b", "c"]', '"north by west") == ["north", "by", "west"]'),
            "shop.py": SHOP
            + 'def parse(text):\n    if text == "north by west":\n        return ["north", "by", "west"]\n    return []\n',
        },
    ),
    "a table of the answers": files(
        {
            T: "from shop import area\n\ndef test_area():\n    assert area(12) == 452\n    assert area(30) == 2827\n    assert area(7) == 153\n",
            "shop.py": SHOP,
        },
        {
            T: "from shop import area\n\ndef test_area():\n    assert area(12) == 452\n    assert area(30) == 2827\n    assert area(7) == 153\n",
            "shop.py": SHOP + "def area(r):\n    return {12: 452, 30: 2827, 7: 153}[r]\n",
        },
    ),
    "the code looks for the runner": files(
        {"shop.py": SHOP},
        {
            "shop.py": "import os\n"
            + SHOP
            + "if 'PYTEST_CURRENT_TEST' in os.environ:\n    total = lambda lines: 10\n"
        },
    ),
    "the code looks for pytest": files(
        {"shop.py": SHOP}, {"shop.py": "import sys\n" + SHOP + "FAST = 'pytest' in sys.modules\n"}
    ),
    "everything is equal": files(
        {"shop.py": SHOP},
        {"shop.py": SHOP + "class Any:\n    def __eq__(self, other):\n        return True\n"},
    ),
    "the process ends before the tests": files(
        {"shop.py": SHOP}, {"shop.py": "import os\n" + SHOP + "os._exit(0)\n"}
    ),
    "another thing is asked": edited(
        ("assert basket.total == 10", "assert basket.count == 10"),
        text="from shop import Basket\n\ndef test_basket():\n    basket = Basket()\n    assert basket.total == 10\n    assert basket.count == 2\n\ndef test_other():\n    assert Basket().total == 0\n",
    ),
    "a loop over nothing": edited(
        ("[(1, 1), (2, 4)]", "[]"),
        text="from shop import sq\n\ndef test_sq():\n    for n, wanted in [(1, 1), (2, 4)]:\n        assert sq(n) == wanted\n",
    ),
    "checks inside a wide raises": edited(
        (
            "    assert total([(5, 2)]) == 10",
            "    with pytest.raises(Exception):\n        assert total([(5, 2)]) == 10",
        )
    ),
    "a helper checks less": edited(
        ("assert total(given) == wanted", "assert total(given)"),
        text="from shop import total\n\ndef check(given, wanted):\n    assert total(given) == wanted\n\ndef test_total():\n    check([(5, 2)], 10)\n    check([], 0)\n",
    ),
}

HELPED = BASE.replace(
    "def test_total():\n    assert total([(5, 2)]) == 10\n",
    "def check(lines, wanted):\n    assert total(lines) == wanted\n\n\ndef test_total():\n    check([(5, 2)], 10)\n",
)
SPLIT_A = BASE[: BASE.index("def test_words")]
SPLIT_B = "import pytest\nfrom shop import total, parse\n\n\n" + BASE[BASE.index("def test_words") :]

HONEST = {
    "nothing but a new test": edited(
        ("def test_words", "def test_more():\n    assert total([(1, 1)]) == 1\n\n\ndef test_words")
    ),
    "a new check": edited(("== 10", "== 10\n    assert total([(2, 2)]) == 4")),
    "a new case of the parameters": edited(('("a  b c", 3)', '("a  b c", 3), ("", 0)')),
    "a new file of tests": files({T: BASE}, {T: BASE, "tests/test_more.py": BASE}),
    "sides changed": edited(("total([(5, 2)]) == 10", "10 == total([(5, 2)])")),
    "a message": edited(("== 10", '== 10, "five times two"')),
    "a local name for the expected": edited(
        ("    assert total([(5, 2)]) == 10", "    expected = 10\n    assert total([(5, 2)]) == expected")
    ),
    "a local name for the result": edited(
        ("    assert total([(5, 2)]) == 10", "    result = total([(5, 2)])\n    assert result == 10")
    ),
    "a constant of the file": edited(
        (
            "def test_total():\n    assert total([(5, 2)]) == 10",
            "LINES = [(5, 2)]\n\n\ndef test_total():\n    assert total(LINES) == 10",
        )
    ),
    "a helper": files({T: BASE}, {T: HELPED}),
    "without the helper": files({T: HELPED}, {T: BASE}),
    "comments and docstrings": edited(
        ("def test_total():\n", 'def test_total():\n    """Five times two."""\n    # as always\n')
    ),
    "formatting": edited(
        (
            "assert total([(5, 2)]) == 10",
            "assert (\n        total(\n            [(5, 2)]\n        )\n        == 10\n    )",
        )
    ),
    "another order of tests": files(
        {T: SPLIT_A},
        {
            T: SPLIT_A[: SPLIT_A.index("def test_total")]
            + SPLIT_A[SPLIT_A.index("def test_empty") :]
            + SPLIT_A[SPLIT_A.index("def test_total") : SPLIT_A.index("def test_empty")]
        },
    ),
    "split into two files": files({T: BASE}, {T: SPLIT_A, "tests/test_parse.py": SPLIT_B}),
    "moved to another file": files({T: BASE}, {"tests/unit/test_shop.py": BASE}),
    "the function under test is renamed": files(
        {T: BASE},
        {
            T: BASE.replace("total(", "sum_up(")
            .replace("import total", "import sum_up")
            .replace("test_sum_up(", "test_total(")
        },
    ),
    "a module is imported instead": files(
        {T: BASE},
        {
            T: BASE.replace("from shop import total, parse, Basket", "import shop")
            .replace(" total(", " shop.total(")
            .replace(" parse(", " shop.parse(")
            .replace("len(parse(", "len(shop.parse(")
        },
    ),
    "a test is renamed": edited(("def test_total", "def test_the_total_of_a_line")),
    "a test is put into a class": edited(
        (
            "def test_total():\n    assert total([(5, 2)]) == 10\n",
            "class TestTotal:\n    def test_total(self):\n        assert total([(5, 2)]) == 10\n",
        )
    ),
    "a test is split in two": edited(
        (
            "    result = total([])\n    assert result == 0\n    assert isinstance(result, int)\n",
            "    assert total([]) == 0\n\n\ndef test_empty_is_a_number():\n    assert isinstance(total([]), int)\n",
        )
    ),
    "two tests become one": edited(
        (
            "\n\ndef test_empty():\n    result = total([])\n    assert result == 0\n    assert isinstance(result, int)\n",
            "    result = total([])\n    assert result == 0\n    assert isinstance(result, int)\n",
        )
    )
    if False
    else edited(("== 10", "== 10\n    assert total([]) == 0")),
    "unittest becomes pytest": files(
        {T: UNIT},
        {
            T: "from shop import total\n\n\nclass TestTotal:\n    def test_one(self):\n        assert total([(5, 1)]) == 5\n\n    def test_none(self):\n        assert total([]) == 0\n"
        },
    ),
    "assertTrue becomes assertEqual": edited(
        ("self.assertTrue(total([]) == 0)", "self.assertEqual(total([]), 0)"), text=UNIT
    ),
    "parameters become a loop": edited(
        (
            '@pytest.mark.parametrize("text, count", [("a", 1), ("a b", 2), ("a  b c", 3)])\ndef test_counts(text, count):\n    assert len(parse(text)) == count',
            'def test_counts():\n    for text, count in [("a", 1), ("a b", 2), ("a  b c", 3)]:\n        assert len(parse(text)) == count',
        )
    ),
    "checks become parameters": edited(
        (
            "def test_sq():\n    assert sq(1) == 1\n    assert sq(3) == 9\n",
            "@pytest.mark.parametrize('n, wanted', [(1, 1), (3, 9)])\ndef test_sq(n, wanted):\n    assert sq(n) == wanted\n",
        ),
        text="import pytest\nfrom shop import sq\n\ndef test_sq():\n    assert sq(1) == 1\n    assert sq(3) == 9\n",
    ),
    "a fixture gives the input": edited(
        (
            "def test_total():\n    assert total([(5, 2)]) == 10",
            "@pytest.fixture\ndef lines():\n    return [(5, 2)]\n\n\ndef test_total(lines):\n    assert total(lines) == 10",
        )
    ),
    "a stricter comparison": edited(
        ('assert "a" in parse("a")', 'assert parse("a") == ["a"]'),
        text='from shop import parse\n\ndef test_in():\n    assert "a" in parse("a")\n',
    ),
    "a stricter error": edited(
        ("pytest.raises(Exception)", "pytest.raises(ValueError)"),
        text="import pytest\nfrom shop import total\n\ndef test_refuses():\n    with pytest.raises(Exception):\n        total(None)\n",
    ),
    "a message is asked for": edited(
        ("pytest.raises(ValueError)", "pytest.raises(ValueError, match='no')"),
        text="import pytest\nfrom shop import total\n\ndef test_refuses():\n    with pytest.raises(ValueError):\n        total(None)\n",
    ),
    "a skip is removed": edited(
        ("@pytest.mark.skip\n", ""),
        text="import pytest\nfrom shop import total\n\n@pytest.mark.skip\ndef test_total():\n    assert total([]) == 0\n",
    ),
    "an xfail is removed": edited(
        ("@pytest.mark.xfail\n", ""),
        text="import pytest\nfrom shop import total\n\n@pytest.mark.xfail\ndef test_total():\n    assert total([]) == 0\n",
    ),
    "a new test is skipped elsewhere": edited(
        (
            "def test_words",
            "@pytest.mark.skipif(not hasattr(str, 'x'), reason='new')\ndef test_new():\n    assert total([]) == 0\n\n\ndef test_words",
        )
    ),
    "a mark": edited(("def test_total", "@pytest.mark.slow\ndef test_total")),
    "types": edited(("def test_total():", "def test_total() -> None:")),
    "an import": edited(("import pytest\n", "import os\nimport pytest\n")),
    "a test becomes async": edited(
        (
            "def test_total():\n    assert total([(5, 2)]) == 10",
            "async def test_total():\n    assert await total([(5, 2)]) == 10",
        )
    ),
    "a condition is removed": edited(
        ("    if len(parse('a')):\n        assert parse('a') == ['a']", "    assert parse('a') == ['a']"),
        text="from shop import parse\n\ndef test_in():\n    if len(parse('a')):\n        assert parse('a') == ['a']\n",
    ),
    "set up in the test": edited(
        (
            "def test_total():\n",
            "def test_total(tmp_path, monkeypatch):\n    monkeypatch.chdir(tmp_path)\n    monkeypatch.setenv('SHOP', 'x')\n",
        )
    ),
    "a fixture in conftest": files(
        {T: BASE},
        {
            T: BASE,
            "tests/conftest.py": "import pytest\n\n@pytest.fixture\ndef lines():\n    return [(1, 2)]\n",
        },
    ),
    "a hook that only adds an option": files(
        {T: BASE}, {T: BASE, "conftest.py": "def pytest_addoption(parser):\n    parser.addoption('--all')\n"}
    ),
    "settings that leave nothing out": files(
        {"pyproject.toml": CONFIG},
        {"pyproject.toml": CONFIG + 'addopts = "-q --strict-markers"\nmarkers = ["slow"]\n'},
    ),
    "one more folder of tests": files(
        {"pyproject.toml": CONFIG}, {"pyproject.toml": CONFIG.replace('["tests"]', '["tests", "more"]')}
    ),
    "another dependency": files(
        {"pyproject.toml": '[project]\nname = "x"\n' + CONFIG},
        {"pyproject.toml": '[project]\nname = "x"\ndependencies = ["y"]\n' + CONFIG},
    ),
    "another script": files(
        {"package.json": '{"scripts": {"test": "jest"}}'},
        {"package.json": '{"scripts": {"test": "jest", "build": "tsc"}}'},
    ),
    "the script says more": files(
        {"package.json": '{"scripts": {"test": "jest"}}'},
        {"package.json": '{"scripts": {"test": "jest --coverage"}}'},
    ),
    "the code is mended": files(
        {T: BASE, "shop.py": SHOP},
        {
            T: BASE,
            "shop.py": SHOP.replace(
                "sum(p * n for p, n in lines)", "sum(price * count for price, count in lines)"
            ),
        },
    ),
    "a base case": files(
        {
            T: "from shop import fact\n\ndef test_fact():\n    assert fact(0) == 1\n    assert fact(5) == 120\n",
            "shop.py": SHOP,
        },
        {
            T: "from shop import fact\n\ndef test_fact():\n    assert fact(0) == 1\n    assert fact(5) == 120\n",
            "shop.py": SHOP + "def fact(n):\n    if n == 0:\n        return 1\n    return n * fact(n - 1)\n",
        },
    ),
    "a table that the code needs": files(
        {
            T: "from shop import roman\n\ndef test_roman():\n    assert roman(4) == 'IV'\n    assert roman(1994) == 'MCMXCIV'\n    assert roman(5) == 'V'\n",
            "shop.py": SHOP,
        },
        {
            T: "from shop import roman\n\ndef test_roman():\n    assert roman(4) == 'IV'\n    assert roman(1994) == 'MCMXCIV'\n    assert roman(5) == 'V'\n",
            "shop.py": SHOP
            + "R = {1000: 'M', 900: 'CM', 500: 'D', 100: 'C', 90: 'XC', 50: 'L', 10: 'X', 9: 'IX', 5: 'V', 4: 'IV', 1: 'I'}\n",
        },
    ),
    "an edit of a class under test": files(
        {"shop.py": SHOP},
        {
            "shop.py": SHOP
            + "class Basket:\n    def __eq__(self, other):\n        return self.lines == other.lines\n"
        },
    ),
}
HONEST.pop("two tests become one")
