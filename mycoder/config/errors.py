"""What goes wrong with settings."""


class ConfigError(Exception):
    """A setting cannot be used. The message is a sentence; `file`, `line` and `key` say where.

    Lines count from 1, 0 is unknown. `source` names what is no file: an environment variable or a flag.
    """

    def __init__(self, message: str, file: str = "", line: int = 0, key: str = "", source: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.key = key
        self.source = source

    @property
    def place(self) -> str:
        if not self.file:
            return self.source
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.key, self.message) if part)
