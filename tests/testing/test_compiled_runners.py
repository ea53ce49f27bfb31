"""cargo, go, maven and gradle: the real tools where they are installed, and what they printed where not."""

import json
import os
import pwd
import shutil
import textwrap
from pathlib import Path

import pytest

from mycoder.testing.detect import detect
from tests.testing.projects import ENV, Bench, entries, outcomes, write

needs_cargo = pytest.mark.skipif(not shutil.which("cargo"), reason="cargo is not here")
needs_go = pytest.mark.skipif(not shutil.which("go"), reason="go is not here")

CRATE = {
    "Cargo.toml": '[package]\nname = "calc"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/lib.rs": """
pub fn add(a: i64, b: i64) -> i64 { a - b }
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn adds() {
        println!("test tests::fake ... ok");
        println!("test result: ok. 99 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!(add(1, 2), 3, "the sum");
    }
    #[test]
    fn fine() {}
    #[test]
    #[ignore = "slow"]
    fn ignored() {}
    #[test]
    fn gives_error() -> Result<(), String> { Err("bad".into()) }
}
""",
    "tests/it.rs": "#[test]\nfn works() { assert!(calc::add(1, 1) == 0); }\n",
}


@pytest.fixture
def keep_rust(monkeypatch):
    """rustup finds its toolchains in the home directory, which tests have their own of."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    for name, folder in (("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")):
        if (home / folder).exists():
            monkeypatch.setenv(name, str(home / folder))
    monkeypatch.delenv("RUST_BACKTRACE", raising=False)


@needs_cargo
@pytest.mark.usefixtures("keep_rust")
async def test_cargo_is_read_test_by_test(make_bench):
    made = make_bench(CRATE)
    before = entries(made.root)
    run = await made.run(seconds=110)
    assert run.problem == ""
    assert outcomes(run) == {
        "calc::tests::adds": "failed",
        "calc::tests::fine": "passed",
        "calc::tests::ignored": "skipped",
        "calc::tests::gives_error": "failed",
        "it::works": "passed",
    }
    adds = run.cases["calc::tests::adds"]
    assert "the sum" in adds.message
    assert "left: -1" in adds.message
    assert (adds.frames[-1].path, adds.frames[-1].line) == ("src/lib.rs", 10)
    assert 'Error: "bad"' in run.cases["calc::tests::gives_error"].message
    assert entries(made.root) == before, "no build folder and no lock file are left"
    assert set((await made.run("calc::tests::adds")).cases) == {"calc::tests::adds"}
    (made.root / "src/lib.rs").write_text("pub fn add(a: i64, b: i64) -> i64 { a - }\n")
    broken = await made.run()
    assert "does not build" in broken.problem
    assert "src/lib.rs:1" in broken.problem
    compared = made.bench.compare(broken)
    assert compared.broken == ("cargo build",)


CARGO_CRASH = """
running 3 tests
test tests::a ... ok
test tests::b - should panic ... ok
test tests::dies ... error: test failed, to rerun pass `--lib`

Caused by:
  process didn't exit successfully: `/x/target/debug/deps/calc-3bdcbcd49d55c675` (signal: 11, SIGSEGV)
     Running tests/it.rs (target/debug/deps/it-1e3e32e4a00004cf)

running 1 test
test works ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
"""


def fake(root: Path, name: str, text: str, code: int) -> None:
    """A program in the project that prints the text and ends with the code."""
    (root / f"{name}.out").write_text(text)
    script = root / name
    script.write_text(f'#!/bin/sh\ncat "$0.out"\nexit {code}\n')
    script.chmod(0o755)


async def ran(
    tmp_path: Path, command: str, name: str, text: str, code: int, files: dict[str, str] | None = None
):
    root = write(tmp_path / "project", files or {})
    root.mkdir(exist_ok=True)
    fake(root, name, text, code)
    made = Bench(root, tmp_path / "state", detect(root, command, ENV))
    try:
        return await made.run(), made
    finally:
        await made.close()


async def test_a_test_binary_that_dies_is_no_success(tmp_path):
    run, _ = await ran(tmp_path, "./cargo test", "cargo", CARGO_CRASH, 101)
    assert "ended before" in run.problem
    assert "dies" in run.problem
    assert outcomes(run) == {"test::tests::a": "passed", "test::tests::b": "passed", "it::works": "passed"}


def go_events(*events: tuple[str, str, str, str]) -> str:
    names = ("Action", "Package", "Test", "Output")
    lines = [json.dumps({k: v for k, v in zip(names, event, strict=True) if v}) for event in events]
    return "\n".join(lines) + "\n"


GO = """# example.com/m/broken [example.com/m/broken.test]
broken/b_test.go:3:28: undefined: undefined
""" + go_events(
    ("start", "example.com/m/calc", "", ""),
    ("run", "example.com/m/calc", "TestAdd", ""),
    ("output", "example.com/m/calc", "TestAdd", "--- PASS: TestFake (0.00s)\n"),
    ("run", "example.com/m/calc", "TestAdd/one_two.Test/x", ""),
    ("output", "example.com/m/calc", "TestAdd/one_two.Test/x", "    calc_test.go:7: Add(1, 2) = -1\n"),
    ("fail", "example.com/m/calc", "TestAdd/one_two.Test/x", ""),
    ("output", "example.com/m/calc", "TestAdd", "--- FAIL: TestAdd (0.01s)\n"),
    ("fail", "example.com/m/calc", "TestAdd", ""),
    ("run", "example.com/m/calc", "TestSkip", ""),
    ("skip", "example.com/m/calc", "TestSkip", ""),
    ("pass", "example.com/m/calc", "TestGood", ""),
    ("fail", "example.com/m/calc", "", ""),
    ("output", "example.com/m/broken", "", "FAIL\texample.com/m/broken [build failed]\n"),
    ("fail", "example.com/m/broken", "", ""),
    ("skip", "example.com/m/empty", "", ""),
)


async def test_go_events_are_read(tmp_path):
    files = {"go.mod": "module example.com/m\n", "calc/calc_test.go": "\n" * 6 + "t.Errorf()\n"}
    run, made = await ran(tmp_path, "./go test ./...", "go", GO, 1, files)
    assert outcomes(run) == {
        "example.com/m/calc::TestAdd/one_two.Test/x": "failed",
        "example.com/m/calc::TestAdd": "failed",
        "example.com/m/calc::TestSkip": "skipped",
        "example.com/m/calc::TestGood": "passed",
        "example.com/m/broken": "error",
    }
    assert "example.com/m/broken" in run.problem
    frame = run.cases["example.com/m/calc::TestAdd/one_two.Test/x"].frames[-1]
    assert (frame.path, frame.line, frame.source) == ("calc/calc_test.go", 7, "t.Errorf()")
    assert "undefined: undefined" in run.cases["example.com/m/broken"].message
    assert run.cases["example.com/m/broken"].frames[-1].path == "broken/b_test.go"
    assert "undefined: undefined" in made.digest(run)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (go_events(("run", "m", "TestA", "")), 2, "m::TestA"),
        (
            go_events(
                ("output", "m", "TestA", "panic: nil map\n"),
                ("fail", "m", "TestA", ""),
                ("fail", "m", "", ""),
            ),
            1,
            "m::TestA panicked",
        ),
        (go_events(("start", "m", "", ""), ("skip", "m", "", "")), 0, "no tests ran"),
        ("go: cannot find main module\n", 1, "cannot find main module"),
    ],
)
async def test_go_that_proves_nothing_says_why(tmp_path, text, code, words):
    run, _ = await ran(tmp_path, "./go test ./...", "go", text, code)
    assert words in run.problem
    assert not run.is_green


@needs_go
async def test_go_for_real(make_bench):
    made = make_bench(
        {
            "go.mod": "module example.com/m\n\ngo 1.21\n",
            "calc/calc.go": "package calc\n\nfunc Add(a, b int) int { return a - b }\n",
            "calc/calc_test.go": 'package calc\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n'
            '\tif Add(1, 2) != 3 {\n\t\tt.Error("sum")\n\t}\n}\n\nfunc TestGood(t *testing.T) {}\n',
        }
    )
    run = await made.run(seconds=110)
    assert outcomes(run) == {
        "example.com/m/calc::TestAdd": "failed",
        "example.com/m/calc::TestGood": "passed",
    }
    assert set((await made.run("example.com/m/calc::TestGood")).cases) == {"example.com/m/calc::TestGood"}


JUNIT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="a.b.CalcTest" tests="4" errors="1" failures="1" skipped="1">
  <testcase name="fine" classname="a.b.CalcTest" time="0.01"/>
  <testcase name="adds" classname="a.b.CalcTest" time="1,000.229">
    <failure message="expected: &lt;3&gt; but was: &lt;-1&gt;" type="org.opentest4j.AssertionFailedError"
        ><![CDATA[org.opentest4j.AssertionFailedError: expected: <3> but was: <-1>
\tat org.junit.jupiter.api.AssertEquals.assertEquals(AssertEquals.java:150)
\tat app//a.b.Calc.add(Calc.java:3)
\tat a.b.CalcTest.adds(CalcTest.java:4)
\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)
]]></failure>
    <system-out>Tests run: 99, Failures: 0</system-out>
  </testcase>
  <testcase name="boom" classname="a.b.CalcTest"
    ><error type="java.lang.IllegalStateException">java.lang.IllegalStateException: no</error></testcase>
  <testcase name="later" classname="a.b.CalcTest"><skipped message="later"/></testcase>
</testsuite>
"""
SOURCES = {
    "src/main/java/a/b/Calc.java": "package a.b;\nclass Calc {\n  int add() { return 0; }\n}\n",
    "src/test/java/a/b/CalcTest.java": "package a.b;\n",
}


def script(folder: str, xml: str, code: int, name: str = "TEST-a.b.CalcTest.xml") -> str:
    return (
        textwrap.dedent(
            f"""\
        #!/bin/sh
        echo "$@" > arguments.txt
        mkdir -p {folder}
        cat > {folder}/{name} <<'XML'
        """
        )
        + f"{xml.rstrip()}\nXML\nexit {code}\n"
    )


@pytest.mark.parametrize(
    ("wrapper", "manifest", "folder", "mark"),
    [
        ("mvnw", "pom.xml", "target/surefire-reports", "-Dtest=CalcTest#adds"),
        ("gradlew", "build.gradle.kts", "app/build/test-results/test", "--tests CalcTest.adds"),
    ],
)
async def test_reports_of_the_jvm_are_read(make_bench, wrapper, manifest, folder, mark):
    made = make_bench({manifest: "x", wrapper: script(folder, JUNIT, 1), **SOURCES})
    (made.root / wrapper).chmod(0o755)
    stale = made.root / folder / "TEST-old.Test.xml"
    stale.parent.mkdir(parents=True)
    stale.write_text(JUNIT.replace("CalcTest", "OldTest"))
    os.utime(stale, (1, 1))
    run = await made.run()
    assert outcomes(run) == {
        "a.b.CalcTest#fine": "passed",
        "a.b.CalcTest#adds": "failed",
        "a.b.CalcTest#boom": "failed",
        "a.b.CalcTest#later": "skipped",
    }
    adds = run.cases["a.b.CalcTest#adds"]
    assert adds.message == "AssertionFailedError: expected: <3> but was: <-1>"
    assert [f.path for f in adds.frames] == ["src/test/java/a/b/CalcTest.java", "src/main/java/a/b/Calc.java"]
    assert adds.frames[-1].source == "int add() { return 0; }"
    assert run.problem == ""
    await made.run("src/test/java/a/b/CalcTest.java::adds")
    assert mark in (made.root / "arguments.txt").read_text()


ENTITIES = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
ALL_PASSED = JUNIT.replace("<failure", "<passed").replace("</failure", "</passed").replace("error", "passed")


@pytest.mark.parametrize(
    ("xml", "code", "words"),
    [
        ("", 1, "could not be loaded"),
        ("<testsuite", 1, "could not be loaded"),
        ("<testsuite/>", 0, "no tests ran"),
        (f'<?xml version="1.0"?><!DOCTYPE x [{ENTITIES}]><x>&b;</x>', 0, "no tests ran"),
        (ALL_PASSED, 1, "exit code 1"),
    ],
)
async def test_reports_that_prove_nothing(make_bench, xml, code, words):
    made = make_bench({"pom.xml": "x", "mvnw": script("target/surefire-reports", xml, code)})
    (made.root / "mvnw").chmod(0o755)
    run = await made.run()
    assert words in run.problem
    assert not run.is_green


async def test_what_the_compilers_of_the_jvm_say_is_a_place(tmp_path):
    text = "[ERROR] COMPILATION ERROR : \n[ERROR] {root}/src/main/java/a/b/Calc.java:[3,42] ';' expected\n"
    root = tmp_path / "project"
    run, _ = await ran(tmp_path, "./mvn test", "mvn", text.format(root=root), 1, SOURCES)
    assert "does not build: ';' expected at src/main/java/a/b/Calc.java:3" in run.problem
    text = "> Task :compileJava FAILED\n{root}/src/main/java/a/b/Calc.java:3: error: ';' expected\n"
    (root / "gradle.out").unlink(missing_ok=True)
    run, _ = await ran(tmp_path, "./gradle test", "gradle", text.format(root=root), 1, SOURCES)
    assert "does not build: ';' expected at src/main/java/a/b/Calc.java:3" in run.problem
    text = "e: file://{root}/src/main/kotlin/A.kt:7:5 Unresolved reference: x\n"
    run, _ = await ran(tmp_path, "./gradle test", "gradle", text.format(root=root), 1, SOURCES)
    assert "does not build: Unresolved reference: x at src/main/kotlin/A.kt:7" in run.problem
