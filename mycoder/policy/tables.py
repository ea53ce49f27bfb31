"""How tables of names are written down."""


def names(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())
