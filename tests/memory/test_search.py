"""Search: three languages, identifiers, age, a lost index."""

import pytest

from mycoder.memory.entries import Entry, one_line
from mycoder.memory.files import write_text
from mycoder.memory.memory import Memory
from mycoder.memory.search import literal, search
from mycoder.memory.words import cut

NOTES = {
    "en-port": "The staging server listens on port 8431.",
    "en-retry": "Uploads are retried by retryWithBackoff up to five times.",
    "en-db": "order_total_cents is stored as an integer, never as a float.",
    "zh-cache": "缓存服务器重启之后，会话数据会全部丢失。",
    "zh-deploy": "部署到生产环境之前需要管理员批准。",
    "zh-pool": "数据库连接池的上限是二十个连接。",
    "ja-test": "テストは並列で実行すると失敗することがある。",
    "ja-config": "設定ファイルは起動時に一度だけ読み込まれる。",
    "ja-release": "リリースは毎月第一火曜日に行う。",
}
QUESTIONS = {
    "en-port": "which ports does staging use",
    "en-retry": "backoff of an upload",
    "en-db": "OrderTotalCents",
    "zh-cache": "会话丢失",
    "zh-deploy": "谁批准部署",
    "zh-pool": "连接池大小",
    "ja-test": "並列テスト",
    "ja-config": "設定の読み込み",
    "ja-release": "リリース日はいつ",
}


@pytest.fixture
def memory(tmp_path):
    memory = Memory(tmp_path, tmp_path / "projects/p", tmp_path)
    other = [f"Note {n} speaks of 天气 and 天気 and the weather in week {n}." for n in range(60)]
    lines = [Entry(f"{id}", text, by="assistant", date="2026-11-01").line() for id, text in NOTES.items()]
    lines += [Entry(f"o{n}", text, by="assistant", date="2026-11-01").line() for n, text in enumerate(other)]
    write_text(memory.folder / "notes/2026-11.md", "".join(lines))
    return memory


def test_nine_of_nine_are_found_first_in_three_languages(memory):
    first = {id: (search(memory, asked) or [None])[0] for id, asked in QUESTIONS.items()}
    assert {id: hit and hit.entry.id for id, hit in first.items()} == {id: id for id in QUESTIONS}


def test_words_are_cut_the_same_way_everywhere():
    assert cut("parseHTTPReply") == ["parsehttpreply", "parse", "http", "reply"]
    assert cut("order_total_cents") == ["ordertotalcents", "order", "total", "cents"]
    assert cut("OrderTotalCents")[0] == "ordertotalcents"
    assert cut("连接池") == ["连接", "接池"]
    assert cut("ﾃｽﾄ") == cut("テスト")
    assert cut("data:image/png;base64,AAAA") == []
    assert cut("") == []


def test_a_part_of_a_word_is_found_as_it_stands(memory):
    assert [hit.entry.id for hit in search(memory, "hWithBacko")] == ["en-retry"]
    assert search(memory, "池") != []
    assert search(memory, "nothing of the kind exists xyzzy")[:0] == []
    assert search(memory, '"AND OR NOT * ( NEAR') is not None
    assert search(memory, "") == []


def test_newer_and_pinned_come_first(tmp_path):
    memory = Memory(tmp_path, tmp_path / "projects/p", tmp_path)
    rows = [
        Entry("old", "The gate is slow.", by="assistant", date="2024-01-01"),
        Entry("new", "The gate is slow!", by="assistant", date="2026-11-20"),
        Entry("pin", "The gate is slow?", by="assistant", date="2026-11-20", is_pinned=True),
    ]
    write_text(memory.file("project"), "".join(row.line() for row in rows))
    assert [hit.entry.id for hit in search(memory, "gate")] == ["pin", "new", "old"]


def test_the_index_follows_the_files_and_may_be_lost_or_broken(memory):
    assert search(memory, "staging")
    index = memory.folder / "index.sqlite"
    memory.add("The tower is painted blue.", by="you")
    assert search(memory, "tower")[0].entry.text == "The tower is painted blue."
    found = memory.find(search(memory, "tower")[0].entry.id)
    assert found is not None
    memory.forget(*found)
    assert search(memory, "tower painted") == []
    index.write_bytes(b"this is no database, but long enough to be looked at " * 200)
    assert search(memory, "staging")[0].entry.id == "en-port"
    index.unlink()
    assert search(memory, "staging")[0].entry.id == "en-port"
    index.unlink()
    index.mkdir()
    assert search(memory, "staging")[0].entry.id == "en-port"
    assert (memory.folder / "notes/2026-11.md").exists()


def test_a_file_of_broken_bytes_is_searched_all_the_same(memory):
    broken = b"## Kn\xffow\n- The t\xffower is blue. <!-- id=a\xff by=you in=s\xfe cites=\xff -->\n"
    memory.file("project").write_bytes(broken)
    assert "blue" in search(memory, "blue")[0].entry.text
    assert memory.brief(500).stale == 1, "it cites a path that is none"
    assert memory.file("project").read_bytes() == broken


def test_another_project_is_never_found(memory, tmp_path):
    other = Memory(tmp_path, tmp_path / "projects/q", tmp_path)
    other.add("The secret of q is 77.", by="assistant")
    other.add("Everyone likes tea.", by="you", scope="user")
    assert search(memory, "secret 77") == []
    assert literal(memory, "secret of q") == []
    assert [hit.entry.scope for hit in search(memory, "tea")] == ["user"]


def test_a_hundred_thousand_characters_are_cut(memory):
    assert len(one_line("x " * 100_000)) == 2_000
    assert search(memory, "port " * 5_000)[0].entry.id == "en-port"
