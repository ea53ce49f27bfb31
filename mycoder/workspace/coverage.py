"""What of a project the journal of commands covers, and what it leaves out because it can be made again.

Left out: what belongs to version control, installed dependencies, virtual environments, caches and build
folders. Covered: all else, also files that git ignores, such as .env. Tools' own changes are journalled
wherever they are.
"""

import os
from collections.abc import Collection

from mycoder.workspace.atomic import TEMPORARY

MOST_BYTES = 8 * 2**20
"""Size of a file above which a command's change of it cannot be taken back."""

# fmt: off
_ALWAYS = frozenset((
    ".git", ".hg", ".svn", ".jj", ".bzr", "node_modules", "bower_components", "__pycache__",
    "__pypackages__", ".venv", ".tox", ".nox", ".eggs", ".mypy_cache", ".pytest_cache", ".ruff_cache",
    ".hypothesis", ".pytype", ".cache", ".gradle", ".next", ".nuxt", ".svelte-kit",
    ".parcel-cache", ".turbo", ".terraform", ".direnv", ".ipynb_checkpoints", ".yarn", ".pnpm-store",
    ".nyc_output", ".bundle", ".dart_tool", ".stack-work",
))
# fmt: on

_BESIDE: dict[str, frozenset[str]] = {
    # a folder of that name is made by a build when one of these lies beside it
    "target": frozenset(("Cargo.toml", "pom.xml", "build.sbt")),
    "build": frozenset(("setup.py", "setup.cfg", "pyproject.toml", "build.gradle", "build.gradle.kts")),
    "dist": frozenset(("setup.py", "setup.cfg", "pyproject.toml")),
    "_build": frozenset(("mix.exs", "dune-project", "conf.py")),
    "deps": frozenset(("mix.exs",)),
    ".build": frozenset(("Package.swift",)),
    "vendor": frozenset(("composer.json",)),
}

PLACEHOLDERS = frozenset((".mycoder", ".mcp.json", ".vscode", ".claude", ".cursor", ".codex"))
"""Names in the root under which a sandbox keeps empty folders while commands run and a moment longer, to mount
on. The same as those that the sandbox masks; an empty one is nobody's work."""

_FILES = frozenset((".DS_Store", ".coverage", ".eslintcache", ".testmondata", "Thumbs.db"))
_ENDINGS = (".pyc", ".pyo", ".swp", ".swx")


def leaves_out_folder(full: str, name: str, beside: Collection[str]) -> bool:
    """Whether the folder `full`, whose neighbours are the names `beside`, is not covered."""
    if name in _ALWAYS:
        return True
    if (marks := _BESIDE.get(name)) is not None and not marks.isdisjoint(beside):
        return True
    if name in ("venv", "env", ".env", "virtualenv") and os.path.exists(f"{full}/pyvenv.cfg"):
        return True
    # https://bford.info/cachedir/
    return name.startswith((".", "target", "build", "cache")) and os.path.exists(f"{full}/CACHEDIR.TAG")


def leaves_out_file(name: str) -> bool:
    """Whether a file of that name is not covered wherever it lies."""
    if name in _FILES or name.endswith(_ENDINGS) or name.startswith((TEMPORARY, ".coverage.")):
        return True
    return name == ".git"  # the pointer of a worktree or submodule
