import os
from pathlib import Path

import pytest

from mycoder.workspace import repo_map, tags
from mycoder.workspace.ranking import rank
from mycoder.workspace.symbols import Symbol, symbols
from mycoder.workspace.tags import Tags, collect


def plant(root: Path, tree: dict[str, str]) -> Path:
    for path, text in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    core = "class SessionStore:\n    def load_session(self, key):\n        return 1\n\n\n"
    core += "def unused_thing(): pass\n"
    users = {
        f"app/user{i}.py": f"import core\n\n\ndef run_{i}():\n    core.SessionStore().load_session(1)\n"
        for i in range(8)
    }
    price = "def parse_price(text):\n    return float(text)\n"
    files = {
        "core.py": core,
        "shop/price.py": price,
        "shop/cart.ts": "export function total() { parse_price() }\n",
    }
    return plant(tmp_path / "p", files | users | {"notes.md": "parse_price", "data.json": "{}"})


def test_what_is_used_most_comes_first(project: Path) -> None:
    found = repo_map.build(project, budget=60)
    assert found.text.startswith("core.py\n    1 class SessionStore\n    2   def load_session(self, key)")
    assert found.total == 13
    assert found.files == 11
    assert found.left == 0


def test_a_question_turns_the_order(project: Path) -> None:
    assert repo_map.build(project, query="wrong price", budget=40).text.startswith(
        "shop/price.py\n    1 def parse_price(text)"
    )
    assert repo_map.build(project, query="unused_thing", budget=12).text.startswith(
        "core.py\n    6 def unused_thing()"
    )


def test_recent_work_turns_the_order(project: Path) -> None:
    text = repo_map.build(project, touched={"shop/cart.ts"}, budget=400).text
    assert text.index("shop/price.py") < text.index("app/user0.py")


def test_a_folder_alone(project: Path) -> None:
    found = repo_map.build(project, below="shop", budget=400)
    assert found.text == "shop/price.py\n    1 def parse_price(text)\nshop/cart.ts\n    1 function total()"


@pytest.mark.parametrize("budget", [10, 50, 200, 1000])
def test_the_budget_is_kept(project: Path, budget: int) -> None:
    found = repo_map.build(project, budget=budget)
    assert len(found.text) <= budget * repo_map.CHARACTERS_PER_TOKEN
    assert found.shown <= found.total


def test_nothing_to_map(tmp_path: Path) -> None:
    assert repo_map.build(plant(tmp_path, {"a.txt": "x"})) == repo_map.RepoMap("", 0, 0, 0)


def test_the_same_project_gives_the_same_map(project: Path) -> None:
    assert len({repo_map.build(project, query="session").text for _ in range(3)}) == 1


def test_what_is_known_is_not_read_again(project: Path, tmp_path: Path) -> None:
    store = tmp_path / "state/tags"
    first = repo_map.build(project, store=store)
    assert store.stat().st_mode & 0o777 == 0o600
    status = (project / "core.py").stat()
    (project / "core.py").write_text("x" * status.st_size)
    os.utime(project / "core.py", ns=(status.st_atime_ns, status.st_mtime_ns))  # looks the same
    assert repo_map.build(project, store=store) == first
    (project / "core.py").write_text("def anew(): pass\n")
    (project / "shop/price.py").unlink()
    second = repo_map.build(project, store=store)
    assert "anew" in second.text
    assert "SessionStore" not in second.text
    assert second.files == 10


@pytest.mark.parametrize("junk", [b"", b"\xff\xff", b"\x92\x01\x80", b"\x92\x63\x80", b"{}"])
def test_a_broken_store_is_made_again(project: Path, tmp_path: Path, junk: bytes) -> None:
    store = tmp_path / "tags"
    store.write_bytes(junk)
    assert repo_map.build(project, store=store).total == 13
    assert len(store.read_bytes()) > 100


def test_a_store_that_cannot_be_written_is_done_without(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert repo_map.build(project, store=tmp_path / "file/tags").total == 13


def test_time_is_bounded_and_what_is_left_is_said(tmp_path: Path) -> None:
    plant(tmp_path, {f"m{i}.py": "def f(): pass\n" * 200 for i in range(100)})
    found = repo_map.build(tmp_path, seconds=0.05)
    assert 0 < found.files < 100
    assert found.left == 100 - found.files
    told: list[tuple[int, int]] = []
    assert repo_map.build(tmp_path, progress=lambda done, total: told.append((done, total))).left == 0
    assert told == [(50, 100), (100, 100)]
    assert repo_map.build(tmp_path, stop=lambda: True).files == 0


def test_own_code_is_read_before_tests_and_vendored(tmp_path: Path) -> None:
    plant(tmp_path, dict.fromkeys(("tests/a.py", "vendor/b.py", "src/deep/c.py", "d.py"), "def f(): pass\n"))
    assert list(collect(str(tmp_path), ["tests/a.py", "vendor/b.py", "src/deep/c.py", "d.py"]).files) == [
        *("d.py", "src/deep/c.py", "tests/a.py", "vendor/b.py")
    ]


def test_odd_files(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {"min.js": "function f(){};" * 1000, "big.py": "def g(): pass\n" * 40_000, "ok.py": "def h(): pass"},
    )
    (tmp_path / "binary.py").write_bytes(b"\0")
    odd = os.fsdecode(b"\xff\n.py")
    (tmp_path / odd).write_text("def k(): pass")
    store = tmp_path / "store"
    for _ in range(2):
        found = repo_map.build(tmp_path, store=store)
        assert found.total == 2
        assert "\\xff\\x0a.py\n    1 def k()" in found.text


def test_ranks_sum_up_and_links_lead_to_definitions() -> None:
    def tags(defined: str, words: str) -> Tags:
        found = tuple(Symbol(name, "function", 1, 1, f"def {name}()") for name in defined.split())
        return Tags(0, 0, found, words)

    files = {
        "a": tags("helper_of_a", "helper_of_b"),
        "b": tags("helper_of_b", ""),
        "c": tags("main", "helper_of_b"),
    }
    ranked = rank(files)
    assert ranked[0].symbol.name == "helper_of_b"
    assert rank({}) == []


def test_a_large_project_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(path: str, data: bytes, *, seconds: float) -> list[Symbol] | None:
        read.append(path)
        return symbols(path, data, seconds=seconds)

    monkeypatch.setattr(tags, "symbols", counted)
    lines = "".join(
        f"def function_number_{i}(a, b):\n    return function_number_{i + 1}(a)\n" for i in range(10)
    )
    plant(tmp_path, {f"p{i % 20}/m{i}.py": lines.replace("number", f"number_{i}") for i in range(500)})
    cold = repo_map.build(tmp_path, store=tmp_path / "store", seconds=60)
    assert (cold.files, cold.total, len(read)) == (500, 5000, 500)
    assert repo_map.build(tmp_path, store=tmp_path / "store", seconds=60) == cold
    assert len(read) == 500
