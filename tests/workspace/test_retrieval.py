"""Files by a description: words, the graph of imports, places that it names, and an index that is kept."""

import pytest

from mycoder.bench.localise import measure
from mycoder.workspace.retrieval import described, rank
from mycoder.workspace.retrieval_index import Index, open_index, stem, terms

FILES = {
    "shop/prices.py": "def round_price(value):\n    return round(value, 2)\n\n\ndef parseHTTPHeader(x):\n    return x\n",
    "shop/stock.py": "from shop.prices import round_price\n\n\nclass Stock:\n    def take(self, count):\n        return count\n",
    "shop/other.py": "def unrelated():\n    return 1\n",
    "shop/deep/core.py": "from ..other import unrelated\n\n\ndef engine():\n    return unrelated()\n",
    "tests/test_engine.py": "from shop.deep.core import engine\n\n\ndef test_turbine_spins():\n    assert engine()\n",
    "web/app.ts": "import { x } from './cart';\nexport function showBasket() { return x; }\n",
    "web/cart.ts": "export const x = 1;\n",
    "notes.txt": "round price price price\n",
}


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def first(text, root, **more):
    found = rank(text, open_index(root), **more)
    return found[0].path if found else ""


def test_words_find_identifiers_in_any_spelling(project):
    assert first("Prices are rounded the wrong way", project) == "shop/prices.py"
    assert first("HTTP headers are parsed badly", project) == "shop/prices.py"
    assert first("the basket is not shown", project) == "web/app.ts"
    assert first("Taking from the stock", project) == "shop/stock.py"


def test_tests_point_at_what_they_import_and_are_no_result(project):
    found = rank("the turbine spins no more", open_index(project))
    assert found[0].path == "shop/deep/core.py"
    assert all(not f.path.startswith("tests/") for f in found)


def test_named_places_come_first(project):
    trace = 'Prices round.\n  File "/srv/app/shop/stock.py", line 5, in take\n  File "/x/shop/other.py", line 2, in u\n'
    found = rank(trace, open_index(project))
    assert found[0].path == "shop/other.py"
    assert "traceback, line 2" in found[0].why
    assert {f.path for f in found[:3]} >= {"shop/stock.py"}
    assert first("see `unrelated()`", project) == "shop/other.py"
    assert first("prices round in web/cart.ts", project) == "web/cart.ts"


def test_what_failing_tests_run_counts(project):
    found = rank("prices are rounded", open_index(project), suspicion={"shop/other.py": 1.0, "gone.py": 1.0})
    assert "shop/other.py" in [f.path for f in found[:2]]


def test_nothing_fits_and_nothing_is_there(project, tmp_path):
    assert rank("quaternions", open_index(project)) == ()
    assert rank("", open_index(project)) == ()
    assert rank("x", Index()) == ()
    assert described(()) == ""
    assert "shop/prices.py:1-" in described(rank("round price", open_index(project)))


def test_the_index_is_kept_and_follows_changes(project, tmp_path):
    place = tmp_path / "index"
    assert open_index(project, place).read == 7
    assert open_index(project, place).read == 0
    (project / "shop/other.py").write_text("def quaternion():\n    return 12345\n")
    (project / "web/cart.ts").unlink()
    index = open_index(project, place)
    assert index.read == 1
    assert "web/cart.ts" not in index.entries
    assert rank("quaternions", index)[0].path == "shop/other.py"
    (place / "index").write_bytes(b"\x93broken")
    assert open_index(project, place).read == 6


def test_odd_files_do_no_harm(tmp_path):
    (tmp_path / "a.py").write_bytes(b"\xff\xfe def \x00 f(")
    (tmp_path / "b.py").write_text("")
    (tmp_path / "größe.py").write_text("def größe_der_straße():\n    return 1\n")
    assert rank("Größe der Straße", open_index(tmp_path))[0].path == "größe.py"


@pytest.mark.parametrize(
    ("a", "b"), [("rounding", "rounds"), ("parsed", "parse"), ("entries", "entry"), ("caching", "cache")]
)
def test_stems_of_one_word_meet(a, b):
    assert stem(a) == stem(b)
    assert terms("HTTPServer_error2") == terms("http server error")


def test_planted_bugs_are_found_in_three_hundred_files(tmp_path):
    figures = measure(tmp_path)
    assert figures.files == 300
    assert figures.recall_5 >= 0.8
    assert figures.recall_1 >= 0.5
    assert figures.cold <= 10
    assert figures.warm <= 1
