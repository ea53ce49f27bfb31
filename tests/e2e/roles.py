"""A scripted model that plays several roles: each role has a model name of its own on one loopback server."""

import json
from collections import Counter

TASK = "Write largest_rectangle(heights) in hist.py: the area of the largest rectangle in a histogram."
TESTS = (
    "from hist import largest_rectangle\n\n\n"
    "def test_usual():\n    assert largest_rectangle([2, 1, 5, 6, 2, 3]) == 10\n\n\n"
    "def test_one():\n    assert largest_rectangle([4]) == 4\n\n\n"
    "def test_empty_list_has_no_area():\n    assert largest_rectangle([]) == 0\n"
)
GUARD = "    if not heights:\n        return 0\n"
CODE = """def largest_rectangle(heights):
{guard}    stack, best = [], heights[0]
    for index, height in enumerate([*heights, 0]):
        while stack and heights[stack[-1]] >= height:
            tall = heights[stack.pop()]
            width = index - (stack[-1] + 1 if stack else 0)
            best = max(best, tall * width)
        stack.append(index)
    return best
"""
BROKEN, RIGHT = CODE.format(guard=""), CODE.format(guard=GUARD)
DIAGNOSIS = "heights[0] is read although the list is empty: return 0 first when there is no bar."
FILES = {"test_hist.py": TESTS, "README.md": "Histograms.\n"}

ROLES = {"code": "coder-a", "debug": "thinker-b", "design_tests": "designer-c", "judge": "judge-d"}


def block(path, text):
    return f"Here it is.\n\n```python path={path}\n{text}```\n"


def options(**roles):
    """Options that give each role the model of its name."""
    return [part for role, name in (ROLES | roles).items() for part in ("--role", f"{role}=openai/{name}")]


class Cast:
    """`parts` maps a model name to what it says: a text, or a function of (call number from 1, last user text)."""

    def __init__(self, **parts):
        self.parts = parts
        self.calls = Counter()

    def __call__(self, request):
        name = request.extra["model"]
        self.calls[name] += 1
        part = self.parts[name.replace("-", "_")]
        last = next(m.text for m in reversed(request.messages) if m.role == "user")
        step = part if isinstance(part, str | dict) else part(self.calls[name], last)
        return {"text": step} if isinstance(step, str) else step


def bodies(server, model):
    """What was sent to `model`, as parsed JSON."""
    sent = [json.loads(r.body) for r in server.requests if r.body]
    return [body for body in sent if body["model"] == model]


def said(body):
    """All that a request tells, as one text."""
    return "\n".join(str(message.get("content")) for message in body["messages"])
