"""Finding the line of a key in a TOML file, which no TOML parser tells."""

from collections.abc import Iterator

from mycoder.config.key_paths import KeyPath, end_of_string, split_key


def line_of(text: str, key: KeyPath) -> int:
    """Line (from 1) where `key` is set in valid TOML, or the nearest table around it; 0 when not there."""
    best, line = 0, 0
    for path, number in _assignments(text):
        if path == key:
            return number
        if len(path) > best and path == key[: len(path)]:
            best, line = len(path), number
    return line


def _assignments(text: str) -> Iterator[tuple[KeyPath, int]]:
    """Every table header and every key with its full path and line. Only for text that a parser took."""
    table: KeyPath = ()
    position, line = 0, 1
    while position < len(text):
        end = _end_of_statement(text, position)
        statement = text[position:end].strip()
        lead = text[position:end].lstrip()
        start_line = line + text[position:end].count("\n", 0, end - position - len(lead))
        line += text.count("\n", position, end)
        position = end
        if statement.startswith("["):
            table = _header(statement)
            yield table, start_line
        elif statement and not statement.startswith("#"):
            yield table + split_key(statement[: _equals(statement)]), start_line


def _end_of_statement(text: str, position: int) -> int:
    """Position after the newline that ends the statement: one outside of strings, comments and brackets."""
    depth = 0
    while position < len(text):
        character = text[position]
        match character:
            case "#":
                position = _find(text, "\n", position)
                continue
            case '"' | "'":
                position = end_of_string(text, position)
                continue
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case "\n" if depth <= 0:
                return position + 1
        position += 1
    return position


def _find(text: str, what: str, position: int) -> int:
    found = text.find(what, position)
    return len(text) if found < 0 else found


def _equals(statement: str) -> int:
    position = 0
    while position < len(statement) and statement[position] != "=":
        position = end_of_string(statement, position) if statement[position] in "\"'" else position + 1
    return position


def _header(statement: str) -> KeyPath:
    """The key of ``[a.b]`` or ``[[a.b]]``, with whatever comment after it."""
    start = position = 2 if statement.startswith("[[") else 1
    while position < len(statement) and statement[position] != "]":
        position = end_of_string(statement, position) if statement[position] in "\"'" else position + 1
    return split_key(statement[start:position])
