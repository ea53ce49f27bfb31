from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.workspace.grammars import LANGUAGES
from mycoder.workspace.outline import of_file, render
from mycoder.workspace.symbols import symbols

PYTHON = """\
X = 1
x, y = 1, 2
@dec
@dec2(1)
class A(B):
    z = 1
    @property
    def f(self, x: int = 1,
          y=2) -> int:
        def inner(): pass
        return 1
    async def g(self): ...
    class C: pass
if True:
    def h(): pass
try:
    import q
except ImportError:
    def k(): pass
type T = int
"""
GO = """\
package a

const (
 A = 1
)
type T struct {
 a int
}
type I interface { M(x int) error }
func F(x int) int { return x }
func (t *T) M(y int) {}
"""
RUST = """\
pub const A: u8 = 1;
macro_rules! m { () => {} }
pub struct S<T> { a: T }
impl<T> Tr for S<T> { fn f(&self) -> u8 { 1 } }
mod x { pub fn g() {} }
trait Tr { fn f(&self) -> u8; }
"""
JAVA = """\
package a;
@Ann public class A<T> extends B {
  private int x;
  public A() {}
  @Override public int f(int x) { return x; }
  enum E { P, Q; void g() {} }
  interface I { int h(); }
}
"""
HEADER = """\
#ifndef X
#define X
#define MAX(a,b) ((a)>(b)?(a):(b))
int proto(int x);
extern "C" { void c_fn(void); }
namespace n {
class A : public B {
 public: A(); ~A();
  int f(int x) const { return x; }
  bool operator==(const A& o);
 private: int z;
};
class Forward;
template <class T>
T h(T x) { return x; }
}
int n::A::k(int y) { return y; }
typedef struct { int q; } Q;
#endif
"""
C = """\
static int *f(int x) { return 0; }
struct P { int a; };
struct P variable;
typedef struct Q { int q; } Q_t;
int g = 3;
#ifdef Z
void h(void) {}
#endif
"""
TYPESCRIPT = """\
export interface I { m(x: number): void; p: string }
export abstract class A<T> extends B {
  private x = 1;
  constructor(y: number) { super() }
  abstract q(): void;
  arrow = (a: number) => a
}
export type U = string | number;
namespace N { export function g() {} }
export const f = async (x: number) => x;
const LIMIT = 5, other = 6;
declare function d(x: number): void;
module.exports.k = function () {};
"""
BASH = "f() { echo; }\nfunction g { echo; }\nexport X=1\n"
MARKDOWN = "# One\ntext\n```\n# not\n```\n## Two ##\n# Three\n"

EXPECTED = {
    "a.py": (
        PYTHON,
        [
            *(
                "1 X = 1",
                "3-13 class A(B)",
                "7-11  def f(self, x: int = 1, y=2) -> int",
                "12  async def g(self)",
            ),
            *("13  class C", "15 def h()", "19 def k()", "20 type T = int"),
        ],
    ),
    "a.go": (
        GO,
        [
            *("4 A = 1", "6-8 T struct", "9 I interface", "9  M(x int) error", "10 func F(x int) int"),
            "11 func (t *T) M(y int)",
        ],
    ),
    "a.rs": (
        RUST,
        [
            *("1 pub const A: u8 = 1", "2 macro_rules! m", "3 pub struct S<T>", "4 impl<T> Tr for S<T>"),
            *("4  fn f(&self) -> u8", "5 mod x", "5  pub fn g()", "6 trait Tr", "6  fn f(&self) -> u8"),
        ],
    ),
    "a.java": (
        JAVA,
        [
            *("2-8 @Ann public class A<T> extends B", "4  public A()", "5  @Override public int f(int x)"),
            *("6  enum E", "6   void g()", "7  interface I", "7   int h()"),
        ],
    ),
    "a.h": (
        HEADER,
        [
            *(
                "3 #define MAX(a,b) ((a)>(b)?(a):(b))",
                "4 int proto(int x)",
                "5 void c_fn(void)",
                "6-16 namespace n",
            ),
            *("7-12  class A : public B", "8   A()", "8   ~A()", "9   int f(int x) const"),
            *(
                "10   bool operator==(const A& o)",
                "14-15  T h(T x)",
                "17 int n::A::k(int y)",
                "18 typedef struct Q",
            ),
        ],
    ),
    "a.c": (
        C,
        ["1 static int *f(int x)", "2 struct P", "4 typedef struct Q Q_t", "7 void h(void)"],
    ),
    "a.ts": (
        TYPESCRIPT,
        [
            *("1 interface I", "1  m(x: number): void", "2-7 abstract class A<T> extends B"),
            *("4  constructor(y: number)", "5  abstract q(): void", "6  arrow = (a: number)"),
            *("8 type U = string | number", "9 namespace N", "9  function g()", "10 f = async (x: number)"),
            *("11 LIMIT = 5", "12 function d(x: number): void", "13 module.exports.k = function ()"),
        ],
    ),
    "a.sh": (BASH, ["1 f()", "2 function g"]),
    "a.md": (MARKDOWN, ["1-6 # One", "6  ## Two", "7 # Three"]),
}


def listed(name: str, source: str) -> list[str]:
    found = symbols(name, source.encode())
    assert found is not None
    return [
        f"{s.first}{f'-{s.last}' if s.last > s.first else ''} {' ' * s.depth}{s.signature}" for s in found
    ]


@pytest.mark.parametrize("name", EXPECTED)
def test_definitions(name: str) -> None:
    source, expected = EXPECTED[name]
    assert listed(name, source) == expected


def test_javascript_is_read_as_typescript_is() -> None:
    assert listed("a.js", "class A { m() {} f = () => 1 }\nexport default function g() {}\n") == [
        *("1 class A", "1  m()", "1  f = ()", "2 function g()"),
    ]
    assert listed("a.tsx", "export const P = (x: number) => <p>{x}</p>;\n") == ["1 P = (x: number)"]


def test_broken_source_gives_what_is_whole() -> None:
    assert listed("a.py", "def f(: pass\n\ndef g(x):\n    return 1\n")[-1] == "3-4 def g(x)"


def test_what_cannot_be_outlined() -> None:
    assert symbols("a.txt", b"x") is None
    assert symbols("a.py", b"x = 1\n" * 500_000) is None
    assert symbols("a.sh", b"((((([[[[{{{{<<<<" * 12_000, seconds=0.1) is None
    assert symbols("a.py", b"") == []


def test_deep_nesting_is_bounded() -> None:
    deep = "".join(f"{' ' * i}class C{i}:\n" for i in range(200)) + " " * 200 + "x = 1\n"
    found = symbols("a.py", deep.encode())
    assert found is not None
    assert max(s.depth for s in found) <= 8
    conditions = "".join(f"{' ' * i}if x:\n" for i in range(90)) + " " * 90 + "def f(): pass\n"
    assert [s.name for s in symbols("a.py", conditions.encode()) or ()] == ["f"]


def test_many_definitions_and_long_signatures_are_cut() -> None:
    found = symbols("a.py", b"def f(" + b"a, " * 500 + b"): pass\n" + b"def g(): pass\n" * 5000)
    assert found is not None
    assert len(found) == 3000
    assert len(found[0].signature) == 140


@settings(deadline=None, max_examples=150)
@given(
    name=st.sampled_from(sorted(f"a{ending}" for ending in LANGUAGES)),
    source=st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.sampled_from(" ".join(text for text, _ in EXPECTED.values()).split(" ")), max_size=40
        ).map(lambda words: " ".join(words).encode()),
    ),
)
def test_any_bytes_give_lines_of_the_file(name: str, source: bytes) -> None:
    lines = source.count(b"\n") + 1
    for symbol in symbols(name, source, seconds=30) or ():
        assert 1 <= symbol.first <= symbol.last <= lines
        assert symbol.name
        assert "\n" not in symbol.signature


def test_the_outline_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"class A:\r\n    def f(self):\r\n        pass\r\n")
    assert render(of_file(tmp_path, "a.py")) == "a.py, 3 lines\n1-3 class A\n2-3   def f(self)"
    (tmp_path / "empty.py").write_bytes(b"")
    assert render(of_file(tmp_path, "empty.py")) == "empty.py, 0 lines: no definitions"


def test_the_outline_of_what_has_none(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo")
    (tmp_path / "b.py").write_bytes(b"\0")
    (tmp_path / "big.py").write_text("x = 1\n" * 500_000)
    assert (
        of_file(tmp_path, "a.txt").problem
        == "a.txt (2 lines) is in no language that can be outlined; read it"
    )
    assert of_file(tmp_path, "b.py").problem == "b.py is not text"
    assert "too big to outline" in of_file(tmp_path, "big.py").problem
    assert "cannot be read" in of_file(tmp_path, "none.py").problem


def test_a_long_outline_leaves_members_out(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("".join(f"class C{i}:\n    def f(self): pass\n" for i in range(200)))
    text = render(of_file(tmp_path, "a.py"))
    assert len(text.splitlines()) == 202
    assert text.endswith("[200 more, mostly members; use grep]")
