"""The few facts of each run that questions about all runs need: a narrow table beside run.json.

`gitexp tried` and the git hooks look at every run there is. Ten thousand run.json are 30 MB to
read and parse; these columns are a tenth of that, and the one that hooks ask for has an index.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import orjson

# In index.sqlite; `index/database.py` creates it with the other tables. A row for each run that is
# not malformed, kept by the same transactions as `runs`.
SCHEMA = """
CREATE TABLE facets (
    name       TEXT PRIMARY KEY,
    created_s  REAL NOT NULL,
    status     TEXT NOT NULL,
    code_tree  TEXT NOT NULL,     -- empty: the run has no code
    base       TEXT NOT NULL,     -- the commit that it was started from; empty: none
    command    BLOB NOT NULL,     -- JSON array
    cwd        TEXT NOT NULL,
    data       TEXT NOT NULL,     -- digest of what it says of its data files; empty: nothing
    config     BLOB NOT NULL      -- JSON object, nested
);
CREATE INDEX codes ON facets (code_tree, name);
CREATE INDEX bases ON facets (base, name);
"""

_PUT = "INSERT OR REPLACE INTO facets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ALL = "SELECT name, created_s, status, code_tree, base, command, cwd, data, config FROM facets"
_ASKED = 500  # trees in one statement; SQLite takes 999 parameters


class Facets(NamedTuple):
    """A run, as far as such questions go."""

    name: str
    created_s: float
    status: str
    code_tree: str
    base: str
    command: bytes
    cwd: str
    data: str
    config: bytes


def facets_of(name: str, created_s: float, facts: Mapping[str, Any]) -> Facets:
    """The facets in a run.json that can be used."""
    from gitexp.schema.data import data_digest  # hooks, which only read this table, need none

    git = facts.get("git") or {}
    return Facets(
        name,
        created_s,
        str(facts.get("status")),
        str(git.get("code_tree") or ""),
        str(git.get("base_commit") or ""),
        orjson.dumps(facts.get("command") or []),
        str(facts.get("cwd") or ""),
        data_digest(facts),
        orjson.dumps(facts.get("config") or {}),
    )


def replace(connection: sqlite3.Connection, names: Iterable[str], rows: Iterable[Facets]) -> None:
    """Forget the rows of these names, then write new ones."""
    connection.executemany("DELETE FROM facets WHERE name = ?", ((name,) for name in names))
    connection.executemany(_PUT, rows)


def read_all(connection: sqlite3.Connection) -> list[Facets]:
    """All rows, in no order."""
    return [Facets._make(row) for row in connection.execute(_ALL)]


def names_where(
    connection: sqlite3.Connection, column: Literal["code_tree", "base"], values: Iterable[str]
) -> set[str]:
    """The runs that say that one of these trees is their code, or of these commits their base."""
    asked = list(values)
    found: set[str] = set()
    for start in range(0, len(asked), _ASKED):
        part = asked[start : start + _ASKED]
        marks = ", ".join("?" * len(part))
        sql = f"SELECT name FROM facets WHERE {column} IN ({marks})"
        found.update(name for (name,) in connection.execute(sql, part))
    return found
