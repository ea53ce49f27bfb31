"""The few system calls that Python has no name for. Importing ctypes takes 5 ms, so this module is imported
late."""

import ctypes
import os
import struct

PR_SET_CHILD_SUBREAPER = 36
PR_GET_CHILD_SUBREAPER = 37
PR_SET_NO_NEW_PRIVS = 38
_PR_CAPBSET_DROP, _CAPABILITY_VERSION_3 = 24, 0x20080522
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int) -> None:
    """Raises OSError."""
    _check(
        _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
    )


def set_filter(program: bytes) -> None:
    """Binds the calling thread to a seccomp program (a packed sock_fprog). Raises OSError."""
    _check(_libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), program, 0, 0))


def drop_capabilities() -> None:
    """Takes every capability from the calling thread and from what it starts, also when it is root's. Raises
    OSError."""
    for number in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(number), 0, 0, 0) < 0:
            break  # past the last one the kernel knows, or not root and nothing to drop
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, bytes(24)))


def is_subreaper() -> bool:
    answer = ctypes.c_int()
    _check(_libc.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(answer), 0, 0, 0))
    return bool(answer.value)


def syscall(number: int, *arguments: object) -> int:
    """A raw system call. Integers are passed as unsigned longs. Raises OSError."""
    converted = [ctypes.c_ulong(a & 0xFFFFFFFFFFFFFFFF) if isinstance(a, int) else a for a in arguments]
    _libc.syscall.restype = ctypes.c_long
    return _check(_libc.syscall(ctypes.c_long(number), *converted))


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
