"""Dotted keys as TOML writes them: ``models."openai/gpt-5".window``."""

from mycoder.config.errors import ConfigError

KeyPath = tuple[str, ...]


def split_key(text: str) -> KeyPath:
    """A dotted TOML key as its parts: ``models."a.b".window`` → (models, a.b, window). Raises ConfigError."""
    parts: list[str] = []
    position, text = 0, text.strip()
    while True:
        while position < len(text) and text[position] in " \t":
            position += 1
        part, position = _part(text, position)
        parts.append(part)
        if position >= len(text):
            return tuple(parts)
        if text[position] != ".":
            raise ConfigError(
                f"{text!r} is not a key: quote names that hold other than letters, digits, - and _"
            )
        position += 1


def _part(text: str, position: int) -> tuple[str, int]:
    if position < len(text) and text[position] in "\"'":
        end = end_of_string(text, position)
        part, after = text[position + 1 : end - 1], end
        if end - position < 2 or text[end - 1] != text[position]:
            raise ConfigError(f"{text!r} is not a key: a quote is not closed")
        if text[position] == '"' and "\\" in part:
            part = _unescaped(part)
    else:
        end = position
        while end < len(text) and (text[end].isalnum() or text[end] in "-_"):
            end += 1
        part, after = text[position:end], end
        if not part:
            raise ConfigError(f"{text!r} is not a key")
    while after < len(text) and text[after] in " \t":
        after += 1
    return part, after


def join_key(path: KeyPath) -> str:
    """The reverse of `split_key`, with quotes only where TOML needs them."""
    return ".".join(_quoted(part) for part in path)


def _quoted(part: str) -> str:
    if part and all(c.isascii() and (c.isalnum() or c in "-_") for c in part):
        return part
    escaped = "".join(f"\\{c}" if c in '"\\' else c if c.isprintable() else f"\\U{ord(c):08x}" for c in part)
    return f'"{escaped}"'


def _unescaped(part: str) -> str:
    import tomllib  # late: only for a quoted key with a backslash in it

    try:
        return next(iter(tomllib.loads(f'"{part}" = 0')))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f'"{part}" is not a key: {error}') from error


def end_of_string(text: str, position: int) -> int:
    """Position after the TOML string that starts at `position` with its quote, or of the unclosed text."""
    quote = text[position]
    closing = quote * 3 if text.startswith(quote * 3, position) else quote
    position += len(closing)
    while position < len(text):
        if text[position] == "\\" and quote == '"':
            position += 2
            continue
        if text.startswith(closing, position):
            position += len(closing)
            # the content of a long string may end in quotes of its own
            while len(closing) == 3 and text.startswith(quote, position):
                position += 1
            return position
        position += 1
    return len(text)
