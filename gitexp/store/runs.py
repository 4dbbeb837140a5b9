"""Runs in git: their refs, their files, their chains of commits."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

import orjson

from gitexp.errors import GitCommandFailed, MalformedRun, RefMoved, RunExists, RunNotFound
from gitexp.schema import names
from gitexp.schema.diff import FileDelta
from gitexp.schema.run import Run
from gitexp.store.advance import Build, advance
from gitexp.store.chain import ChainCommit, read_chain
from gitexp.store.code_diff import diff_trees
from gitexp.store.objects import TreeEntry, decode_tree
from gitexp.store.reader import ObjectReader, object_sizes, read_blobs
from gitexp.store.refs import RefChange, read_ref, read_refs, update_refs
from gitexp.store.repository import Repository


class RunStore:
    """The runs of a repository; `rev` is anything that names one commit of a run's chain.

    Args:
        repo: where.
        reader: what files are read through, so that many cost one git process; None: one process
            for each call.
    """

    def __init__(self, repo: Repository, reader: ObjectReader | None = None) -> None:
        self.repo = repo
        self._shared = reader

    def refs(self) -> dict[str, str]:
        """Every run's name → the newest commit of its chain."""
        refs = read_refs(self.repo, names.REF_PREFIX)
        return {ref.removeprefix(names.REF_PREFIX): oid for ref, oid in refs.items()}

    def oid(self, name: str) -> str | None:
        """The newest commit of a run's chain; None: no such run."""
        return read_ref(self.repo, names.ref_of(name))

    def point(self, name: str, new: str, old: str | None) -> None:
        """Move a run's ref from `old` (None: it does not exist) to `new`.

        Raises:
            RunExists: `old` is None and the name, or one that is a folder of it, is taken.
            RefMoved: it is not at `old`.
            RefLocked, ObjectsMissing, GitCommandFailed: see `update_refs`.
        """
        with self._name_taken(name, old):
            update_refs(self.repo, [RefChange(names.ref_of(name), old, new)])

    def advance(
        self,
        name: str,
        old: str | None,
        build: Build,
        *,
        durable: bool = False,
        thorough: bool = False,
    ) -> str:
        """Write a commit and point the run's ref at it; see `advance.advance`.

        Raises:
            RunExists, RefMoved, RefLocked: as for `point`.
            ObjectsMissing: what `build` did not write is not there.
        """
        with self._name_taken(name, old):
            ref = names.ref_of(name)
            return advance(self.repo, ref, old, build, durable=durable, thorough=thorough)

    def delete(self, name: str, oid: str) -> None:
        """Remove a run whose newest commit is `oid`; its objects go with a later gc.

        Raises:
            RunNotFound: there is none.
            RefMoved: somebody committed to it meanwhile.
        """
        try:
            update_refs(self.repo, [RefChange(names.ref_of(name), oid, None)])
        except RefMoved as error:
            if error.found is None:
                raise RunNotFound(name) from error
            raise

    def rename(self, old_name: str, new_name: str, oid: str, new_oid: str | None = None) -> None:
        """Give a run's chain another name, in one transaction.

        Args:
            old_name: its name.
            new_name: its next name.
            oid: its newest commit.
            new_oid: a commit that the chain grows by, e.g. one with the new name in run.json.

        Raises:
            RunExists: the new name is taken.
            RefMoved: somebody committed to it meanwhile, or it is gone.
        """
        with self._name_taken(new_name, None):
            update_refs(
                self.repo,
                [
                    RefChange(names.ref_of(old_name), oid, None),
                    RefChange(names.ref_of(new_name), None, new_oid or oid),
                ],
            )

    def read_run(self, rev: str, name: str) -> Run:
        """What run.json says.

        Args:
            rev: the commit.
            name: for the message.

        Raises:
            MalformedRun: there is no run.json, or none that can be read.
        """
        return parse_run(self.read_file(rev, names.RUN), name)

    def read_runs(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """The raw run.json of many commits through one git process, in the order asked."""
        wanted = list(oids)
        contents = read_blobs(self.repo, [f"{oid}:{names.RUN}" for oid in wanted])
        return zip(wanted, contents, strict=True)

    def read_file(self, rev: str, path: str) -> bytes | None:
        """A file of a run; None: it has none of that name."""
        with self._reader() as reader:
            return _blob(reader, f"{rev}:{path}")

    def read_parts(self, rev: str, name: str) -> bytes:
        """A growing file, its parts joined: metrics.jsonl, metrics-0002.jsonl, …; b"" if none."""
        return b"".join(self.parts(rev, name))

    def parts(self, rev: str, name: str) -> Iterator[bytes]:
        """The same one by one: together they may not fit in memory."""
        with self._reader() as reader:
            numbered = sorted(
                (number, oid)
                for file, (_, oid) in self._top_entries(reader, rev).items()
                if (number := names.part_number(name, file)) is not None
            )
            for _, oid in numbered:
                yield _blob(reader, oid) or b""

    def list_files(self, rev: str) -> dict[str, int]:
        """Path → bytes of a run's files, code/ left out; -1 where a partial clone lacks one."""
        top = [name for name in self.top_entries(rev) if name != names.CODE]
        if not top:
            return {}
        oids = {}
        listed = self.repo.git("ls-tree", "-r", "-z", rev, "--", *top)
        for line in os.fsdecode(listed).split("\0")[:-1]:
            facts, path = line.split("\t", 1)
            oids[path] = facts.split()[2]
        sizes = object_sizes(self.repo, oids.values())
        return {path: sizes.get(oid, -1) for path, oid in oids.items()}

    def top_entries(self, rev: str) -> dict[str, TreeEntry]:
        """What lies at the top of a run's tree: name → (mode, oid); empty without such a run."""
        with self._reader() as reader:
            return self._top_entries(reader, rev)

    @contextlib.contextmanager
    def _reader(self) -> Iterator[ObjectReader]:
        if self._shared is not None:
            yield self._shared
            return
        with ObjectReader(self.repo) as reader:
            yield reader

    def _top_entries(self, reader: ObjectReader, rev: str) -> dict[str, TreeEntry]:
        found = reader.read(f"{rev}^{{tree}}")
        return {} if found is None else decode_tree(found[1], self.repo.object_format)

    def code_diff(
        self, rev_a: str, rev_b: str, patch: bool = False
    ) -> tuple[tuple[FileDelta, ...], str]:
        """How the code of run b differs from that of run a; see `diff_trees`."""
        return diff_trees(self.repo, f"{rev_a}:code", f"{rev_b}:code", patch=patch)

    def code_changes(
        self, base: str, rev: str, patch: bool = False
    ) -> tuple[tuple[FileDelta, ...], str]:
        """How a run's code differs from a commit, e.g. its base commit; see `diff_trees`."""
        return diff_trees(self.repo, base, f"{rev}:code", patch=patch)

    def chain(self, name: str) -> list[ChainCommit]:
        """A run's commits, newest first, down to (without) its base commit.

        Raises:
            RunNotFound: there is no such run.
        """
        commits = read_chain(self.repo, names.ref_of(name))
        if not commits and self.oid(name) is None:
            raise RunNotFound(name)
        return commits

    @contextlib.contextmanager
    def _name_taken(self, name: str, old: str | None) -> Iterator[None]:
        """Turns the failure to create a run's ref into RunExists, where a run is in the way."""
        try:
            yield
        except (RefMoved, GitCommandFailed) as error:
            if old is not None:
                raise
            if isinstance(error, RefMoved) and error.ref == names.ref_of(name):
                raise RunExists(name) from error
            for taken in self.refs():
                # Refs are paths: `a` and `a/b` cannot both exist.
                if f"{taken}/".startswith(f"{name}/") or f"{name}/".startswith(f"{taken}/"):
                    raise RunExists(taken) from error
            raise


def parse_run(data: bytes | None, name: str) -> Run:
    """The raw run.json as `read_runs` gives it.

    Raises:
        MalformedRun: it cannot be read; `name` is for the message.
    """
    if data is None:
        raise MalformedRun(name, f"it has no {names.RUN}")
    try:
        return Run.from_json(orjson.loads(data))
    except ValueError as error:
        raise MalformedRun(name, str(error)) from error


def _blob(reader: ObjectReader, rev: str) -> bytes | None:
    found = reader.read(rev)
    return found[1] if found is not None and found[0] == "blob" else None
