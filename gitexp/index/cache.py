"""SQLite cache of all runs: a row for each, refreshed from the refs and rebuilt when in doubt."""

from __future__ import annotations

import contextlib
import functools
import itertools
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import orjson

from gitexp.index import database, facets
from gitexp.index.facets import Facets, facets_of
from gitexp.index.validate import read_facts
from gitexp.schema.clock import from_iso
from gitexp.store.closing import Closing
from gitexp.store.reader import ObjectReader
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

_PUT = "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)"
_ROWS = "SELECT name, oid, created_s, id, error, facts, brief FROM runs"
_READ, _WRITTEN = 500, 5000  # rows at a time

T = TypeVar("T")


class IndexedRun(NamedTuple):
    """A row: a run as its newest commit has it."""

    name: str
    oid: str
    created_s: float
    id: str  # empty if malformed
    error: str | None  # why it is malformed
    facts: bytes  # run.json without white space, under the ref's name; empty if malformed
    brief: int = 0  # so many of its bytes and a "}" are the same without `hardware`; 0: unknown


class RunIndex(Closing):
    """All runs of a repository, as fast as a table.

    Several processes may use it at once: each refresh is one transaction. A rollback journal, no
    WAL: WAL needs shared memory, which network file systems lack, and there is hardly anything to
    write. Where the file cannot be read, written or trusted, the same table is kept in memory.

    Call `refresh` before reading. Not for use by several threads at once.
    """

    def __init__(self, repo: Repository) -> None:
        self.repo = repo
        self.store = RunStore(repo)
        self.path = repo.gitexp_dir / database.FILE
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def refresh(self) -> None:
        """Take in what changed in the refs since the last refresh, by whatever process."""
        refs = self.store.refs()
        self._attempt(lambda: self._update(refs), refs)

    def newest(self, limit: int | None = None) -> Iterator[IndexedRun]:
        """The runs, newest first, read as they are taken: all of them may not fit in memory."""
        done = 0
        for attempt in range(3):
            sql = f"{_ROWS} ORDER BY created_s DESC, name LIMIT ? OFFSET ?"
            bounds = (-1 if limit is None else limit - done, done)
            try:
                cursor = self._attempt(functools.partial(self._execute, sql, bounds), None)
                while rows := cursor.fetchmany(_READ):
                    yield from map(IndexedRun._make, rows)
                    done += len(rows)
                return
            except sqlite3.DatabaseError as error:  # damage that shows only now
                if attempt == 2:
                    raise
                self._get_around(error)
                self._update(self.store.refs())

    def get(self, names: Iterable[str]) -> list[IndexedRun]:
        """The runs of these names, those that there are, in that order."""
        sql = f"{_ROWS} WHERE name = ?"
        return [IndexedRun(*row) for name in names for row in self._select(sql, (name,))]

    def names(self) -> dict[str, str]:
        """Every run's name → oid of its newest commit; newest run first."""
        return dict(self._select("SELECT name, oid FROM runs ORDER BY created_s DESC, name"))

    def names_of_id(self, prefix: str) -> list[str]:
        """Names of the runs whose id begins so; hexadecimal digits only."""
        sql = "SELECT name FROM runs WHERE id >= ? AND id < ? ORDER BY name"
        return [row[0] for row in self._select(sql, (prefix, f"{prefix}g"))]

    def count(self) -> int:
        """How many runs there are, malformed ones among them."""
        return int(self._select("SELECT count(*) FROM runs")[0][0])

    def malformed(self) -> dict[str, str]:
        """Name → why, of the runs that cannot be read."""
        return dict(self._select("SELECT name, error FROM runs WHERE error IS NOT NULL"))

    def derived(self, oid: str, kind: str) -> bytes | None:
        """What `keep` kept."""
        rows = self._select("SELECT data FROM derived WHERE oid = ? AND kind = ?", (oid, kind))
        return bytes(rows[0][0]) if rows else None

    def keep(self, oid: str, kind: str, data: bytes) -> None:
        """Keep what was worked out of a run's newest commit until it gets a newer one."""
        # Lost where the file cannot be written: it is worked out again then.
        with contextlib.suppress(sqlite3.DatabaseError):
            self._open().execute(
                "INSERT OR REPLACE INTO derived SELECT ?, ?, ? "
                "WHERE EXISTS (SELECT 1 FROM runs WHERE oid = ?)",
                (oid, kind, data, oid),
            )

    def keep_all(self, kind: str, contents: Mapping[str, bytes]) -> None:
        """`keep` for many commits, written to the disk once."""
        with contextlib.suppress(sqlite3.DatabaseError), _transaction(self._open()):
            for oid, data in contents.items():
                self.keep(oid, kind, data)

    def facets(self) -> list[Facets]:
        """The facts of all runs that questions about all of them need; in no order."""
        return self._attempt(lambda: facets.read_all(self._open()), None)

    def compact(self) -> int:
        """Drop the rows of runs that are gone, and give their room back to the disk.

        Returns:
            How many rows were dropped.
        """
        if not self.path.exists():
            return 0
        before = self._rows_in_all()
        self.refresh()
        dropped = before - self._rows_in_all()
        with contextlib.suppress(sqlite3.DatabaseError):
            free, total = (
                self._select(f"PRAGMA {what}")[0][0] for what in ("freelist_count", "page_count")
            )
            if free > total // 4:
                self._open().execute("VACUUM")
        return max(0, dropped)

    def _rows_in_all(self) -> int:
        sql = "SELECT (SELECT count(*) FROM runs) + (SELECT count(*) FROM derived)"
        return int(self._select(sql)[0][0])

    def _select(self, sql: str, arguments: Sequence[Any] = ()) -> list[Any]:
        return self._attempt(lambda: self._execute(sql, arguments).fetchall(), None)

    def _execute(self, sql: str, arguments: Sequence[Any]) -> sqlite3.Cursor:
        return self._open().execute(sql, arguments)

    def _attempt(self, work: Callable[[], T], refs: dict[str, str] | None) -> T:
        """Do it; if the file is in the way, with a new file; if that is too, in memory."""
        try:
            return work()
        except sqlite3.ProgrammingError:  # our own mistake, a wrong thread: the file is in order
            raise
        except sqlite3.DatabaseError as error:
            self._get_around(error)
        try:
            if refs is None:
                self._update(self.store.refs())
            return work()
        except sqlite3.DatabaseError:
            self.close()
            self._connection = database.open_memory()
        if refs is None:
            self._update(self.store.refs())
        return work()

    def _get_around(self, error: sqlite3.DatabaseError) -> None:
        self.close()
        if database.is_busy(error):
            self._connection = database.copy_to_memory(self.path)
        else:
            database.remove(self.path)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = database.open_file(self.path)
        return self._connection

    def _update(self, refs: dict[str, str]) -> None:
        if self._connection is None and not refs and not self.path.exists():
            # A repository without runs gets no folder of ours.
            self._connection = database.open_memory()
        if self._connection is None:
            with contextlib.suppress(OSError):
                self.path.parent.mkdir(exist_ok=True)
        connection = self._open()
        known = dict(connection.execute("SELECT name, oid FROM runs"))
        if known == refs:
            return
        gone = [name for name in known if name not in refs]
        with _transaction(connection):
            _forget(connection, (known[name] for name in gone))
            connection.executemany("DELETE FROM runs WHERE name = ?", ((name,) for name in gone))
            facets.replace(connection, gone, ())
        changed = {name: oid for name, oid in refs.items() if known.get(name) != oid}
        rows = self._read(changed)
        # In parts, so that memory stays small and no other process waits long for its turn.
        while part := list(itertools.islice(rows, _WRITTEN)):
            replaced = [run.name for run, _ in part if run.name in known]
            with _transaction(connection):
                _forget(connection, (known[name] for name in replaced))
                connection.executemany(_PUT, (run for run, _ in part))
                sound = (narrow for _, narrow in part if narrow is not None)
                facets.replace(connection, replaced, sound)

    def _read(self, refs: dict[str, str]) -> Iterator[tuple[IndexedRun, Facets | None]]:
        """What git holds of these runs, in one process; malformed ones take one more each."""
        names: dict[str, list[str]] = {}
        for name, oid in refs.items():
            names.setdefault(oid, []).append(name)
        for oid, raw in self.store.read_runs(names):
            for name in names[oid]:
                yield self._row(name, oid, raw)

    def _row(self, name: str, oid: str, raw: bytes | None) -> tuple[IndexedRun, Facets | None]:
        try:
            facts = read_facts(raw)
        except ValueError as error:
            return self._explain(name, oid, str(error)), None
        facts["name"] = name  # a ref may have been copied or moved by hand
        created_s = from_iso(facts["created_at"])
        narrow = facets_of(name, created_s, facts)
        whole, brief = _hardware_last(facts)
        run = IndexedRun(name, oid, created_s, facts["id"], None, whole, brief)
        return run, narrow

    def _explain(self, name: str, oid: str, why: str) -> IndexedRun:
        with ObjectReader(self.repo, fetch=False) as reader:
            found = reader.read(oid)
        if found is None:
            return IndexedRun(name, oid, 0.0, "", f"object {oid[:10]} is missing or damaged", b"")
        kind, content = found
        if kind not in ("commit", "tag"):
            why = f"its ref points at a {kind}"
        return IndexedRun(name, oid, _commit_time(content), "", why, b"")


def _hardware_last(facts: dict[str, Any]) -> tuple[bytes, int]:
    """JSON with `hardware` at the end, as it is half of all bytes, and where it begins."""
    if "hardware" not in facts:
        return orjson.dumps(facts), 0
    hardware = facts.pop("hardware")
    brief = orjson.dumps(facts)[:-1]
    return b'%b,"hardware":%b}' % (brief, orjson.dumps(hardware)), len(brief)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.DatabaseError):
            connection.execute("ROLLBACK")
        raise


def _forget(connection: sqlite3.Connection, oids: Iterable[str]) -> None:
    connection.executemany("DELETE FROM derived WHERE oid = ?", ((oid,) for oid in oids))


def _commit_time(content: bytes) -> float:
    for line in content.split(b"\n\n", 1)[0].splitlines():
        if line.startswith(b"committer ") or line.startswith(b"tagger "):
            words = line.split()
            return float(words[-2]) if words[-2].isdigit() else 0.0
    return 0.0
