"""Streamed Markdown in pieces that are finished, so that no printed line is ever drawn again."""

import re

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")


class Committer:
    """Takes fragments, gives back whole blocks: up to a blank line outside of a code fence."""

    def __init__(self) -> None:
        self._rest = ""
        self._block: list[str] = []
        self._fence = ""

    def push(self, fragment: str) -> list[str]:
        """Blocks that are finished now."""
        self._rest += fragment
        *whole, self._rest = self._rest.split("\n")
        done = []
        for line in whole:
            self._block.append(line)
            fence = _FENCE.match(line)
            if self._fence:
                if fence and fence[1].startswith(self._fence) and not line.strip().strip(self._fence[0]):
                    self._fence = ""
            elif fence:
                self._fence = fence[1]
            elif not line.strip():
                done += self._take()
        return done

    def finish(self) -> list[str]:
        """What is left."""
        self._block.append(self._rest)
        self._rest, self._fence = "", ""
        return self._take()

    def _take(self) -> list[str]:
        text = "\n".join(self._block).strip("\n")
        self._block = []
        return [text] if text.strip() else []
