"""Shell text as commands, read with the tree-sitter grammar of bash.

Two readings of the same tree. The strict one (`Script.plain`) accepts only plain words joined by ``&& || ; |`` and is
what may run without a question. The lenient one (`Script.commands`) finds every command that the text may start,
wherever it stands (substitutions, functions, loops), and guesses at words it cannot know; it is there to forbid.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from mycoder.policy.words import Word, Words, ansi_c, plain_word

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

JOINERS = frozenset({"&&", "||", ";", "|"})
LONGEST_PLAIN = 10_000
"""Characters of a command that may run without a question; nobody reads more."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_WORDS = frozenset({"word", "number", "string", "raw_string", "concatenation"})
_WRITES = frozenset({">", ">>", ">|", "&>", "&>>", "<>", ">&"})
_DEEPEST = 120
_MOST_ROUNDS = 4
_NO_NAME = frozenset({"variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect"})


class Plain(msgspec.Struct, frozen=True):
    """One plain command and what joins it to the one before; empty for the first."""

    joiner: str
    words: tuple[Word, ...]

    @property
    def argv(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words)


class Command(msgspec.Struct, frozen=True):
    """A command that the text may start. `stdin` is the here-document that it reads, `cwd` where it runs, relative to
    the start ("" there, None unknown); `writes` are the targets of its redirections."""

    words: Words
    writes: Words = ()
    stdin: str | None = None
    is_piped: bool = False
    cwd: str | None = ""


class Script(msgspec.Struct, frozen=True):
    """`plain` is empty when `why` says why the text is not plain. `functions` maps names to bodies."""

    commands: tuple[Command, ...] = ()
    plain: tuple[Plain, ...] = ()
    why: str = ""
    has_error: bool = False
    functions: tuple[tuple[str, str], ...] = ()


@cache
def _parser() -> "Parser":
    import tree_sitter  # late: 50 ms, and only a command of the shell needs it
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def parse(text: str) -> Script:
    """Never raises; text that is no bash has `has_error`."""
    source = text.encode("utf-8", "surrogateescape")
    root = _parser().parse(source).root_node
    walk = _Walk()
    walk.visit(root, 0)
    plain, why = _plain(text, root)
    return Script(tuple(walk.commands), plain, why, root.has_error or walk.is_too_deep, tuple(walk.functions))


# -- the strict reading ----------------------------------------------------------------------------------------------


def _plain(text: str, root: "Node") -> tuple[tuple[Plain, ...], str]:
    if len(text) > LONGEST_PLAIN:
        return (), f"it is longer than {LONGEST_PLAIN:,} characters"
    if _CONTROL.search(text):
        return (), "it has control characters or more than one line"
    if root.has_error:
        return (), "it could not be read as bash"
    if _has_gap(root, text.encode("utf-8", "surrogateescape")):
        return (), "it has characters that belong to no word"
    found: list[Plain] = []
    why = _collect(root, found, "")
    if not why and not found:
        why = "there is no command in it"
    return ((), why) if why else (tuple(found), "")


def _has_gap(root: "Node", source: bytes) -> bool:
    """Whether anything but blanks stands between the nodes: the grammar passes over a backslash before a blank, which
    bash makes a part of the word."""
    at, waiting = 0, [root]
    while waiting:
        node = waiting.pop()
        if node.child_count and node.type in ("program", "list", "pipeline", "command", "command_name"):
            waiting += reversed(node.children)
            continue
        if source[at : node.start_byte].strip(b" \t"):
            return True
        at = max(at, node.end_byte)
    return bool(source[at:].strip(b" \t"))


def _collect(node: "Node", found: list[Plain], joiner: str) -> str:
    """Adds the plain commands of `node`; returns why it is not plain."""
    if node.type == "command":
        words = [_plain_of(child) for child in node.children]
        if not words or any(word is None for word in words):
            return "it has words that the shell changes before it runs them"
        found.append(Plain(joiner, tuple(word for word in words if word is not None)))
        return ""
    if node.type not in ("program", "list", "pipeline"):
        return f"it has a {node.type.replace('_', ' ')}"
    for child in node.children:
        if child.type in JOINERS:
            joiner = child.type
        elif child.is_named:
            if why := _collect(child, found, joiner):
                return why
            joiner = ""
        else:
            return f"it has {child.type!r}"
    return ""


def _plain_of(node: "Node") -> Word | None:
    if node.type == "command_name":
        word = _plain_of(node.children[0]) if node.child_count == 1 else None
        return word if word is not None and not word.is_glob and node.children[0].type == "word" else None
    if node.type not in _WORDS:
        return None
    return plain_word(_text(node))


# -- the lenient reading ---------------------------------------------------------------------------------------------


class _Walk:
    """Visits the tree in the order of the text and remembers what variables and `cd` made of it."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.functions: list[tuple[str, str]] = []
        self.is_too_deep = False
        self._variables = {"HOME": "~", "PWD": ".", "TMPDIR": "/tmp", "IFS": " "}
        self._cwd: str | None = ""

    def visit(self, node: "Node", depth: int, piped: bool = False, stdin: str | None = None) -> None:
        if depth > _DEEPEST:
            self.is_too_deep = True
            return
        match node.type:
            case "command":
                self._command(node, piped, stdin)
            case "redirected_statement":
                self._redirected(node, depth, piped)
                return
            case "pipeline":
                self._pipeline(node, depth, piped, stdin)
                return
            case "variable_assignment":
                self._assign(node)
            case "function_definition":
                name = node.child_by_field_name("name")
                self.functions.append((_text(name) if name else "", _text(node)))
            case "declaration_command" | "unset_command":
                self._declaration(node)
            case "for_statement":
                self._loop(node, depth)
                return
        for child in node.children:
            if child.is_named:
                self.visit(child, depth + 1, piped and node.type != "command")

    def _loop(self, node: "Node", depth: int) -> None:
        """The body is read once for each of the first values that the variable takes."""
        name, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
        values = [self._word(child) for child in node.children_by_field_name("value")]
        self.commands.append(Command((Word(":"), *values), cwd=self._cwd))
        for child in node.named_children:
            if body is None or child.id != body.id:
                self.visit(child, depth + 1)
        if body is None:
            return
        for word in values[:_MOST_ROUNDS] or [Word("", is_literal=False)]:
            if name is not None and word.is_literal:
                self._variables[_text(name)] = word.text
            self.visit(body, depth + 1)
        if name is not None and len(values) != 1:
            self._variables.pop(_text(name), None)

    def _pipeline(self, node: "Node", depth: int, piped: bool, stdin: str | None) -> None:
        for child in node.named_children:
            self.visit(child, depth + 1, piped, stdin)
            piped, stdin = True, None

    def _redirected(self, node: "Node", depth: int, piped: bool) -> None:
        """Hands here-documents to the command; redirections of compound statements become a command of their own."""
        stdin, writes = None, []
        for child in node.children:
            if child.type == "heredoc_redirect":
                stdin = _heredoc(child)
                for inner in child.named_children:
                    writes += self._writes(inner) if inner.type == "file_redirect" else []
            elif child.type == "herestring_redirect":
                stdin = self._word(child.named_children[-1]).text if child.named_child_count else ""
            elif child.type == "file_redirect":
                writes += self._writes(child)
        for child in node.named_children:
            if child.type == "heredoc_redirect":
                for inner in child.named_children:  # `cat <<X | sh`: the rest of the line stands in here
                    self.visit(inner, depth + 1, True, stdin)
            elif child.type == "command":
                self.visit(child, depth + 1, piped, stdin)
            else:
                self.visit(child, depth + 1, piped)
        if writes:  # after the body, which may change the folder
            self.commands.append(Command((Word(":"),), tuple(writes), cwd=self._cwd))

    def _command(self, node: "Node", piped: bool, stdin: str | None) -> None:
        words: list[Word] = []
        writes: list[Word] = []
        for child in node.children:
            if child.type == "file_redirect":
                writes += self._writes(child)
            elif child.type == "herestring_redirect":
                stdin = self._word(child.named_children[-1]).text if child.named_child_count else ""
            elif child.type == "command_name":
                words += _split(self._word(child.children[0])) if child.child_count else []
            elif child.is_named and child.type not in _NO_NAME:
                words.append(self._word(child))
        self.commands.append(Command(tuple(words), tuple(writes), stdin, piped, self._cwd))
        if words and words[0].text in ("cd", "pushd"):
            self._change_folder(words[1:])

    def _declaration(self, node: "Node") -> None:
        """`export`, `declare`: a command too."""
        words = [Word(_text(node.children[0]))]
        words += [self._word(c) for c in node.named_children if c.type not in _NO_NAME]
        self.commands.append(Command(tuple(words), cwd=self._cwd))

    def _change_folder(self, words: list[Word]) -> None:
        targets = [word for word in words if not word.text.startswith("-")]
        if not targets or not targets[0].is_literal or self._cwd is None:
            self._cwd = None
        elif targets[0].text.startswith(("/", "~")):
            self._cwd = targets[0].text
        else:
            self._cwd = f"{self._cwd}/{targets[0].text}" if self._cwd else targets[0].text

    def _writes(self, node: "Node") -> list[Word]:
        operators = {child.type for child in node.children if not child.is_named}
        target = node.child_by_field_name("destination")
        if target is None or not operators & _WRITES:
            return []
        word = self._word(target)
        return [] if ">&" in operators and word.text.isdigit() else [word]

    def _assign(self, node: "Node") -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None or name.type != "variable_name":
            return
        word = self._word(value) if value is not None else Word("")
        if value is not None and _text(value).strip('"').startswith("$(mktemp"):
            word = Word("/tmp/mktemp")
        if word.is_literal:
            self._variables[_text(name)] = word.text
        else:
            self._variables.pop(_text(name), None)

    def _word(self, node: "Node") -> Word:
        text, is_known, is_glob = self._value(node, 0)
        return Word(text, is_literal=is_known, is_glob=is_glob)

    def _value(self, node: "Node", depth: int) -> tuple[str, bool, bool]:
        """Text, whether it is all known, whether it has a glob; what is not known is left out of the text."""
        match node.type:
            case "raw_string":
                return _text(node)[1:-1], True, False
            case "ansi_c_string":
                return ansi_c(_text(node)), True, False
            case "simple_expansion" | "expansion":
                return self._expanded(node)
            case "string" | "concatenation" | "command_name" | "translated_string" if depth < _DEEPEST:
                return self._joined(node, depth)
            case "command_substitution" | "process_substitution" | "arithmetic_expansion":
                return "", False, False
        text = _text(node)
        if node.type in ("string_content", "heredoc_content"):
            return re.sub(r'\\([$`"\\\n])', r"\1", text), True, False
        is_glob = bool(re.search(r"[*?\[{]", text))
        return re.sub(r"\\\n", "", text) if "\\\n" in text else re.sub(r"\\(.)", r"\1", text), True, is_glob

    def _joined(self, node: "Node", depth: int) -> tuple[str, bool, bool]:
        source, parts, is_known, is_glob = _text(node), [], True, False
        at = node.start_byte
        raw = source.encode("utf-8", "surrogateescape")
        is_string = node.type in ("string", "translated_string")
        for child in node.children:
            if is_string and child.start_byte > at:  # blanks that the grammar leaves out of the content
                gap = raw[at - node.start_byte : child.start_byte - node.start_byte]
                parts.append(gap.decode("utf-8", "surrogateescape"))
            at = child.end_byte
            if child.type in ('"', '$"', "$"):
                continue
            text, known, glob = self._value(child, depth + 1)
            parts.append(text)
            is_known, is_glob = is_known and known, is_glob or (glob and not is_string)
        return "".join(parts), is_known, is_glob

    def _expanded(self, node: "Node") -> tuple[str, bool, bool]:
        name = re.fullmatch(r"\$\{?(\w+)\}?", _text(node))
        if name and name[1] in self._variables:
            return self._variables[name[1]], True, False
        default = re.fullmatch(r"\$\{\w+:?[-=]([\w./~-]*)\}", _text(node))
        return (default[1] if default else ""), False, False


def _split(word: Word) -> list[Word]:
    """A command's name that came of an expansion may be several words."""
    parts = word.text.split()
    if len(parts) <= 1:
        return [word]
    return [msgspec.structs.replace(word, text=part) for part in parts]


def _heredoc(node: "Node") -> str:
    body = next((child for child in node.children if child.type == "heredoc_body"), None)
    return _text(body) if body is not None else ""


def _text(node: Any) -> str:
    return bytes(node.text or b"").decode("utf-8", "surrogateescape")
