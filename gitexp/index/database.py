"""The index's file: its tables, and how it is opened, copied and thrown away."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from gitexp.index import facets

FILE = "index.sqlite"  # in gitexp's folder
# Marks the file as ours; one with another mark or version is removed and built anew.
APPLICATION_ID = 0x67697478  # "gitx"
FORMAT_VERSION = 3
SCHEMA = f"""
-- FORMAT_VERSION history:
--     1  the first
--     2  the table facets
--     3  `hardware` last in facts, and brief
CREATE TABLE runs (
    name       TEXT PRIMARY KEY,  -- below refs/experiments/
    oid        TEXT NOT NULL,     -- the commit that the row was read from
    created_s  REAL NOT NULL,     -- seconds since the epoch; of a malformed run, its commit's
    id         TEXT NOT NULL,     -- the run's, which outlives its name; empty if malformed
    error      TEXT,              -- why the run is malformed; NULL: it is not
    facts      BLOB NOT NULL,     -- run.json without white space; empty if malformed
    brief      INTEGER NOT NULL   -- bytes of facts before `,"hardware":`, its last key; 0: none
);
-- Newest first, and name → oid without touching the large rows.
CREATE INDEX newest ON runs (created_s DESC, name, oid);
CREATE INDEX ids ON runs (id, name);
CREATE TABLE derived (            -- what is slow to work out of a run's files: query/view.py
    oid        TEXT NOT NULL,     -- of a commit that is in `runs`
    kind       TEXT NOT NULL,     -- what it is, with its parameters
    data       BLOB NOT NULL,
    PRIMARY KEY (oid, kind)
);
{facets.SCHEMA}
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT_VERSION};
"""

_PAGE_BYTES = 16384  # several rows of 3 KiB fit on a page

# How long a command waits for another one that is writing. Beyond that it works on a copy in
# memory: the cache must never be why somebody waits.
WAIT_S = 5.0
_BUSY = ("locked", "readonly", "read-only", "unable to open", "full", "permission")


def open_file(path: Path) -> sqlite3.Connection:
    """Open the file, and make its tables if there is none.

    Raises:
        sqlite3.DatabaseError: it cannot be opened, or is no index of this version.
    """
    connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)  # our own BEGINs
    try:
        if not is_ours(connection):
            _create(connection)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def open_memory() -> sqlite3.Connection:
    """The same tables, empty, in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _create(connection)
    return connection


def copy_to_memory(path: Path) -> sqlite3.Connection:
    """The file's tables in memory; empty ones if it cannot be read."""
    from urllib.parse import quote

    memory = open_memory()
    uri = f"file:{quote(str(path))}?mode=ro"
    try:
        with contextlib.closing(
            sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)
        ) as file:
            # Held while it is copied: `backup` waits for a lock without end.
            file.execute("BEGIN")
            if is_ours(file) and file.execute("SELECT 1 FROM runs LIMIT 1"):
                file.backup(memory)
    except sqlite3.DatabaseError:
        memory.close()
        return open_memory()
    return memory


def remove(path: Path) -> None:
    """Throw the file away; whoever has it open goes on with it."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            Path(f"{path}{suffix}").unlink()


def is_busy(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is in order and only cannot be used now, or not by us."""
    return any(word in str(error).lower() for word in _BUSY)


def _create(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    # Of two processes that find no file, the second one finds the first one's tables here.
    connection.execute("BEGIN EXCLUSIVE")
    if not is_ours(connection):
        for statement in SCHEMA.split(";\n"):
            connection.execute(statement)
    connection.execute("COMMIT")


def is_ours(connection: sqlite3.Connection) -> bool:
    """Whether a file holds our tables; False: it holds none.

    Raises:
        sqlite3.DatabaseError: it is another program's, or another version's.
    """
    mark, version, tables = (
        connection.execute(question).fetchone()[0]
        for question in (
            "PRAGMA application_id",
            "PRAGMA user_version",
            "SELECT count(*) FROM sqlite_master",
        )
    )
    if tables and (mark, version) != (APPLICATION_ID, FORMAT_VERSION):
        raise sqlite3.DatabaseError("it is another program's, or another version's")
    return bool(tables)
