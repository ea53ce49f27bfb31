"""The index in SQLite: deletable and rebuildable at any time, since markdown and logs are the truth.

Whatever is wrong with the file, it is taken away and made anew once; when that does not help the callers look
through the truth itself.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from mycoder.config.private import make_private

BUSY_SECONDS = 2.0
TOKENIZE = "porter unicode61 remove_diacritics 2"


class IndexAway(Exception):
    """There is no index now: locked by another session for long, or SQLite without FTS5."""


@contextlib.contextmanager
def opened(file: Path, version: int, tables: str) -> Iterator[sqlite3.Connection]:
    """A connection to `file`, whose tables are made by the script `tables`; another `version` is made anew.

    Commits at the end, rolls back when the block raises. Raises IndexAway.
    """
    connection = _connect(file, version, tables)
    try:
        with connection:
            yield connection
    except sqlite3.OperationalError as error:
        raise IndexAway(str(error)) from error
    except sqlite3.DatabaseError as error:
        _remove(file)
        raise IndexAway(str(error)) from error
    finally:
        connection.close()


def _connect(file: Path, version: int, tables: str) -> sqlite3.Connection:
    try:
        make_private(file.parent)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return _made(file, version, tables)
    except sqlite3.OperationalError as error:
        raise IndexAway(str(error)) from error
    except (sqlite3.DatabaseError, _OldTables):
        _remove(file)
    except OSError as error:
        raise IndexAway(str(error)) from error
    try:
        return _made(file, version, tables)
    except (sqlite3.Error, _OldTables) as error:
        raise IndexAway(str(error)) from error


class _OldTables(Exception):
    """Made by another version."""


def _made(file: Path, version: int, tables: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS)
    connection.execute("PRAGMA secure_delete = ON")
    try:
        with connection:
            there = connection.execute("PRAGMA user_version").fetchone()[0]
            if there == version:
                return connection
            if there:
                raise _OldTables
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:  # else another process was first
                for statement in tables.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version}")
    except BaseException:
        connection.close()
        raise
    return connection


def _remove(file: Path) -> None:
    for name in (file, file.with_name(file.name + "-journal")):
        with contextlib.suppress(OSError):
            name.unlink()
