"""What a run does with artifacts: log them, use them, link them."""

from __future__ import annotations

import builtins
import contextlib
import itertools
import os
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from gitexp.errors import ArtifactNotFound, GitexpError
from gitexp.journal import events
from gitexp.journal.artifact_spool import spool_artifact
from gitexp.journal.wake import wake
from gitexp.query.artifacts import Artifacts, FoundArtifact, await_stored, split
from gitexp.query.runs import Runs
from gitexp.record.active import ActiveRun
from gitexp.record.guard import report, warn
from gitexp.schema.artifact import LATEST, version_number
from gitexp.store.repository import Repository
from gitexp.wandb.artifacts.artifact import Artifact
from gitexp.wandb.artifacts.checks import checked_aliases, checked_tags
from gitexp.wandb.artifacts.code import Choose, code_artifact
from gitexp.wandb.artifacts.distributed import add_part, remove_parts, take_parts
from gitexp.wandb.artifacts.internal import InternalArtifact
from gitexp.wandb.artifacts.logged import Logged
from gitexp.wandb.missing import ArtifactMissing

_FINISH_WAIT_S = 60.0
_numbers = itertools.count(1)


class RunArtifacts:
    """The artifacts of one active run.

    Logging never raises; it copies files into the journal, and the supervisor brings them into
    git. Using an artifact reads the repository, and raises what is not there.
    """

    def __init__(self, run: ActiveRun) -> None:
        self._run = run
        self._waiting: list[Logged] = []
        self._types: dict[str, str] = {}

    @cached_property
    def _repo(self) -> Repository:
        return Repository.open(self._run.folder.parent)

    def log(
        self,
        artifact_or_path: Artifact | str | os.PathLike[str],
        name: str | None = None,
        type: str | None = None,
        aliases: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
    ) -> Artifact:
        """Log a version; content that the name has had already gets no new one.

        Args:
            artifact_or_path: an Artifact, or a file or folder.
            name: of the artifact, where a path is given.
            type: see `name`.
            aliases: names for this version; it always gets `latest` too.
            tags: words to find the version by.

        Returns:
            The artifact; its version is known after `wait()`.
        """
        names = checked_aliases(aliases)
        words = checked_tags(tags)
        artifact = self._made(artifact_or_path, name, type or "unspecified")
        self._check(artifact)
        if artifact.is_draft():
            artifact.add_tags(words)
        try:
            self._log(artifact, names)
        except Exception as error:  # noqa: BLE001 - a training never stops for its tracker
            report(error, "log_artifact()")
        return artifact

    def take_config(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Artifact]]:
        """A config's values as they are kept, and those that are artifacts."""
        from gitexp.wandb.artifacts.in_config import taken

        found = {key: taken(self, self._repo, value) for key, value in values.items()}
        artifacts = {key: one for key, one in found.items() if one is not None}
        kept = {key: one.json_encode() for key, one in artifacts.items()}
        return {**values, **kept}, artifacts

    def log_code(
        self, project: str, root: str | None, name: str | None, include: Choose, exclude: Choose
    ) -> Artifact | None:
        """Log source files; None: there are none."""
        artifact = code_artifact(project, root, name, include, exclude)
        return None if artifact is None else self.log(artifact)

    def log_part(
        self,
        artifact_or_path: Artifact | str | os.PathLike[str],
        name: str | None = None,
        type: str | None = None,
        aliases: Sequence[str] | None = None,
        distributed_id: str | None = None,
        *,
        last: bool,
    ) -> Artifact:
        """Log a part of an artifact that several runs fill, or with the last one all of it.

        Raises:
            TypeError: the run is in no group, and no id says which artifact it is.
        """
        told = distributed_id or str(getattr(self._run, "group", None) or "")
        if not told:
            raise TypeError(
                f"{'finish' if last else 'upsert'}_artifact() needs a distributed_id, "
                "or a run in a group"
            )
        names = checked_aliases(aliases)
        artifact = self._made(artifact_or_path, name, type or "unspecified")
        self._check(artifact)
        artifact.distributed_id = told
        try:
            if last:
                parts = take_parts(self._repo, artifact, told)
                self._log(artifact, names)
                remove_parts(parts)
            else:
                add_part(self._repo, artifact, told)
                artifact.finalize()
                artifact.pretend()
        except Exception as error:  # noqa: BLE001 - as for log_artifact
            report(error, "log_artifact()")
        return artifact

    def use(
        self,
        artifact_or_name: Artifact | str,
        type: str | None = None,
        aliases: Sequence[str] | None = None,
        use_as: str | None = None,
    ) -> Artifact:
        """Find a version and note that this run reads it.

        Args:
            artifact_or_name: `name:alias`, `name:v3`, or an artifact; a draft is logged first.
            type: what it must be.
            aliases: for a draft that is logged.
            use_as: what the run uses it as.

        Raises:
            ArtifactNotFound: there is none.
        """
        if isinstance(artifact_or_name, Artifact):
            artifact = artifact_or_name
            if artifact.is_draft():
                self._check(artifact)
                self._log(artifact, checked_aliases(aliases))
            artifact.wait()
        elif isinstance(artifact_or_name, str):
            artifact = find_artifact(self._repo, artifact_or_name)
            if type is not None and type != artifact.type:
                raise ValueError(
                    f"artifact {artifact.name} is of the type {artifact.type!r}, not {type!r}"
                )
        else:
            raise ValueError(
                "use_artifact() takes an Artifact or a name such as 'data:v1', "
                f"not a {builtins.type(artifact_or_name).__name__}"
            )
        self._note_use(artifact, use_as)
        return artifact

    def link(
        self,
        artifact: Artifact,
        target_path: str,
        aliases: Sequence[str] | None = None,
    ) -> Artifact:
        """Give a version another name, e.g. of a model registry.

        Args:
            artifact: a draft is logged first.
            target_path: `entity/registry/name`; only its last part counts.
            aliases: names for the version under the other name.
        """
        names = checked_aliases(aliases)
        try:
            if artifact.is_draft():
                self._check(artifact)
                self._log(artifact, None)
            return self._link(artifact, target_path, names)
        except Exception as error:  # noqa: BLE001 - as for log_artifact
            report(error, "link_artifact()")
            return artifact

    def link_model(
        self,
        path: str | os.PathLike[str],
        registered: str,
        name: str | None = None,
        aliases: Sequence[str] | None = None,
    ) -> Artifact:
        """Log a model and give it another name.

        Raises:
            AssertionError: the name has a `/` in it, or belongs to what is no model.
        """
        if "/" in registered:
            raise AssertionError(
                "registered_model_name is a name alone, without entity and project"
            )
        type = "model"
        with contextlib.suppress(ArtifactNotFound):
            type = _model_type(find_artifact(self._repo, name) if name else None)
        return self.link(self.log(path, name, type), registered, aliases)

    def use_model(self, name: str) -> str:
        """Download a model; returns the file, or the folder if there are several.

        Raises:
            ArtifactNotFound: there is none.
            AssertionError: it is no model.
        """
        artifact = self.use(name)
        _model_type(artifact)
        folder = artifact.download()
        paths = list(artifact.manifest.entries)
        return os.path.join(folder, paths[0]) if len(paths) == 1 else folder

    # ------------------------------------------------------------------------------------------

    def _made(
        self, source: Artifact | str | os.PathLike[str], name: str | None, type: str
    ) -> Artifact:
        if isinstance(source, Artifact):
            return source
        if not isinstance(source, str | os.PathLike):
            raise TypeError("log_artifact() takes an Artifact, or the path of a file or folder")
        text = os.fspath(source)
        path = Path(text.removeprefix("file://"))
        default = f"run-{self._run.id}-{path.name or 'files'}"
        artifact = Artifact(name or re.sub(r"[^A-Za-z0-9_.-]", "", default), type)
        if path.is_dir() and "://" not in text:
            artifact.add_dir(path)
        elif path.is_file() and "://" not in text:
            artifact.add_file(path)
        elif "://" in text:
            artifact.add_reference(text)
        else:
            raise ValueError(
                f"{text} is no file, no folder, and no address such as s3://bucket/path"
            )
        return artifact

    def _check(self, artifact: Artifact) -> None:
        """A name is of one type.

        Raises:
            ValueError: the draft's is another one.
        """
        if not artifact.is_draft():
            return
        artifact.announcement()  # what its metadata became since
        name = artifact.collection_name
        if name not in self._types:
            # Once for each name: a training that logs often does not read the repository as often.
            self._types[name] = artifact.type
            with contextlib.suppress(GitexpError), Runs(self._repo) as runs:
                self._types[name] = Artifacts(runs).resolve(name).entry.type
        known = self._types[name]
        if known != artifact.type:
            raise ValueError(
                f"artifact {artifact.name} has the type {known!r} here, not {artifact.type!r}"
            )

    def _log(self, artifact: Artifact, aliases: Sequence[str] | None) -> None:
        if self._run.ended:
            warn("log_artifact() after the run has finished: nothing is recorded")
            return
        if artifact.logged is not None:
            self._announce_stored(artifact, artifact.announcement(), aliases)
            return
        if artifact.incremental:
            self._take_newest(artifact)
        told = artifact.announcement()
        spool = f"{os.getpid()}-{next(_numbers):06d}-{told['name']}"
        spool_artifact(self._run.folder, spool, artifact.staged)
        self._run.say(events.ARTIFACT, folder=spool, aliases=_plain(aliases), **told)
        wake(self._run.folder)
        artifact.take(self._wait_for(artifact, told["name"], spool))

    def _take_newest(self, artifact: Artifact) -> None:
        """A draft that adds to the newest version begins with its files, if there is one."""
        try:
            newest = find_artifact(self._repo, f"{artifact.source_name}:{LATEST}", artifact.type)
        except ArtifactNotFound:
            return
        assert newest.logged is not None
        artifact.take_files(newest.logged)

    def _announce_stored(
        self, artifact: Artifact, told: dict[str, Any], aliases: Sequence[str] | None
    ) -> str:
        """Log what is in git already, under its own or another name; returns the spool's name."""
        assert artifact.logged is not None
        entry = artifact.logged.found.entry
        spool = f"{os.getpid()}-{next(_numbers):06d}-{told['name']}"
        self._run.say(
            events.ARTIFACT,
            folder=spool,
            aliases=_plain(aliases),
            tree=self._tree_of(artifact),
            digest=entry.digest,
            bytes=entry.bytes,
            files=entry.files,
            **told,
        )
        wake(self._run.folder)
        return spool

    def _tree_of(self, artifact: Artifact) -> str:
        return self._repo.git("rev-parse", "-q", "--verify", artifact.commit_hash).decode().strip()

    def _link(
        self, artifact: Artifact, target_path: str, aliases: Sequence[str] | None
    ) -> Artifact:
        name, alias = split(target_path)
        artifact.wait()
        told = {**artifact.announcement(), "name": name, "source": artifact.source_name}
        wanted = [*(aliases or ()), *([alias] if alias != LATEST else [])]
        spool = self._announce_stored(artifact, told, wanted)
        linked = InternalArtifact(name, artifact.type)
        linked.take(self._wait_for(linked, name, spool))
        linked.found_as(target_path)
        return linked

    def _wait_for(self, artifact: Artifact, name: str, spool: str) -> Logged:
        logged = Logged(artifact, self._repo, name, journal=self._run.folder, spool=spool)
        if not self._waiting:
            self._run.before_end(self._settle)
        self._waiting.append(logged)
        return logged

    def _settle(self) -> None:
        """The journal, which tells what became of them, goes when the run has ended."""
        for logged in self._waiting:
            try:
                logged.settle(_FINISH_WAIT_S)
            except GitexpError as error:
                report(error, "log_artifact()")
                return

    def _note_use(self, artifact: Artifact, use_as: str | None) -> None:
        assert artifact.logged is not None
        used = artifact.logged.used(use_as or artifact.use_as)
        self._run.say(events.USED, artifact=used.to_json())


def _model_type(artifact: Artifact | None) -> str:
    type = "model" if artifact is None else artifact.type
    if "model" not in type.lower():
        raise AssertionError(
            "the artifact is no model: the type of models has the word 'model' in it"
        )
    return type


def find_artifact(repo: Repository, text: str, type: str | None = None) -> Artifact:
    """The version that a text means; one that is being stored right now is waited for.

    Raises:
        ArtifactMissing: there is none.
    """
    await_stored(repo.common_dir, split(text)[0])
    try:
        with Runs(repo) as runs:
            found = Artifacts(runs).resolve(text, type)
    except ArtifactNotFound as error:
        from gitexp.wandb.artifacts.run_tables import find_table

        table = find_table(repo, text, type)
        if table is None:
            raise ArtifactMissing.of(error) from None
        return table
    artifact = artifact_of(repo, found)
    artifact.found_as(text)
    return artifact


def artifact_of(repo: Repository, found: FoundArtifact) -> Artifact:
    """A version that was looked up, as scripts know it."""
    artifact = InternalArtifact(found.entry.name, found.entry.type)
    artifact.take(Logged(artifact, repo, found.entry.name, found))
    return artifact


def _plain(aliases: Sequence[str] | None) -> list[str]:
    given = [aliases] if isinstance(aliases, str) else list(aliases or ())
    return [str(alias) for alias in given if version_number(str(alias)) is None]
