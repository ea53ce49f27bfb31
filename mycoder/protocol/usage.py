"""Token counts and money."""

import msgspec


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tokens of one or of many replies, as the provider counts them.

    `input` includes `cached`; `output` includes `reasoning`. `cost` is in US dollars.
    `estimated` is True when any part was counted by us because the provider sent no figures.
    """

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0
    cost: float = 0.0
    estimated: bool = False

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input + other.input,
            self.cached + other.cached,
            self.output + other.output,
            self.reasoning + other.reasoning,
            self.cost + other.cost,
            self.estimated or other.estimated,
        )
