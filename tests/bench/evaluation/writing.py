"""Small data in the form of the public files."""

import gzip
import json


def human_eval(folder, count, *, check="    assert candidate(2) == {two}\n"):
    """Tasks as HumanEval has them: `plus_n` adds n. `check` is the body of the test, with {two} for plus_n(2)."""
    folder.mkdir()
    with gzip.open(folder / "HumanEval.jsonl.gz", "wt", encoding="utf-8") as file:
        for n in range(count):
            row = {
                "task_id": f"HumanEval/{n}",
                "prompt": f'def plus_{n}(a):\n    """Adds.\n    >>> plus_{n}(1)\n    {1 + n}\n    """\n',
                "entry_point": f"plus_{n}",
                "canonical_solution": f"    if a is None:\n        return 0\n    return a + {n}\n",
                "test": f"def check(candidate):\n{check.format(two=2 + n)}",
            }
            file.write(json.dumps(row) + "\n")
    return folder
