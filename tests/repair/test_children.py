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
    board.note(2, 7, 1.5, -0.0)
    board.note(0, 255, 0.1, 1e300)
    board.begin()
    assert board.verdicts() == [[255, 0.1, 1e300], [0, 0.0, 0.0], [7, 1.5, 0.0]]
    assert board.taken() < 4
    board.close()
    with pytest.raises(ValueError, match="released"):
        board.verdicts()
    assert Board(0).verdicts() == []


def test_what_a_killed_child_has_noted_is_known() -> None:
    board = Board(2)
    child = os.fork()
    if child == 0:
        board.note(0, 5, 2.0, 0.5)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert board.verdicts() == [[5, 2.0, 0.5], [0, 0.0, 0.0]]
