"""What is printed on the normal screen when a face is left."""

from mycoder.ui import wording
from mycoder.ui.transcript import Transcript
from mycoder.ui.visible import visible_line


def farewell(transcript: Transcript) -> str:
    """Changed files, cost and how to go on; empty for a session in which nothing was said."""
    if not transcript.session or not transcript.title:
        return ""
    lines = []
    if transcript.files:
        lines.append(f"changed: {wording.counted(len(transcript.files), 'file')}")
        lines += [
            f"  {visible_line(wording.file_words(change))}" for change in list(transcript.files.values())[:20]
        ]
        if len(transcript.files) > 20:
            lines.append(f"  and {len(transcript.files) - 20} more")
    used = transcript.usage
    if used.input or used.output:
        lines.append(f"used: {wording.tokens(used.input + used.output)} tokens, {wording.cost(used.cost)}")
    lines.append(f"go on: mycoder --resume {transcript.session}")
    return "\n".join(lines)
