"""A model object in an artifact: torch, scikit-learn and Keras, saved as each of them does.

They are pickles, or hold some: whoever loads one runs what its author wrote. Checkpoints
(`gitexp.checkpoint`) hold tensors and nothing else.
"""

from __future__ import annotations

import io
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gitexp.record.media._base import Media, MediaFolder

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact


class SavedModel(Media):
    """A model that `artifact.add(model, name)` takes and `artifact.get(name)` gives back.

    Attributes:
        artifact: that it was added to, or came from.
    """

    artifact: Artifact | None = None

    def __init__(self, kind: str, data: bytes) -> None:
        self._kind = kind
        self._data = data
        self._model: Any = None

    @staticmethod
    def init(obj_or_path: Any, **how: Any) -> SavedModel:
        """Save a model object, or take the file of one.

        Raises:
            ValueError: it is none of a library that is known here.
        """
        if isinstance(obj_or_path, str | os.PathLike) and os.path.isfile(obj_or_path):
            suffix = Path(obj_or_path).suffix.lstrip(".")
            for kind, way in _WAYS.items():
                if way.suffix == suffix:
                    return SavedModel(kind, Path(obj_or_path).read_bytes())
        for kind, way in _WAYS.items():
            if way.is_one(obj_or_path):
                return SavedModel(kind, way.save(obj_or_path))
        raise ValueError(f"no kind of SavedModel takes {obj_or_path!r}")

    def model_obj(self) -> Any:
        """The model; it is loaded when it is asked for first."""
        if self._model is None:
            self._model = _WAYS[self._kind].load(self._data)
        return self._model

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Write the file; returns what describes it."""
        path = folder.put(key, self._data, _WAYS[self._kind].suffix)
        return {"_type": self._kind, "path": path}


class _Way(NamedTuple):
    """How one library's models are told, saved and loaded."""

    suffix: str
    is_one: Callable[[Any], bool]
    save: Callable[[Any], bytes]
    load: Callable[[bytes], Any]


def _is_of(module: str, name: str) -> Callable[[Any], bool]:
    def is_one(model: Any) -> bool:
        # A model of a library that nobody imported is none.
        known = getattr(sys.modules.get(module), name, None)
        return known is not None and isinstance(model, known)

    return is_one


def _pickler() -> Any:
    """Classes of the script itself can be loaded elsewhere if cloudpickle is installed."""
    try:
        import cloudpickle
    except ImportError:
        return pickle
    return cloudpickle


def _save_torch(model: Any) -> bytes:
    import torch

    file = io.BytesIO()
    torch.save(model, file, pickle_module=_pickler())
    return file.getvalue()


def _load_torch(data: bytes) -> Any:
    import torch

    return torch.load(io.BytesIO(data), weights_only=False)


def _save_keras(model: Any) -> bytes:
    with tempfile.TemporaryDirectory(prefix="gitexp-model-") as folder:
        path = Path(folder, "model.keras")
        model.save(path)
        return path.read_bytes()


def _load_keras(data: bytes) -> Any:
    import keras

    with tempfile.TemporaryDirectory(prefix="gitexp-model-") as folder:
        path = Path(folder, "model.keras")
        path.write_bytes(data)
        return keras.models.load_model(path)


def _save_pickle(model: Any) -> bytes:
    data: bytes = _pickler().dumps(model)
    return data


# `_type`, which the names of the files in an artifact end with.
_WAYS = {
    "pytorch-model-file": _Way("pt", _is_of("torch.nn", "Module"), _save_torch, _load_torch),
    "tensorflow-model-file": _Way("keras", _is_of("keras", "Model"), _save_keras, _load_keras),
    "sklearn-model-file": _Way(
        "pkl", _is_of("sklearn.base", "BaseEstimator"), _save_pickle, pickle.loads
    ),
}
KINDS = tuple(_WAYS)
