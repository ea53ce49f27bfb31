"""Which grammar reads a file: language by file ending, parser by language.

Grammars are shared libraries of about 1 MB each: only those that are asked for are loaded.
"""

from functools import cache
from importlib import import_module
from os import PathLike, fspath
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Parser, Tree

LANGUAGES: dict[str, str] = {
    ".py": "python",
    ".pyi": "python",
    ".pyw": "python",
    ".js": "javascript",
    ".jsx": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "tsx",
    ".go": "go",
    ".rs": "rust",
    ".java": "java",
    ".c": "c",
    # A header may be C or C++; the C++ grammar reads nearly all of C, the other way round nothing works.
    ".h": "cpp",
    ".cc": "cpp",
    ".cpp": "cpp",
    ".cxx": "cpp",
    ".c++": "cpp",
    ".hh": "cpp",
    ".hpp": "cpp",
    ".hxx": "cpp",
    ".h++": "cpp",
    ".ipp": "cpp",
    ".inl": "cpp",
    ".sh": "bash",
    ".bash": "bash",
}
"""File ending in lower case -> name of the language."""

_FACTORIES: dict[str, tuple[str, str]] = {
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
}


def language_of(path: str | PathLike[str]) -> str:
    """Name of the language by the ending of the file name; empty when there is no grammar for it."""
    name = fspath(path).rpartition("/")[2]
    dot = name.rfind(".")
    if dot <= 0:
        return ""
    return LANGUAGES.get(name[dot:].lower(), "")


@cache
def load(language: str) -> "Language | None":
    """The grammar of `language`, loaded on first use; None when its wheel is missing or does not fit."""
    module, factory = _FACTORIES.get(language, (f"tree_sitter_{language}", "language"))
    try:
        # late: 0.02 s for tree-sitter, and a shared library per grammar
        tree_sitter = import_module("tree_sitter")
        grammar: Language = tree_sitter.Language(getattr(import_module(module), factory)())
    except (ImportError, AttributeError, ValueError, OSError):
        return None
    return grammar


def parser_for(path: str | PathLike[str]) -> "Parser | None":
    """A new parser for the language of `path`, None where there is no grammar. It serves one thread."""
    language = language_of(path)
    grammar = load(language) if language else None
    if grammar is None:
        return None
    from tree_sitter import Parser  # late: see `load`

    return Parser(grammar)


def parse(path: str | PathLike[str], data: bytes, *, seconds: float = 1.0) -> "Tree | None":
    """The syntax tree of `data` in the language of `path`; None where there is no grammar or it takes
    longer than `seconds`.

    An ordinary file takes 0.02 s for 100 kB. On broken input some grammars take time in proportion to the
    square of its length: 100 kB of opening brackets keep that of bash busy for a minute, during which no
    other thread runs.
    """
    parser = parser_for(path)
    if parser is None:
        return None
    until = monotonic() + seconds
    try:
        return parser.parse(
            lambda at, _: data[at : at + _CHUNK], progress_callback=lambda *_: monotonic() > until
        )
    except ValueError:
        return None


_CHUNK = 1 << 16
