"""Cutting texts to a size: in the middle, with a word about what is missing and where it is."""

from mycoder.models.tokens import estimate_text


def shortened(text: str, most: int, whole: str = "") -> str:
    """`text` with at most about `most` characters of its own: two fifths from the head, the rest from the tail.

    `whole` is the file that holds all of it. Texts that are hardly longer stay as they are.
    """
    if len(text) <= most + 60:
        return text
    where = f"; all of it is in {whole}" if whole else ""
    head = most * 2 // 5
    tail = text[len(text) - (most - head) :] if most > head else ""
    return f"{text[:head]}\n[… {len(text) - most:,} characters left out{where} …]\n{tail}".strip("\n")


def to_tokens(text: str, budget: int, scale: float = 1.0, whole: str = "") -> str:
    """`text` cut so that it costs about `budget` tokens at most; `scale` corrects the estimate."""
    if budget <= 0:
        return ""
    most = len(text)
    cut = text
    while (cost := estimate_text(cut) * scale) > budget and most > 16:
        most = max(16, int(most * min(0.9, budget / cost)))
        cut = shortened(text, most, whole) if most + 60 < len(text) else text[:most]
    return cut
