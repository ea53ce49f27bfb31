"""Streamed Markdown in pieces that are finished, so that nothing once drawn need be drawn again."""

import re

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")


class Committer:
    """Takes fragments, gives back whole blocks: up to a blank line outside of a code fence.

    With `longest` a fence of more lines is given in parts, each of them a fence of its own.
    """

    def __init__(self, longest: int = 0) -> None:
        self._rest = ""
        self._block: list[str] = []
        self._fence = ""
        self._opener = ""
        self._longest = longest

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
                elif self._longest and len(self._block) > self._longest:
                    done += self._split()
            elif fence:
                self._fence, self._opener = fence[1], line
            elif not line.strip():
                done += self._take()
        return done

    @property
    def tail(self) -> str:
        """What has come and is not finished."""
        return "\n".join([*self._block, self._rest])

    def finish(self) -> list[str]:
        """What is left."""
        self._block.append(self._rest)
        self._rest, self._fence = "", ""
        return self._take()

    def _split(self) -> list[str]:
        self._block.append(self._fence)
        part = self._take()
        self._block = [self._opener]
        return part

    def _take(self) -> list[str]:
        text = "\n".join(self._block).strip("\n")
        self._block = []
        return [text] if text.strip() else []
