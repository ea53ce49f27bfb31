"""The signs that stand beside every colour, in Unicode and in ASCII."""

import msgspec


class Glyphs(msgspec.Struct, frozen=True, kw_only=True):
    prompt: str = "›"
    folded: str = "▸"
    opened: str = "▾"
    running: str = "●"
    waiting: str = "?"
    done: str = "✓"
    failed: str = "✗"
    bullet: str = "•"
    thought: str = "∴"
    info: str = "i"
    warning: str = "!"
    down: str = "↓"
    up: str = "↑"
    dot: str = "·"
    ellipsis: str = "…"
    rule: str = "─"
    quote: str = "│"
    separator: str = "│"
    cross: str = "┼"
    arrow: str = "→"
    dirty: str = "*"
    active: str = "▸"
    open: str = "○"
    dropped: str = "–"
    bar: str = " ▁▂▃▄▅▆▇█"
    spinner: str = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

    def plan(self, status: str) -> str:
        """The sign of a plan item."""
        signs = {"done": self.done, "active": self.active, "dropped": self.dropped}
        return signs.get(status, self.open)


UNICODE = Glyphs()
ASCII = Glyphs(
    prompt=">",
    folded="+",
    opened="-",
    running="*",
    waiting="?",
    done="v",
    failed="x",
    bullet="*",
    thought="~",
    down="v",
    up="^",
    dot="-",
    ellipsis="...",
    rule="-",
    quote="|",
    separator="|",
    cross="+",
    arrow="->",
    active=">",
    open="o",
    dropped="-",
    bar=" .:-=+*#@",
    spinner="|/-\\",
)


def glyphs(is_ascii: bool) -> Glyphs:
    return ASCII if is_ascii else UNICODE
