"""blake2b by itself: hashlib loads OpenSSL with it, 4 ms at start for the same function."""

try:
    from _blake2 import blake2b
except ImportError:  # an interpreter that builds it in otherwise
    from hashlib import blake2b

__all__ = ["blake2b"]
