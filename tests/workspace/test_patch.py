"""Patches as models send them: what they say, where they fit, and all or nothing."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.workspace.diff import opcodes, unified
from mycoder.workspace.files import Files
from mycoder.workspace.hunks import fit
from mycoder.workspace.patch import BadPatch, FilePatch, Hunk, parse
from mycoder.workspace.plan import Plan, plan

FILE = """\
class A:
    def first(self):
        x = 1
        return x

    def second(self):
        x = 1
        return x
"""


def update(body: str, path: str = "a.py") -> tuple[Hunk, ...]:
    (one,) = parse(f"*** Begin Patch\n*** Update File: {path}\n{body}\n*** End Patch")
    return one.hunks


def fitted(body: str, text: str = FILE) -> str:
    found = fit(text, update(body))
    assert isinstance(found, str), found
    return found


def misfits(body: str, text: str = FILE) -> list[str]:
    found = fit(text, update(body))
    assert isinstance(found, list), found
    return [misfit.message for misfit in found]


WHOLE = """\
*** Begin Patch
*** Update File: a.py
@@ class A:
@@     def second(self):
-        x = 1
+        x = 2
*** Add File: docs/new.md
+# New
+
+text
*** Delete File: old.txt
*** Update File: b.py
*** Move to: c.py
@@
 keep
-old
+new
*** End of File
*** End Patch
"""

WANTED = [
    FilePatch(
        "update",
        "a.py",
        "",
        (Hunk((("-", "        x = 1"), ("+", "        x = 2")), ("class A:", "    def second(self):")),),
    ),
    FilePatch("add", "docs/new.md", content="# New\n\ntext\n"),
    FilePatch("delete", "old.txt"),
    FilePatch("update", "b.py", "c.py", (Hunk(((" ", "keep"), ("-", "old"), ("+", "new")), (), True),)),
]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda p: p,
        lambda p: p.replace("*** End Patch\n", ""),
        lambda p: p.replace("*** Begin Patch\n", "").replace("*** End Patch\n", ""),
        lambda p: f"apply_patch <<'EOF'\n{p}EOF\n",
        lambda p: f"cd /x && cat <<EOF | apply_patch\n{p}EOF\n",
        lambda p: f"```diff\n{p}```\n",
        lambda p: f"Here is the patch:\n\n{p}\nThat should do.",
        lambda p: p.replace("\n", "\r\n"),
        lambda p: p.replace("\n", "\\n"),
        lambda p: p.replace("*** Add File", "*** Create File").replace("*** Delete", "***Remove"),
        lambda p: p.replace("*** Move to:", "*** Rename to:").replace("Update File:", "update file:"),
    ],
)
def test_usual_wrappings_and_mistakes_are_understood(wrap: object) -> None:
    assert callable(wrap)
    assert parse(wrap(WHOLE)) == WANTED


@pytest.mark.parametrize(
    "text", ["", "hello", "*** Begin Patch\n*** End Patch", "*** Update File: a.py\n context"]
)
def test_what_is_no_patch_is_told(text: str) -> None:
    with pytest.raises(BadPatch):
        parse(text)


def test_unified_diffs_are_understood() -> None:
    text = unified(FILE, FILE.replace("second", "third"), "a.py").text
    (one,) = parse("diff --git a/a.py b/a.py\nindex 1..2 100644\n" + text)
    assert (one.operation, one.path, one.hunks[0].near) == ("update", "a.py", 3)
    assert fit(FILE, one.hunks) == FILE.replace("second", "third")
    new, gone = parse(unified("", "x\n", "n").text + unified("y\n", "", "g").text)
    assert (new.operation, new.path, new.content) == ("add", "n", "x\n")
    assert (gone.operation, gone.path) == ("delete", "g")


def test_anchors_choose_the_place() -> None:
    second = fitted("@@     def second(self):\n-        x = 1\n+        x = 2")
    assert second == FILE.replace("second(self):\n        x = 1", "second(self):\n        x = 2")
    first = fitted("@@ def first\n         x = 1\n-        return x\n+        return 2")
    assert first == FILE.replace("return x\n\n", "return 2\n\n")
    repeated = fitted("@@ def second(self):\n     def second(self):\n-        x = 1\n+        x = 5")
    assert repeated == FILE.replace("second(self):\n        x = 1", "second(self):\n        x = 5")


def test_without_an_anchor_two_places_are_refused() -> None:
    (message,) = misfits("@@\n-        x = 1\n+        x = 2")
    assert "occur 2 times, at lines 3, 7" in message
    assert fitted("-        x = 1\n-        return x\n+        return 0\n*** End of File").endswith(
        "(self):\n        return 0\n"
    )


def test_hunks_follow_one_another() -> None:
    both = fitted("@@ def first\n-        x = 1\n+        x = 2\n@@\n-        x = 1\n+        x = 3")
    assert both == FILE.replace("x = 1", "x = 2", 1).replace("x = 1", "x = 3")
    swapped = fitted(
        "@@ def second\n-        x = 1\n+        x = 3\n@@ def first\n-        x = 1\n+        x = 2"
    )
    assert swapped == both


def test_lines_without_an_old_one_are_inserted() -> None:
    assert fitted("+# end") == FILE + "# end\n"
    assert fitted("@@ class A:\n+    y = 0") == FILE.replace("class A:\n", "class A:\n    y = 0\n")
    assert fit("", update("+only")) == "only\n"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            "     def second(self):\n         x = 1\n-        return x\n+        return y", id="right"
        ),
        pytest.param(
            "    def second(self):\n        x = 1\n-        return x\n+        return y", id="no space"
        ),
        pytest.param(" def second(self):\n     x = 1\n-    return x\n+    return y", id="indentation lost"),
        pytest.param(
            "     def second(self):  \n         x = 1\n-        return x \n+        return y", id="trailing"
        ),
        pytest.param(
            "\n     def second(self):\n         x = 1\n-        return x\n+        return y", id="layout"
        ),
    ],
)
def test_whitespace_mistakes_are_put_right(lines: str) -> None:
    assert fitted(f"@@ def second\n{lines}") == FILE[: FILE.rindex("return x")] + "return y\n"


def test_a_forgotten_space_says_nothing_of_new_lines() -> None:
    lines = "    def second(self):\n        x = 1\n+        if x:\n+            return 2"
    assert fitted(lines) == FILE.replace(
        "second(self):\n        x = 1\n",
        "second(self):\n        x = 1\n        if x:\n            return 2\n",
    )


def test_a_hunk_that_fits_nowhere_shows_the_closest_place() -> None:
    one, two = misfits(
        "@@\n-        y = 1\n+        y = 2\n@@ nothing_like_this_at_all\n-        x = 1\n+        x = 2"
    )
    assert one.startswith("hunk 1 of 2: its old lines do not occur")
    assert "+         x = 1" in one
    assert two.startswith("hunk 2 of 2: no line is like its anchor")


def test_a_file_without_a_final_newline_stays_so() -> None:
    assert fit("a\nb", update("-b\n+c")) == "a\nc"
    assert fit("a\nb\n", update(" a\n-b")) == "a\n"
    assert fit("a\n", update("-a")) == ""


LINES = st.lists(st.sampled_from(["a", "b", "    c", "", "d = 1"]), min_size=1, max_size=20)


@settings(deadline=None, max_examples=150)
@given(LINES, LINES, st.booleans())
def test_any_change_can_be_said_as_a_patch(a: list[str], b: list[str], as_unified: bool) -> None:
    old, new = "".join(f"{line}\n" for line in a), "".join(f"{line}\n" for line in b)
    if old == new or not a:
        return
    if as_unified:
        (one,) = parse(unified(old, new, "f").text)
    else:  # all lines of the file as context: nothing is left to choose
        marks = {"delete": "-", "insert": "+"}
        body = []
        for tag, a1, a2, b1, b2 in opcodes(a, b):
            if tag == "equal":
                body += [f" {line}" for line in a[a1:a2]]
            else:
                body += [f"{marks['delete']}{line}" for line in a[a1:a2]]
                body += [f"{marks['insert']}{line}" for line in b[b1:b2]]
        (one,) = parse("*** Begin Patch\n*** Update File: f\n@@\n" + "\n".join(body) + "\n*** End Patch")
    found = fit(old, one.hunks)
    assert found == new or isinstance(found, list) is as_unified is True, (found, new)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text(FILE)
    (tmp_path / "b.py").write_bytes(b"keep\r\nold\r\n")
    (tmp_path / "old.txt").write_text("o\n")
    return tmp_path


def planned(root: Path, text: str, objection: str = "") -> Plan:
    return plan(Files(root), parse(text), lambda file: objection)


def test_a_plan_holds_every_file_in_its_own_form(root: Path) -> None:
    made = planned(root, WHOLE)
    assert made.problems == ()
    assert {one.path: (one.data, one.moved_from) for one in made.files} == {
        "a.py": (FILE.replace("second(self):\n        x = 1", "second(self):\n        x = 2").encode(), ""),
        "docs/new.md": (b"# New\n\ntext\n", ""),
        "old.txt": (None, ""),
        "b.py": (None, ""),
        "c.py": (b"keep\r\nnew\r\n", "b.py"),
    }


def test_every_problem_is_told_at_once(root: Path) -> None:
    (root / "bin").write_bytes(b"\x00")
    (root / "taken").write_text("t\n")
    made = planned(
        root,
        "*** Update File: a.py\n@@\n-nothing here\n+x\n*** Add File: old.txt\n+x\n*** Delete File: nix\n"
        "*** Update File: bin\n-x\n+y\n*** Add File: ../out\n+x\n*** Add File: A.PY\n+x\n"
        "*** Update File: b.py\n*** Move to: taken\n-old\n+new\n",
    )
    assert made.files == ()
    assert [problem.split(":")[0] for problem in made.problems] == [
        "update a.py", "add old.txt", "delete nix", "update bin", "add ../out", "add A.PY", "update b.py"
    ]  # fmt: skip


def test_an_objection_stops_the_plan(root: Path) -> None:
    assert planned(root, "*** Update File: old.txt\n-o\n+x\n", "it has changed").problems == (
        "update old.txt: it has changed",
    )


def test_sections_of_one_file_follow_one_another(root: Path) -> None:
    made = planned(root, "*** Update File: old.txt\n-o\n+p\n*** Update File: old.txt\n-p\n+q\n")
    assert [(one.path, one.data) for one in made.files] == [("old.txt", b"q\n")]
    made = planned(root, "*** Delete File: old.txt\n*** Add File: old.txt\n+fresh\n")
    assert [(one.path, one.data) for one in made.files] == [("old.txt", b"fresh\n")]
    assert planned(root, "*** Delete File: old.txt\n*** Update File: old.txt\n-o\n+p\n").problems
