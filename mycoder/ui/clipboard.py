"""The clipboard through the tools of the system: text to it, images from it. Slow, so call it in a thread."""

import shutil
import subprocess
import tempfile
from pathlib import Path

_WRITERS = (
    ("wl-copy",),
    ("xclip", "-selection", "clipboard"),
    ("xsel", "--clipboard", "--input"),
    ("pbcopy",),
    ("clip.exe",),
)
_READERS = (
    ("wl-paste", "--no-newline", "--type", "image/png"),
    ("xclip", "-selection", "clipboard", "-t", "image/png", "-o"),
    ("pngpaste", "-"),
)
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST = 20_000_000


def write(text: str) -> str:
    """Puts `text` there and returns the name of the tool that did; empty when none is installed or works."""
    for command in _WRITERS:
        if shutil.which(command[0]) is None:
            continue
        try:
            done = subprocess.run(
                command, input=text.encode(), timeout=2, check=False, stderr=subprocess.DEVNULL
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return command[0]
    return ""


def image() -> tuple[Path | None, str]:
    """A file with the image that the clipboard holds, or None and in a sentence why not."""
    tools = [command for command in _READERS if shutil.which(command[0])]
    if not tools:
        names = ", ".join(command[0] for command in _READERS)
        return (
            None,
            f"No tool to read an image from the clipboard (tried {names}); paste the path of a file instead.",
        )
    for command in tools:
        try:
            done = subprocess.run(command, capture_output=True, timeout=5, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0 and done.stdout.startswith(_PNG) and len(done.stdout) <= _LARGEST:
            with tempfile.NamedTemporaryFile(prefix="mycoder-", suffix=".png", delete=False) as file:
                file.write(done.stdout)
            return Path(file.name), ""
    return None, "The clipboard holds no image."
