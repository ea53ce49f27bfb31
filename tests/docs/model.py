"""The scripted model that plays in the examples of the documentation: it does what their tasks ask for.

Loaded by path as ``scripted/…/model.py``; ``reply`` is called for each request.
"""

import json

OLD = "    return sum(price for price, count in lines)\n"
NEW = "    return sum(price * count for price, count in lines)\n"


def reply(request):
    prompts = [m.text for m in request.messages if m.role == "user"]
    task = next((text for text in reversed(prompts) if not text.startswith("You changed files")), "")
    since = next(
        i for i, m in reversed(list(enumerate(request.messages))) if m.role == "user" and m.text == task
    )
    task = task.rpartition("# Task\n")[2]  # above it stand the facts, memory among them
    replies = sum(m.role == "assistant" for m in request.messages[since:])
    if "JSON schema" in task:
        return {"text": json.dumps({"summary": "Totals of orders.", "files": ["shop.py"]})}
    if "count every item" in task:
        return _steps(
            replies,
            [
                {"text": "I look at the total first.", "calls": [_call("read", path="shop.py")]},
                {"calls": [_call("edit", path="shop.py", old=OLD, new=NEW), _call("test")]},
                {"text": "The total now counts every item."},
            ],
        )
    if "spelling" in task:
        edit = _call("edit", path="README.md", old="A smal shop.", new="A small shop.")
        return _steps(replies, [{"calls": [edit]}, {"text": "Corrected."}])
    return {"text": "shop.py adds up the prices of an order; test_shop.py holds its tests."}


def _steps(replies, steps):
    return steps[min(replies, len(steps) - 1)]


def _call(tool, **arguments):
    return {"tool": tool, "arguments": arguments}
