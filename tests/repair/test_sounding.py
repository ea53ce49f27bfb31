"""Localisation by mutants: where coverage cannot tell statements apart, what small edits show does."""

from pathlib import Path

import pytest

from mycoder.repair.locate import locate
from mycoder.repair.outcome import RepairRequest
from mycoder.repair.site import Literals
from mycoder.repair.sounding import SHARE, Breadth, Echo, combined
from mycoder.repair.source import Source
from mycoder.repair.space import Space
from mycoder.testing.localise import Place

PRICE = """\
def price(n, rate, fee):
    base = n * 10
    total = base - fee
    total = total * rate
    return total
"""
PRICE_TEST = """\
from price import price


def test_free():
    assert price(2, 3, 0) == 60


def test_fee():
    assert price(2, 3, 7) == 81


def test_more():
    assert price(4, 2, 5) == 90
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "price.py").write_text(PRICE)
    (root / "test_price.py").write_text(PRICE_TEST)
    return root


async def test_the_statement_whose_mutant_mends_comes_first(shop: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in shop.iterdir()}
    alone = await locate(shop, RepairRequest(seconds=20), None, home=tmp_path)
    assert len({p.score for p in alone.statements}) == 1  # coverage cannot tell
    assert not alone.mutants
    located = await locate(shop, RepairRequest(seconds=20, mutants=5), None, home=tmp_path)
    assert located.mended == {("price.py", 3)}
    assert located.statements[0].line == 3
    assert {p.line for p in located.statements} == {p.line for p in alone.statements}
    assert located.functions[0].name == "price"
    assert located.mutants > 0
    assert {path.name: path.read_bytes() for path in shop.iterdir()} == before


async def test_tests_that_depend_on_each_other_leave_the_ranking_as_it_was(
    shop: Path, tmp_path: Path
) -> None:
    (shop / "price.py").write_text(PRICE.replace("- fee", "+ fee") + "\n\nSEEN = []\n")
    (shop / "test_price.py").write_text(
        PRICE_TEST.replace("price(2, 3, 0) == 60", "not SEEN.append(price(2, 3, 0))")
        .replace("price(2, 3, 7) == 81", "not SEEN and price(2, 3, 7)")
        .replace("import price\n", "import SEEN, price\n")
    )
    located = await locate(shop, RepairRequest(seconds=20, mutants=5), None, home=tmp_path)
    assert not located.problem
    assert located.statements
    assert not located.mended


def test_every_statement_gets_its_share_first_and_nothing_is_lost() -> None:
    rows = [f"    v{n} = a + b * {n} - c(a, b)[{n}]" for n in range(6)]
    source = Source("m.py", "\n".join(["def f(a, b, c):", *rows, "    return v0", ""]).encode())
    places = [Place("m.py", line, line, 1.0 - 0.01 * line) for line in range(2, 9)]
    breadth, plain = (kind([source], places, Literals()) for kind in (Breadth, Space))
    first = breadth.take(6 * SHARE)
    counts = {line: sum(c.line == line for c in first) for line in range(2, 8)}
    assert max(counts.values()) <= SHARE
    taken = [*first]
    while more := breadth.take(50):
        taken += more
    wanted = []
    while more := plain.take(50):
        wanted += [c for c in more if len(c.edits) == 1 or c.operator == "twin"]
    assert {c.key for c in taken} == {c.key for c in wanted}
    assert len(taken) == len(wanted)
    assert all(0.5 < breadth.own_cost(c) <= c.cost for c in taken)


def test_the_most_natural_mend_comes_first_and_silence_changes_nothing() -> None:
    places = [Place("m.py", line, line, score) for line, score in ((1, 0.9), (2, 0.8), (3, 0.5), (4, 0.1))]
    assert combined(places, {}) == places
    echoes = {
        ("m.py", 4): Echo(tried=5, mended=1, cost=1.0),
        ("m.py", 3): Echo(tried=5, mended=2, cost=3.0),
        ("m.py", 2): Echo(tried=5, moved=1),
        ("m.py", 1): Echo(tried=5),
    }
    assert [p.line for p in combined(places, echoes)] == [4, 3, 2, 1]
