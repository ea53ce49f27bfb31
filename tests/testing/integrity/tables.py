"""Tables of edits of tests: name → (files before, files after)."""

import tomllib
from pathlib import Path

HERE = Path(__file__).parent


def read(name):
    """The tampering and the honest edits of a table."""
    held = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    texts = held["texts"]
    return tuple(
        {case: versions(edit, texts) for case, edit in held[kind].items()} for kind in ("tampered", "honest")
    )


def versions(edit, texts):
    """Files before and after; a value that begins with @ is the text of that name."""
    if "text" not in edit:
        return tuple(
            {path: whole(text, texts) for path, text in edit[when].items()} for when in ("before", "after")
        )
    known = texts[edit["text"]]
    path = edit.get("path", known["path"])
    after = known["text"]
    for old, new in edit["edits"]:
        assert old in after, old
        after = after.replace(old, new, 1)
    assert after != known["text"]
    more = {other: whole(text, texts) for other, text in edit.get("after", {}).items()}
    return {path: known["text"]}, {path: after, **more}


def whole(text, texts):
    return texts[text[1:]]["text"] if text.startswith("@") else text
