"""Problems to evaluate on, read from the data files as their authors publish them.

HumanEval (Chen et al., arXiv 2107.03374), HumanEval+ and MBPP+ (Liu et al., arXiv 2305.01210), MBPP sanitized (Austin
et al., arXiv 2108.07732), HumanEvalFix (Muennighoff et al., arXiv 2308.07124), and tasks on repositories in a TOML
file of one's own.
"""

import ast
import doctest
import gzip
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

SOLUTION = "solution.py"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One problem. Either `test` is a program that raises, or `inputs` are judged by what the reference answers."""

    id: str
    statement: str
    """The task, as a person would give it."""
    entry: str = ""
    """The function that is asked for."""
    files: dict[str, str] = {}
    """What is in the project before."""
    examples: str = ""
    """A file of tests that the statement itself shows; empty where it shows none."""
    reference: str = ""
    test: str = ""
    inputs: list[list[Any]] = []
    tolerance: float = 0.0
    repository: str = ""
    base: str = ""
    test_command: str = ""
    hidden: dict[str, str] = {}
    """Files that are laid over the project before it is judged."""
    seconds: float = 0.0
    """Time for judging; 0 takes the usual."""


class DataError(Exception):
    """Data that is missing or not as it should be; the message says which file and what to do."""


def load(dataset: str, data: Path) -> list[Problem]:
    """The problems of `dataset`, in the order of its file. `data` is the folder, or the TOML file for ``repo``.

    Raises DataError.
    """
    reader = DATASETS.get(dataset)
    if reader is None:
        raise DataError(f"there is no data set {dataset!r}; there are: {', '.join(DATASETS)}")
    try:
        problems = list(reader(data))
    except FileNotFoundError as missing:
        where = (
            "name the TOML file with the tasks, as --data or behind `batch`"
            if dataset == "repo"
            else "name its folder with --data"
        )
        raise DataError(f"{missing.filename} is missing: {where}") from None
    except (ValueError, KeyError, TypeError, OSError) as wrong:
        raise DataError(f"{data}: cannot be read as {dataset}: {type(wrong).__name__}: {wrong}") from None
    if not problems:
        raise DataError(f"{data}: holds no problems")
    return problems


def _human_eval(data: Path) -> Iterator[Problem]:
    for row in _rows(data / "HumanEval.jsonl.gz"):
        yield _completion(row, test=f"{row['test']}\n\ncheck({row['entry_point']})\n")


def _human_eval_plus(data: Path) -> Iterator[Problem]:
    for row in _rows(data / "HumanEvalPlus-Mini.jsonl.gz"):
        inputs = [*row["base_input"], *row["plus_input"]]
        yield _completion(row, inputs=inputs, tolerance=float(row.get("atol") or 0))


def _completion(row: dict[str, Any], **judged_by: Any) -> Problem:
    """A task of HumanEval: a function to be completed, with the examples of its docstring."""
    prompt, entry = row["prompt"], row["entry_point"]
    return Problem(
        id=row["task_id"],
        statement=_complete(prompt, entry),
        entry=entry,
        examples=_doctests(prompt, entry),
        reference=prompt + row["canonical_solution"],
        **judged_by,
    )


def _mbpp(data: Path) -> Iterator[Problem]:
    for row in _rows(data / "mbpp-sanitized.jsonl.gz"):
        head = "\n".join(row["test_imports"])
        tests = "\n".join(row["test_list"])
        entry = _called(row["test_list"][0])
        yield Problem(
            id=f"MBPP/{row['task_id']}",
            statement=_asked(row["prompt"], entry, row["test_list"][0]),
            entry=entry,
            examples=_as_tests([row["test_list"][0]], head),
            reference=row["code"].replace("\r\n", "\n"),
            test=f"{head}\n{tests}\n",
        )


def _mbpp_plus(data: Path) -> Iterator[Problem]:
    for row in _rows(data / "MbppPlus.jsonl.gz"):
        words = row["prompt"].strip().strip('"').strip()
        shown = [line for line in words.splitlines() if line.startswith("assert ")]
        text = "\n".join(line for line in words.splitlines() if line not in shown)
        yield Problem(
            id=row["task_id"],
            statement=_asked(text, row["entry_point"], shown[0] if shown else ""),
            entry=row["entry_point"],
            examples=_as_tests(shown[:1], "import math"),
            reference=row["canonical_solution"],
            test=row.get("assertion", ""),
            inputs=[*row["base_input"], *(row["plus_input"] or [])],
            tolerance=float(row.get("atol") or 0),
        )


def _human_eval_fix(data: Path) -> Iterator[Problem]:
    for row in _rows(data / "humanevalpack-python.jsonl.gz"):
        head, entry = row["declaration"], row["entry_point"]
        lines = row["test"].strip("\n").splitlines()
        while lines and (not lines[-1].strip() or lines[-1].startswith("check(")):
            lines.pop()
        body = "\n".join(lines)
        head_of_test = f"from solution import *\nfrom solution import {entry}\n\n\n"
        visible = f"{head_of_test}{body}\n\n\ndef test_{entry}():\n    check({entry})\n"
        yield Problem(
            id=f"HumanEvalFix/{row['task_id'].split('/')[-1]}",
            statement=f"The function `{entry}` in {SOLUTION} has a bug. Make the failing test pass.",
            entry=entry,
            files={SOLUTION: head + row["buggy_solution"], "test_solution.py": visible},
            reference=head + row["canonical_solution"],
            test=f"{body}\n\ncheck({entry})\n",
        )


class _RepoTask(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str
    repository: str
    statement: str
    base: str = "HEAD"
    test_command: str = ""
    hidden_tests: dict[str, str] = {}
    """Path in the project → path of the file beside the TOML."""
    seconds: float = 600.0


def _repo(data: Path) -> Iterator[Problem]:
    tables = tomllib.loads(data.read_text(encoding="utf-8")).get("task", [])
    for task in msgspec.convert(tables, list[_RepoTask]):
        place = data.parent / task.repository
        hidden = {
            path: (data.parent / file).read_text(encoding="utf-8") for path, file in task.hidden_tests.items()
        }
        yield Problem(
            id=task.id,
            statement=task.statement,
            repository=str(place.resolve()) if place.exists() else task.repository,
            base=task.base,
            test_command=task.test_command,
            hidden=hidden,
            seconds=task.seconds,
        )


DATASETS: dict[str, Callable[[Path], Iterator[Problem]]] = {
    "humaneval": _human_eval,
    "humaneval+": _human_eval_plus,
    "mbpp": _mbpp,
    "mbpp+": _mbpp_plus,
    "humanevalfix": _human_eval_fix,
    "repo": _repo,
}


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as source:
        for line in source:
            yield json.loads(line)


def _complete(prompt: str, entry: str) -> str:
    return (
        f"Write the file {SOLUTION} with the function `{entry}`. It begins as follows; keep its signature and write "
        f"the whole file.\n\n```python\n{prompt.strip()}\n```"
    )


def _asked(words: str, entry: str, shown: str) -> str:
    example = f"\n\nFor example, this must hold:\n\n```python\n{shown}\n```" if shown else ""
    return f"Write the file {SOLUTION} with the function `{entry}`. {words.strip()}{example}"


def _called(test: str) -> str:
    """The function that an assertion is about: the innermost call that is none of Python's own."""
    import builtins  # late: only here

    found = ""
    for node in ast.walk(ast.parse(test)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and not hasattr(builtins, node.func.id)
        ):
            found = found or node.func.id
    return found


def _as_tests(assertions: list[str], head: str = "") -> str:
    if not assertions:
        return ""
    body = "\n\n\n".join(f"def test_example_{n}():\n    {line}" for n, line in enumerate(assertions, 1))
    return f"from solution import *\n{head}\n\n\n{body}\n"


def _docstring(prompt: str, entry: str) -> str:
    """The docstring of the function that `prompt` begins; without its end, which would count as a result."""
    try:
        tree = ast.parse(prompt)
    except (SyntaxError, ValueError):
        return ""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == entry]
    return (ast.get_docstring(functions[0]) or "") if functions else ""


def _doctests(prompt: str, entry: str) -> str:
    """The examples in the docstring whose results are literals."""
    assertions = []
    try:
        found = doctest.DocTestParser().get_examples(_docstring(prompt, entry))
    except ValueError:
        return ""
    for example in found:
        source, want = example.source.strip(), example.want.strip()
        if not source.startswith(f"{entry}(") or "\n" in source:
            continue
        try:
            ast.literal_eval(want)
            ast.parse(source)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        assertions.append(f"assert {source} == {want}")
    return _as_tests(assertions)
