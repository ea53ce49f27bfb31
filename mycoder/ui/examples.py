"""Three prompts to begin with, made from the repository's own files."""

from collections.abc import Sequence

from mycoder.ui.visible import visible_line

_SOURCES = (".py", ".ts", ".js", ".go", ".rs", ".java", ".c", ".cpp", ".rb", ".kt", ".cs", ".php")


def examples(files: Sequence[str]) -> tuple[str, ...]:
    """At most three; none for an empty repository. The same files always give the same prompts."""
    sources = [path for path in files if path.endswith(_SOURCES)]
    tests = [path for path in sources if _is_test(path)]
    code = [path for path in sources if not _is_test(path) and not path.endswith("__init__.py")]
    found = []
    if tests:
        found.append("/fix")
    if code:
        # the file in the middle: neither the entry point nor the last leaf
        path = sorted(code, key=lambda each: (each.count("/"), each))[len(code) // 2]
        found.append(f"explain @{visible_line(path)}")
        if tests:
            found.append(f"which cases of @{visible_line(path)} have no test? write the missing ones")
    if len(found) < 3 and files:
        readme = next((path for path in files if path.lower().startswith("readme")), "")
        found.append(
            f"does @{visible_line(readme)} say what the code does?"
            if readme
            else "what is in this repository?"
        )
    return tuple(found[:3])


def _is_test(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.startswith("test_") or "_test." in name or ".test." in name or ".spec." in name
