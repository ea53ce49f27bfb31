"""From YAML to a checked workflow: bases, variables, files of text, changes, and every mistake told with its place."""

import re

import pytest

from mycoder.workflows.checking import load
from mycoder.workflows.errors import WorkflowError
from mycoder.workflows.finding import Folders, files

GRAPH = "nodes:\n  a: {kind: generate, next: b}\n  b: {kind: test}\n"


@pytest.fixture
def house(tmp_path):
    """A project that is trusted, and a folder of the person."""
    root = tmp_path / "project"
    (root / ".mycoder/workflows").mkdir(parents=True)
    (tmp_path / "config/workflows").mkdir(parents=True)
    return Folders.of(root, tmp_path / "config", is_trusted=True)


def write(folder, name, text):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def wrong(house, text, name="w", env=None, changes=None):
    write(house.user, f"{name}.yaml", text)
    with pytest.raises(WorkflowError) as error:
        load(name, house, env or {}, changes)
    return error.value


@pytest.mark.parametrize("name", ["solo", "tdd", "agentcoder"])
def test_the_packaged_ones_are_right(house, name):
    assert load(name, house, {}).nodes


NODE = "nodes:\n  a:\n    kind: {}\n    {}\n"
ONE = "nodes:\n  a: {{{}}}\n"
UNTYPED = "next:\n      - to: end\n        when: tests.gren"


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        (GRAPH + "nodse: 1\n", 4, "nodse", "did you mean 'nodes'"),
        (ONE.format("kind: genrate"), 2, "nodes.a.kind", "did you mean 'generate'.*Known: agent, candidates"),
        (ONE.format("next: end"), 2, "nodes.a", "has no kind"),
        (NODE.format("test", "secnds: 3"), 4, "nodes.a.secnds", "did you mean 'seconds'"),
        (NODE.format("test", "seconds: fast"), 4, "nodes.a.seconds", "expected float"),
        (ONE.format("kind: test, next: b"), 2, "nodes.a.next", "no node 'b'"),
        (ONE.format("kind: plan, role: coder"), 2, "nodes.a.role", "did you mean 'code'"),
        (ONE.format("kind: plan, tools: [raed]"), 2, "nodes.a.tools[0]", "did you mean 'read'"),
        (ONE.format("kind: plan, tools: al"), 2, "nodes.a.tools", "did you mean 'all'"),
        (NODE.format("test", UNTYPED), 6, "nodes.a.next[0].when", "did you mean 'tests.green'"),
        (NODE.format("plan", "prompt: do {{tsak}}"), 4, "nodes.a.prompt", "did you mean 'task'"),
        (ONE.format("kind: test") + "  b: {kind: test}\n", 3, "nodes.b", "never reached"),
        (ONE.format("kind: test, limits: {max_visits: -1}"), 2, "nodes.a.limits.max_visits", ">= 0"),
        ("limits: {max_iterations: x}\n" + GRAPH, 1, "limits.max_iterations", "expected int"),
        ("nodes: {end: {kind: test}}\n", 1, "nodes.end", "no name"),
        ("nodes: {}\n", 1, "nodes", "no nodes"),
        ("a: 1\na: 2\n", 2, "a", "twice"),
        (NODE.format("design_tests", "prompt: '{{sources}}'"), 4, "nodes.a.prompt", "show code"),
        (ONE.format("kind: design_tests, tools: all"), 2, "nodes.a.tools", "no key 'tools'"),
        ("base: nowhere\n", 1, "base", "no workflow 'nowhere'"),
        ("base: ./x.yaml\n", 1, "base", "no file"),
        (ONE.format("kind: plan, prompt: 'file://x.exe'"), 2, "nodes.a.prompt", "possible endings"),
        (ONE.format("kind: plan, prompt: 'file://../x.md'"), 2, "nodes.a.prompt", "leads out"),
        (ONE.format("kind: plan, prompt: 'file://x.md'"), 2, "nodes.a.prompt", "cannot be read"),
        (ONE.format("kind: shell, command: 'echo ${NOT_SET}'"), 2, "nodes.a.command", "is not set"),
        ("nodes: [\n", 2, "", "is not YAML"),
        ("", 0, "", "is empty"),
        ("- a\n", 1, "", "not a map"),
        ("vars: {x: [1]}\n" + GRAPH, 1, "vars.x", "number or a text"),
    ],
)
def test_each_mistake_is_told_with_its_place(house, text, line, key, words):
    error = wrong(house, text)
    assert error.key == key
    assert error.line == line
    assert error.file.endswith("w.yaml")
    assert re.search(words, error.message), error.message


def test_the_start_may_be_the_end(house):
    write(house.user, "w.yaml", "start: [a, end]\n" + GRAPH)
    assert load("w", house, {}).start[1].to == "end"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("b.toml", "neither a name of a workflow .*tdd.* nor a YAML file"),
        ("./b.toml", "b.toml is no YAML file: a workflow ends in .yaml or .yml"),
        ("./gone.yaml", "the file is not there"),
        ("./folder.yaml", "is a folder"),
        ("two.words", "neither a name"),
    ],
)
def test_what_is_no_workflow_is_told(house, name, words):
    (house.root / "folder.yaml").mkdir()
    write(house.root, "b.toml", "x = 1\n")
    with pytest.raises(WorkflowError, match=words):
        load(name, house, {})


def test_a_name_may_hold_a_dot(house):
    write(house.user, "v1.2.yaml", GRAPH)
    assert load("v1.2", house, {}).nodes


def test_bases_are_merged_deeply_and_the_nearest_wins(house):
    write(house.user, "one.yaml", "limits: {max_iterations: 1, max_rounds: 2}\n" + GRAPH)
    write(house.user, "two.yaml", "base: one\nlimits: {max_rounds: 3}\nnodes: {a: {role: plan}}\n")
    write(house.user, "three.yaml", "base: ./two.yaml\nnodes: {b: {seconds: 9}}\n")
    workflow = load("three", house, {}, {"nodes.a.role": "debug", "limits": {"max_visits": 7}})
    assert (workflow.limits.max_iterations, workflow.limits.max_rounds, workflow.limits.max_visits) == (
        1,
        3,
        7,
    )
    assert workflow.nodes["a"].role == "debug"
    assert workflow.nodes["b"].seconds == 9
    assert workflow.nodes["a"].edges[0].to == "b"


def test_a_mistake_of_a_base_is_told_in_the_base(house):
    write(house.user, "one.yaml", "nodes:\n  a: {kind: tset}\n")
    error = wrong(house, "base: one\nabout: x\n")
    assert error.file.endswith("one.yaml")
    assert error.line == 2


@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("a", "b", "c")])
@pytest.mark.parametrize("form", ["{}", "./{}.yaml"])
def test_bases_in_a_circle(house, names, form):
    for name, base in zip(names, [*names[1:], names[0]], strict=True):
        write(house.user, f"{name}.yaml", f"base: {form.format(base)}\n")
    with pytest.raises(WorkflowError, match="circle"):
        load("a", house, {})


def test_a_person_can_build_on_a_packaged_one_of_the_same_name(house):
    write(house.user, "tdd.yaml", "base: tdd\nlimits: {max_iterations: 9}\n")
    workflow = load("tdd", house, {})
    assert workflow.limits.max_iterations == 9
    assert "debug" in workflow.nodes


@pytest.mark.parametrize(
    ("text", "env", "seconds"),
    [
        ("${S:-3}", {}, 3),
        ("${S:-3}", {"S": "4.5"}, 4.5),
        ("${S}", {"S": "2"}, 2),
        ("${S:-3}", {"S": ""}, 3),
    ],
)
def test_variables(house, text, env, seconds):
    write(house.user, "w.yaml", f"nodes:\n  a:\n    kind: test\n    seconds: {text}\n")
    assert load("w", house, env).nodes["a"].seconds == seconds


def test_a_quoted_variable_stays_text_and_a_bare_dollar_is_one(house):
    write(house.user, "w.yaml", "nodes: {a: {kind: shell, command: '${N:-1}'}, }\nabout: costs $N\n")
    workflow = load("w", house, {})
    assert workflow.nodes["a"].command == "1"
    assert workflow.about == "costs $N"


def test_a_text_file_is_filled_in(house):
    write(house.user, "prompts/x.md", "Do {{task}}.\n")
    write(house.user, "w.yaml", "nodes: {a: {kind: plan, prompt: 'file://prompts/x.md'}}\n")
    assert load("w", house, {}).nodes["a"].prompt == "Do {{task}}."


def test_a_link_out_of_the_folder_is_not_followed(house, tmp_path):
    write(tmp_path, "secret.md", "x")
    (house.user / "x.md").symlink_to(tmp_path / "secret.md")
    assert "leads out" in wrong(house, "nodes: {a: {kind: plan, prompt: 'file://x.md'}}\n").message


def test_changes_of_what_is_not_there_name_themselves(house):
    error = wrong(house, GRAPH, changes={"nodes.a.colour": 3})
    assert "--set nodes.a.colour" in str(error)
    assert "no key 'colour'" in error.message


def test_a_project_that_is_not_trusted_is_not_read(house, tmp_path):
    write(house.project, "own.yaml", GRAPH)
    assert load("own", house, {}).is_foreign
    untrusted = Folders.of(house.root, tmp_path / "config", is_trusted=False)
    assert "own" not in [name for name, *_ in files(untrusted)]
    with pytest.raises(WorkflowError, match="no workflow"):
        load("own", untrusted, {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nodes: {a: {kind: shell, command: 'x ${API_KEY:-}'}}\n", "only variables named MYCODER_"),
        ("nodes: {a: {kind: plan, model: scripted/x.py}}\n", "may be a program"),
        ("base: ../../x.yaml\n", "only on files beside it"),
    ],
)
def test_what_a_project_may_not(house, text, words):
    write(house.project, "own.yaml", text)
    with pytest.raises(WorkflowError, match=words):
        load("own", house, {"API_KEY": "secret"})


def test_a_project_cannot_take_the_place_of_the_plain_loop(house):
    write(house.project, "solo.yaml", GRAPH)
    assert not load("solo", house, {}).is_foreign


def test_nested_aliases_cannot_grow_without_bound(house):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for name, before in zip("bcdefg", "abcdef", strict=True):
        bomb += f"{name}: &{name} [*{before}, *{before}, *{before}, *{before}, *{before}, *{before}]\n"
    assert "holds too much" in wrong(house, bomb).message
