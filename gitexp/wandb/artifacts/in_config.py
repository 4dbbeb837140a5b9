"""Artifacts as values of a run's config: noted as used, kept as what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gitexp.errors import ArtifactNotFound
from gitexp.query.artifacts import Artifacts
from gitexp.query.runs import Runs
from gitexp.store.repository import Repository
from gitexp.wandb.artifacts.artifact import Artifact

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.on_run import RunArtifacts

_ADDRESS = "wandb-artifact://"
_BY_ID = "_id/"


def taken(artifacts: RunArtifacts, repo: Repository, value: Any) -> Artifact | None:
    """The artifact that a config's value is, logged or noted as used; None: it is none.

    Args:
        artifacts: of the run.
        repo: where to look.
        value: an Artifact, its address, or what a config said of one.

    Raises:
        ArtifactNotFound: there is none of that address.
        ValueError: a mapping holds one.
    """
    if isinstance(value, Artifact):
        return artifacts.use(value)
    if isinstance(value, str):
        path = value.removeprefix(_ADDRESS)
        _, found, digest = path.rpartition(_BY_ID)
        return artifacts.use(_of_digest(repo, digest) if found else path)
    if isinstance(value, Mapping):
        if value.get("_type") == "artifactVersion":
            return artifacts.use(_of_digest(repo, str(value.get("id"))))
        if any(_holds_one(below) for below in value.values()):
            raise ValueError(
                "an artifact in a config is the value of a key, not inside another value"
            )
    return None


def _holds_one(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_one(below) for below in value.values())
    return isinstance(value, Artifact)


def _of_digest(repo: Repository, digest: str) -> Artifact:
    from gitexp.wandb.artifacts.on_run import artifact_of

    with Runs(repo) as runs:
        known = Artifacts(runs)
        for name in known.names():
            for version in known.versions(name):
                if version.entry.digest == digest and version.entry.source is None:
                    return artifact_of(repo, version)
    raise ArtifactNotFound(digest, "no version has this digest")
