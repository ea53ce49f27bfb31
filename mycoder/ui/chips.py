"""Chips: short stand-ins in the prompt for large pastes and images, expanded when the prompt is sent."""

import re
from pathlib import Path

from mycoder.protocol.messages import Attachment

PASTE_CHARACTERS, PASTE_LINES = 1_000, 15
"""A paste longer than this becomes a chip."""
IMAGES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_CHIP = re.compile(r"\[(?:pasted text|image) (\d+)[^\]\n]*\]")


class Chips:
    """The chips of one prompt, by number."""

    def __init__(self) -> None:
        self._held: dict[int, str | Attachment] = {}

    def paste(self, text: str, *, takes_images: bool) -> str:
        """What to put into the prompt for a paste: itself, or a chip."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        path = image_path(text) if takes_images else None
        if path is not None:
            return self.image(path)
        if len(text) <= PASTE_CHARACTERS and text.count("\n") < PASTE_LINES:
            return text
        number = len(self._held) + 1
        self._held[number] = text
        return f"[pasted text {number}: {text.count(chr(10)) + 1} lines]"

    def image(self, path: Path) -> str:
        """The chip of an image file, with a blank after it."""
        number = len(self._held) + 1
        self._held[number] = Attachment(str(path), IMAGES.get(path.suffix.lower(), "image/png"))
        return f"[image {number}: {path.name.replace(']', ')')}] "

    def has_any(self, text: str) -> bool:
        return bool(self._held) and _CHIP.search(text) is not None

    def expand(self, text: str) -> tuple[str, tuple[Attachment, ...]]:
        """`text` with pastes in their places (images keep their chip), and its images; forgets all chips."""
        images: list[Attachment] = []

        def one(match: re.Match[str]) -> str:
            chip = self._held.get(int(match[1]))
            if isinstance(chip, Attachment):
                images.append(chip)
            return chip if isinstance(chip, str) else match[0]

        expanded = _CHIP.sub(one, text)
        self._held.clear()
        return expanded, tuple(images)


def image_path(text: str) -> Path | None:
    """The image that a pasted or dropped path names, in the ways that terminals quote it."""
    name = text.strip().strip("'\"").removeprefix("file://").replace("\\ ", " ")
    if "\n" in name or len(name) > 1_000 or Path(name).suffix.lower() not in IMAGES:
        return None
    path = Path(name).expanduser()
    try:
        return path.resolve() if path.is_file() else None
    except OSError:
        return None
