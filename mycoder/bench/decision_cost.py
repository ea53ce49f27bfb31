"""``mycoder bench decide``: what one decision about a command costs."""

import statistics
import time

from mycoder.policy.decide import Action, Verdict, decide
from mycoder.policy.policy import Policy
from mycoder.protocol.tooling import Effect

COMMANDS = (
    "ls -la",
    "git status",
    "git diff HEAD~1 -- src/app.py",
    "git log --oneline -20",
    "rg -n 'def total' src tests",
    "find . -name '*.py' -not -path './.venv/*' | head -50",
    "sed -n '1,120p' src/app.py",
    "cat pyproject.toml",
    "python -m pytest -q tests/test_app.py -x 2>&1 | tail -30",
    "python -m pytest tests -k 'total and not slow' --tb=short",
    "cd sub && npm run build && npm test",
    "PYTHONPATH=. .venv/bin/python scripts/check.py --verbose > /tmp/out.txt 2>&1; tail -5 /tmp/out.txt",
    "python - <<'EOF'\nimport json\nwith open('a.json') as f:\n    print(json.load(f)['x'])\nEOF",
    "cat > src/new.py <<'EOF'\n" + "def f(x):\n    return x + 1\n\n" * 40 + "EOF",
    "for f in src/*.py; do sed -i 's/old_name/new_name/g' \"$f\"; done && git diff --stat",
    "git add -A && git commit -m 'Add totals' && git push origin main",
    "rm -rf build dist *.egg-info && python -m build",
    "grep -rn 'TODO' --include='*.py' . | wc -l",
    "mkdir -p /tmp/x && cp -r src /tmp/x/ && diff -r src /tmp/x/src",
    "timeout 120 bash -c 'make -j4 && ./run.sh | tee log.txt'",
)
"""Of the kind that models send."""


def run(rounds: int) -> str:
    """Times `rounds` decisions about each command, with rules as a person has them."""
    policy = Policy.of(
        allow=["shell(make)", "shell(npm run build)"],
        ask=["shell(git commit)"],
        deny=["shell(git push)", "read(.env)"],
    )

    def once(command: str) -> float:
        began = time.perf_counter()
        found: Verdict = decide(
            Action("shell", Effect.RUN, {"command": command}),
            "auto",
            policy,
            sandbox="bubblewrap",
            root="/w/app",
            home="/home/u",
        )
        assert found.decision
        return (time.perf_counter() - began) * 1000

    first = once("ls")
    taken = [once(command) for _ in range(rounds) for command in COMMANDS]
    slowest = max(COMMANDS, key=lambda command: min(once(command) for _ in range(5)))
    cuts = statistics.quantiles(taken, n=20)
    return (
        f"first {first:.1f} ms (loads the grammar), then median {statistics.median(taken):.3f} ms, "
        f"95 % within {cuts[18]:.3f} ms over {len(taken):,} decisions; slowest: {slowest[:40]!r}"
    )
