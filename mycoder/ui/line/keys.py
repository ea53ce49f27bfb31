"""The keys of the line face: what they do, and the list that ``/keys`` prints."""

from collections.abc import Callable

from mycoder.protocol.commands import Interrupt, SetMode, Steer, Submit
from mycoder.ui.line.stage import LineStage

DOUBLE = 1.0
"""Seconds within which a second Esc or Ctrl+C means more than the first."""
MODES = ("ask", "edit", "plan", "auto")
KEYS = """\
Enter  send; while a turn runs: queue       Alt+Enter  new line
Esc, Ctrl+C  stop the turn                  Ctrl+S  steer: say it to the running turn
Shift+Tab  next mode                        Ctrl+G  write in an editor
Ctrl+R  search the history                  Tab  complete @file or /command
Ctrl+D, /quit  leave"""


class Keys:
    """Each key gets the text of the prompt and returns what shall stand there, None for no change."""

    def __init__(self, stage: LineStage, clock: Callable[[], float]) -> None:
        self._stage, self._clock = stage, clock
        self._stopped_at = self._left_at = float("-inf")

    def bound(self) -> dict[str, Callable[[str], str | None]]:
        """By prompt-toolkit's names of the keys."""
        return {"escape": self.escape, "c-s": self.steer, "s-tab": self.next_mode}

    def escape(self, text: str) -> str | None:
        """Stops the turn; a second time at once."""
        if self._stage.printer.transcript.is_running:
            now = self._clock()
            self._stage.send(Interrupt(hard=now - self._stopped_at < DOUBLE))
            self._stopped_at = now
        return None

    def steer(self, text: str) -> str | None:
        if not text.strip():
            return None
        stage = self._stage
        stage.history.add(text)
        is_running = stage.printer.transcript.is_running
        if not is_running:
            stage.printer.own.append(text)
        stage.send(Steer(text=text) if is_running else Submit(text=text))
        return ""

    def next_mode(self, text: str) -> str | None:
        mode = self._stage.printer.transcript.mode
        at = MODES.index(mode) if mode in MODES else -1
        self._stage.send(SetMode(mode=MODES[(at + 1) % len(MODES)]))
        return None

    def interrupted(self) -> bool:
        """Ctrl+C: stops the turn, else leaves the second time. True when it is time to leave."""
        now = self._clock()
        if self._stage.printer.transcript.is_running:
            self.escape("")
            return False
        if now - self._left_at < DOUBLE:
            return True
        self._left_at = now
        self._stage.console.print("Ctrl+C again leaves.", style="muted")
        return False
