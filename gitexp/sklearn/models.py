"""Fitted estimators in a run's checkpoints: skops' description of them, arrays as safetensors.

skops names each class by its module and writes no pickle; loading builds only classes that are
trusted. Its archive is taken apart, so that git keeps each array once across all versions:

    {"skops": format version, "schema": UTF-8 bytes, "arrays": {"steps.0.1.mean_": array, …},
     "by_column": [names of arrays in Fortran's order, for equal rounding],
     "packed": {"steps.1.1.tree_.nodes": {"dtype", "shape", "bytes"}, …}, "files": {name: bytes}}
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gitexp.errors import GitexpError
from gitexp.query.checkpoints import load_checkpoint
from gitexp.record import api
from gitexp.record.media._base import MissingLibrary

FORMAT_VERSION = 1
_SCHEMA = "schema.json"
_TENSOR_KINDS = "biuf"  # dtypes that safetensors knows; others are kept as their bytes
# What skops does not trust by itself, but is plain data of scikit-learn's with methods. The trees
# are C structures whose indices are checked here; KDTree and the like must be trusted by name.
_PLAIN = frozenset(
    [
        "numpy.dtype",
        "scipy.sparse._csr.csr_matrix",
        "sklearn._loss.loss.HalfTweedieLossIdentity",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.cluster._bisect_k_means._BisectingTree",
        "sklearn.cluster._kmeans._kmeans_single_lloyd",
        "sklearn.feature_selection._univariate_selection.f_classif",
        "sklearn.feature_selection._univariate_selection.f_regression",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        "sklearn.gaussian_process.kernels.ConstantKernel",
        "sklearn.gaussian_process.kernels.Product",
        "sklearn.gaussian_process.kernels.RBF",
        "sklearn.gaussian_process.kernels.Sum",
        "sklearn.gaussian_process.kernels.WhiteKernel",
        "sklearn.metrics._scorer._PassthroughScorer",
        "sklearn.model_selection._split.KFold",
        "sklearn.model_selection._split.StratifiedKFold",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        "sklearn.utils._bunch.Bunch",
    ]
)
_BETWEEN = ("content", "attrs", "state", "args", "value")  # keys of the schema that say nothing


class Untrusted(GitexpError):
    """An estimator holds classes that nobody has said to trust."""


def save_model(
    estimator: Any,
    label: str = "model",
    *,
    step: int | None = None,
    metrics: Mapping[str, float] | None = None,
) -> str | None:
    """Keep a fitted estimator as a checkpoint of the active run; see `load_model`.

    Args:
        estimator: of scikit-learn, or anything else that skops can describe.
        label: the checkpoint's.
        step: by default the step of the newest log().
        metrics: numbers that belong to it, e.g. for load_model(label="best").

    Returns:
        The label; None if there is no run.

    Raises:
        ValueError: skops is not installed.
        Exception: skops cannot describe the estimator.
    """
    return api.save_checkpoint(state_of(estimator), step=step, label=label, metrics=metrics)


def load_model(
    run: Any,
    label: str | int = "model",
    *,
    trusted: Sequence[str] | bool = (),
    repo: Any = None,
) -> Any:
    """Get back what `save_model` kept.

    Args:
        run: a name, a unique prefix, `latest`, `best:val_loss`, …, or a run object.
        label: the checkpoint's; "last" and "best" as in `gitexp.load_checkpoint`.
        trusted: further classes that may be built, as "module.Class"; True for all, which is
            for runs of people whose code you would run.
        repo: the repository or a folder of it; None: the current folder's.

    Raises:
        RunNotFound, CheckpointNotFound: the run, the checkpoint.
        Untrusted: it holds other classes.
        ValueError: skops is not installed.
    """
    return estimator_of(load_checkpoint(run, label, repo=repo), trusted)


def state_of(estimator: Any) -> dict[str, Any]:
    """An estimator as a checkpoint's state; equal estimators have equal states."""
    import numpy as np

    archive = zipfile.ZipFile(io.BytesIO(_skops().dumps(estimator)))
    schema = json.loads(archive.read(_SCHEMA))
    names = _renumber(schema)
    state: dict[str, Any] = {
        "skops": FORMAT_VERSION,
        "schema": _bytes(json.dumps(schema).encode()),
        "arrays": {},
        "by_column": [],
        "packed": {},
        "files": {},
    }
    for old, new in names.items():
        content = archive.read(old)
        if Path(old).suffix != ".npy":
            state["files"][new] = _bytes(content)
            continue
        array = np.load(io.BytesIO(content), allow_pickle=False)
        if array.dtype.kind in _TENSOR_KINDS and array.dtype.itemsize <= 8:
            state["arrays"][new] = array
            if array.flags.fnc:
                state["by_column"].append(new)
        else:
            state["packed"][new] = {
                "dtype": json.dumps(np.lib.format.dtype_to_descr(array.dtype)),
                "shape": list(array.shape),
                "bytes": _bytes(_unpadded(array).tobytes()),
            }
    return state


def estimator_of(state: Any, trusted: Sequence[str] | bool = ()) -> Any:
    """The estimator of a state.

    Raises:
        GitexpError: it is none, or of a later gitexp.
        Untrusted: it holds classes that are not trusted.
    """
    skops = _skops()
    if not isinstance(state, dict) or state.get("skops") != FORMAT_VERSION:
        raise GitexpError(
            "the checkpoint is no estimator that this gitexp can read",
            "gitexp.load_checkpoint(run, label) loads it as it is",
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(_SCHEMA, _numpy(state["schema"]).tobytes())
        for name, content in state["files"].items():
            archive.writestr(name, _numpy(content).tobytes())
        for name, array in (*state["arrays"].items(), *_unpacked(state["packed"])):
            order = "F" if name in state["by_column"] else "C"
            archive.writestr(name, _npy(_numpy(array, order)))
    content = packed.getvalue()
    found = set(skops.get_untrusted_types(data=content))
    known = found if trusted is True else _PLAIN | set(trusted or ())
    if unknown := sorted(found - known):
        raise Untrusted(
            f"the estimator holds {', '.join(unknown)}",
            f"if you trust who made it: load_model(…, trusted={unknown!r})",
        )
    estimator = skops.loads(content, trusted=sorted(found))
    _check_trees(estimator, set())
    return estimator


def _check_trees(part: Any, seen: set[int]) -> None:
    """Refuse trees that point outside of themselves: predicting would read what is not theirs.

    Raises:
        GitexpError: there is such a tree.
    """
    if id(part) in seen or isinstance(part, str | bytes | int | float | bool | None):
        return
    seen.add(id(part))
    if type(part).__module__ == "sklearn.tree._tree" and hasattr(part, "children_left"):
        inner = part.children_left != -1
        for child in (part.children_left, part.children_right):
            # A child comes after its parent, so that every way down ends.
            if (child[inner] <= inner.nonzero()[0]).any() or (child >= part.node_count).any():
                raise GitexpError("the estimator has a broken tree")
        if ((part.feature[inner] < 0) | (part.feature[inner] >= part.n_features)).any():
            raise GitexpError("the estimator has a broken tree")
    elif isinstance(part, dict):
        for value in part.values():
            _check_trees(value, seen)
    elif isinstance(part, list | tuple | set):
        for value in part:
            _check_trees(value, seen)
    elif getattr(getattr(part, "dtype", None), "hasobject", False):
        for value in part.ravel():
            _check_trees(value, seen)
    elif hasattr(part, "__dict__") and not isinstance(part, type):
        _check_trees(vars(part), seen)


def _skops() -> Any:
    try:
        import skops.io
    except ImportError:
        raise MissingLibrary("skops", "keeping an estimator") from None
    return skops.io


def _renumber(schema: Any) -> dict[str, str]:
    """Name files by their place and number objects, in place: skops uses memory addresses.

    Returns:
        Old file name → new one, in the order of the schema.
    """
    files: dict[str, str] = {}
    ids: dict[Any, int] = {}
    for path, node in _nodes(schema, ()):
        if "__id__" in node:
            node["__id__"] = ids.setdefault(node["__id__"], len(ids))
        old = node.get("file")
        if isinstance(old, str):
            if old not in files:
                name = ".".join(path) or "value"
                taken = set(files.values())
                if name in taken:
                    name = f"{name}.{len(files)}"
                files[old] = name
            node["file"] = files[old]
    return files


def _nodes(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        below: Any = node.items()
    else:
        below = enumerate(node) if isinstance(node, list) else ()
    for key, part in below:
        if isinstance(part, dict | list):
            yield from _nodes(part, path if key in _BETWEEN else (*path, str(key)))


def _bytes(content: bytes) -> Any:
    import numpy as np

    return np.frombuffer(content, np.uint8)


def _unpadded(array: Any) -> Any:
    """Records with zeros between their fields, where memory held anything."""
    import numpy as np

    if array.dtype.names is None:
        return array
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    return clean


def _numpy(array: Any, order: Any = "C") -> Any:
    import numpy as np

    return np.asarray(array, order=order)


def _npy(array: Any) -> bytes:
    import numpy as np

    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _unpacked(packed: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    import numpy as np

    for name, told in packed.items():
        descr = json.loads(told["dtype"])
        if isinstance(descr, list):
            descr = [tuple(tuple(p) if isinstance(p, list) else p for p in f) for f in descr]
        dtype = np.lib.format.descr_to_dtype(descr)
        if dtype.hasobject:
            raise GitexpError(f"the estimator's {name} holds objects, which is no array")
        yield name, np.frombuffer(_numpy(told["bytes"]).tobytes(), dtype).reshape(told["shape"])
