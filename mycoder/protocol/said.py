"""What of a prompt a person has said: what was piped in beside it is data, and no title."""

PIPED = "\n\nStandard input was piped in with this task."
"""How the part of a prompt begins that came through a pipe."""

LONGEST_TITLE = 80


def own_words(prompt: str) -> str:
    """The person's own words in `prompt`."""
    return prompt.partition(PIPED)[0]


def title_of(prompt: str) -> str:
    """A line for a list of sessions."""
    return " ".join(own_words(prompt).split())[:LONGEST_TITLE]
