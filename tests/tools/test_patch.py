"""The tool patch."""

from pathlib import Path

import pytest

from mycoder.tools.patch import patch
from mycoder.tools.read import read
from tests.tools.standing import Standing
from tests.workspace.trees import tree_of


@pytest.fixture
def at(tmp_path: Path) -> Standing:
    standing = Standing(tmp_path)
    standing.write("a.py", "def f(x):\n    return x + 1\n")
    standing.write("b.txt", b"keep\r\nold\r\n").chmod(0o755)
    standing.write("gone.bin", b"\x00\xff")
    return standing


GOOD = """*** Begin Patch
*** Update File: a.py
@@ def f(x):
-    return x + 1
+    return x + 2
*** Update File: b.txt
*** Move to: sub/c.txt
 keep
-old
+new
*** Delete File: gone.bin
*** Add File: n/new.py
+x = 1
*** End Patch"""


async def test_all_of_it_in_one_entry(at: Standing) -> None:
    start = tree_of(at.root)
    result = await at.call(patch, patch=GOOD)
    assert result.output == (
        "updated a.py\n1   def f(x):\n  -     return x + 1\n2 +     return x + 2\n"
        "moved b.txt to sub/c.txt\n1   keep\n  - old\n2 + new\n"
        "deleted gone.bin\nadded n/new.py, 1 line"
    )
    after = tree_of(at.root)
    assert after["sub/c.txt"] == ("f", 0o755, b"keep\r\nnew\r\n")
    assert after["n/new.py"][2] == b"x = 1\n"
    assert "gone.bin" not in after
    assert "b.txt" not in after
    assert len(at.workspace.journal.drain()) == 1
    at.workspace.journal.undo()
    assert tree_of(at.root) == start


async def test_one_bad_hunk_and_nothing_changes(at: Standing) -> None:
    start = tree_of(at.root)
    result = await at.call(patch, patch=GOOD.replace("-old", "-odd"))
    assert not result.ok
    assert result.output.startswith(
        "Nothing was changed. 1 problem:\nupdate b.txt: its old lines do not occur"
    )
    assert "2 + old" in result.output
    assert tree_of(at.root) == start
    assert at.workspace.journal.drain() == []


async def test_what_is_no_patch_is_answered(at: Standing) -> None:
    assert "*** Update File: path" in (await at.call(patch, patch="make it better")).output


async def test_broken_syntax_is_refused_once(at: Standing) -> None:
    broken = "*** Update File: a.py\n-    return x + 1\n+    return (x + 1\n"
    assert "would no longer parse" in (await at.call(patch, patch=broken)).output
    assert b"(x + 1" not in at.bytes_of("a.py")
    assert (await at.call(patch, patch=broken)).ok


async def test_a_file_that_changed_since_it_was_read_is_refused_once(at: Standing) -> None:
    await at.call(read, path="a.py")
    (at.root / "a.py").write_text("# by hand\ndef f(x):\n    return x + 1\n")
    change = "*** Update File: a.py\n-    return x + 1\n+    return x\n"
    assert "has changed since you read it" in (await at.call(patch, patch=change)).output
    assert (await at.call(patch, patch=change)).ok
    assert at.bytes_of("a.py") == b"# by hand\ndef f(x):\n    return x\n"


async def test_a_new_file_that_does_not_parse_is_told(at: Standing) -> None:
    result = await at.call(patch, patch="*** Add File: x.py\n+def f(:\n")
    assert result.ok
    assert "it does not parse" in result.output


async def test_a_patch_that_changes_nothing_is_told(at: Standing) -> None:
    result = await at.call(patch, patch="*** Update File: a.py\n-    return x + 1\n+    return x + 1\n")
    assert not result.ok
    assert "already" in result.output
