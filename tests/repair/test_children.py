"""What the zygote shares with its children."""

import os
import signal
import time

import pytest

from mycoder.repair.worker.children import Board


def test_a_time_that_is_being_written_is_never_read_by_halves() -> None:
    board = Board(3)
    board.begin()
    writer = os.fork()
    if writer == 0:
        until = time.monotonic() + 5
        while time.monotonic() < until:
            board.begin()
        os._exit(0)
    try:
        until = time.monotonic() + 0.5
        taken = []
        while time.monotonic() < until:
            taken.append(board.taken())
    finally:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
    assert len(taken) > 1000
    assert -1 < min(taken) <= max(taken) < 4  # of half a time: as long as the machine is up


def test_a_board_keeps_verdicts_beside_the_time_and_can_be_closed() -> None:
    board = Board(3)
    board[2] = 7
    board.begin()
    assert board.verdicts() == b"\0\0\7"
    assert board.taken() < 4
    board.close()
    with pytest.raises(ValueError, match="closed"):
        board.verdicts()
