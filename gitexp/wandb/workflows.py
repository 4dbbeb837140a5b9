"""`wandb.beta.workflows`: model objects logged, used and linked in one call each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitexp.record import api
from gitexp.wandb.artifacts.artifact import Artifact
from gitexp.wandb.saved_model import SavedModel

_INDEX = "index"


def log_model(
    model_obj: Any,
    name: str = "model",
    aliases: str | Sequence[str] | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    project: str | None = None,
    scope_project: bool | None = None,
    **how: Any,
) -> SavedModel:
    """Log a model object as an artifact of the type `model`; begins a run if there is none.

    Args:
        model_obj: a torch module, a Keras model or an estimator of scikit-learn.
        name: of the artifact; the run's id follows it, unless `scope_project`.
        aliases: names for the version.
        description: a text about it.
        metadata: plain values.
        project: of the run that is begun.
        scope_project: whether the artifact is called just so.
        how: accepted.

    Raises:
        ValueError: it is no model.
    """
    model = SavedModel.init(model_obj, **how)
    run: Any = api.active()
    if run is None:
        from gitexp.wandb.begin import init

        run = init(project=project, job_type="log_model")
    called = name if scope_project else f"{name}-{run.id}"
    artifact = Artifact(called, "model", description, metadata)
    artifact.add(model, _INDEX)
    run.log_artifact(artifact, aliases=aliases)
    return model


def use_model(aliased_path: str) -> SavedModel:
    """The model of an artifact that `log_model` logged, noted as used by the active run.

    Raises:
        ValueError: there is no run, no alias in the path, or no model in the artifact.
    """
    if ":" not in aliased_path:
        raise ValueError("aliased_path must be of the form 'name:alias' or 'name:version'.")
    run: Any = api.active()
    if run is None:
        raise ValueError("use_model can only be called inside a run: call init() before")
    model = run.use_artifact(aliased_path).get(_INDEX)
    if not isinstance(model, SavedModel):
        raise ValueError(f"{aliased_path} holds no model object: log_model() logs one")
    return model


def link_model(
    model: SavedModel, target_path: str, aliases: str | Sequence[str] | None = None
) -> None:
    """Give the version that a model is in another name.

    Raises:
        ValueError: it is in none that is logged.
    """
    artifact = model.artifact
    if artifact is None or artifact.is_draft():
        raise ValueError("Linking requires that the given model belongs to a logged artifact")
    artifact.link(target_path, aliases)
