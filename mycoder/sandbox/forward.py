"""Runs inside of the sandbox, before the command: passes what comes to a port of the sandbox's own loopback on
to the proxy's socket, and becomes the command.

    python -I -S forward.py SOCKET PORT PROGRAM ARGUMENT…

It imports nothing of mycoder and knows no rules: there is nothing behind the socket but the proxy, which does.
The port listens before the command starts, and belongs to a grandchild, so that a program that waits for its
children never meets it.
"""

import os
import socket
import sys
import threading


def main() -> None:
    place, port, argv = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    listening = socket.create_server(("127.0.0.1", port), backlog=128)
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            _let_go()
            _serve(listening, place)
        os._exit(0)
    os.waitpid(child, 0)
    listening.close()
    try:
        os.execvp(argv[0], argv)
    except OSError as fault:
        sys.stderr.write(f"mycoder: 1: {argv[0]}: {fault.strerror}\n")
        os._exit(126 if isinstance(fault, PermissionError) else 127)


def _let_go() -> None:
    """The command's output must not wait for us."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    os.setsid()


def _serve(listening: socket.socket, place: str) -> None:
    while True:
        near, _ = listening.accept()
        threading.Thread(target=_join, args=(near, place), daemon=True).start()


def _join(near: socket.socket, place: str) -> None:
    with near, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as far:
        try:
            far.connect(place)
        except OSError:
            return
        back = threading.Thread(target=_pump, args=(far, near), daemon=True)
        back.start()
        _pump(near, far)
        back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
    except OSError:
        pass
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


if __name__ == "__main__":
    main()
