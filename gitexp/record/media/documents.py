"""Pages, charts, molecules and 3D objects: files that are kept as they are."""

from __future__ import annotations

import importlib
import io
import os
from pathlib import Path
from typing import Any

import orjson

from gitexp.record.media._base import FileMedia, MissingLibrary, read_source
from gitexp.record.media.pixels import array_of, figure_of
from gitexp.record.values import plain_config

_OBJECTS = ("obj", "gltf", "glb", "babylon", "stl", "pts.json")
_MOLECULES = ("pdb", "pqr", "mmcif", "mcif", "cif", "sdf", "sd", "gro", "mol2", "mmtf")


class Html(FileMedia):
    """A page for log()."""

    kind = "html"

    def __init__(self, data: Any, inject: bool = True, data_is_not_path: bool = False) -> None:
        """Take HTML.

        Args:
            data: HTML, the path of an .html file, or an open file.
            inject: accepted for wandb's sake; the page is kept as it is.
            data_is_not_path: a text is HTML whatever it looks like.
        """
        is_text = isinstance(data, str)
        looks_like_path = is_text and "<" not in data and "\n" not in data and len(data) < 4096
        if hasattr(data, "read") or isinstance(data, os.PathLike):
            content = read_source(data)[0]
        elif looks_like_path and not data_is_not_path and os.path.isfile(data):
            content = Path(data).read_bytes()
        else:
            content = str(data).encode()
        super().__init__(content, "html")


class Plotly(FileMedia):
    """A plotly chart for log(), kept as plotly's JSON."""

    kind = "plotly"

    def __init__(self, val: Any) -> None:
        """Take a plotly figure, or a matplotlib figure, which plotly.tools converts.

        Raises:
            ValueError: it is neither, or has images, which plotly cannot draw.
        """
        if not hasattr(val, "to_json") and (figure := figure_of(val)) is not None:
            from plotly import tools

            if has_images(figure):
                raise ValueError("plotly draws no images; wandb.Image takes the figure")

            val = tools.mpl_to_plotly(figure)
        if not hasattr(val, "to_json"):
            raise ValueError(f"a {type(val).__name__} is no plotly figure")
        super().__init__(val.to_json().encode(), "plotly.json")

    @classmethod
    def make_plot_media(cls, val: Any) -> FileMedia:
        """A chart; of a matplotlib figure that has images its picture."""
        figure = None if hasattr(val, "to_json") else figure_of(val)
        if figure is not None and has_images(figure):
            from gitexp.record.media.image import Image

            return Image(figure)
        return cls(val)


class Object3D(FileMedia):
    """A 3D object or a point cloud for log()."""

    kind = "object3D"

    def __init__(self, data_or_path: Any, caption: str | None = None, **unused: Any) -> None:
        """Take an object.

        Args:
            data_or_path: the path of an obj, gltf, glb, babylon, stl or pts.json file, an open
                file, points (n, 3), (n, 4) with a class or (n, 6) with a colour, or
                {"type": "lidar/beta", "points": …, "boxes": …, "vectors": …}.
            caption: a text below it.
            unused: keywords that wandb takes, such as file_type for an open file.

        Raises:
            ValueError: it is none of these.
        """
        if isinstance(data_or_path, str | os.PathLike) or hasattr(data_or_path, "read"):
            name = str(getattr(data_or_path, "name", data_or_path))
            told = unused.get("file_type") if hasattr(data_or_path, "read") else None
            suffix = next((s for s in _OBJECTS if name.endswith(s)), None) or told or ""
            if suffix not in _OBJECTS:
                raise ValueError(f"{name!r} is no 3D object: {', '.join(_OBJECTS)}")
            data = read_source(data_or_path)[0]
        else:
            data, suffix = orjson.dumps(_points(data_or_path)), "pts.json"
        super().__init__(data, suffix, caption=caption)

    @classmethod
    def from_numpy(cls, data: Any, **keywords: Any) -> Object3D:
        """As the constructor."""
        return cls(data, **keywords)

    @classmethod
    def from_file(cls, data_or_path: Any, file_type: str | None = None) -> Object3D:
        """As the constructor."""
        return cls(data_or_path, file_type=file_type)

    @classmethod
    def from_point_cloud(
        cls, points: Any, boxes: Any = (), vectors: Any = None, point_cloud_type: str = ""
    ) -> Object3D:
        """Points with boxes and arrows."""
        kind = point_cloud_type or "lidar/beta"
        given = [] if vectors is None else vectors
        return cls({"type": kind, "points": points, "boxes": boxes, "vectors": given})


def has_images(figure: Any) -> bool:
    """Whether a matplotlib figure shows images beside curves."""
    return any(len(axes.images) > 0 for axes in figure.axes)


def box3d(
    *,
    center: Any,
    size: Any,
    orientation: Any,
    color: Any,
    label: str | None = None,
    score: float | None = None,
) -> dict[str, Any]:
    """A box for `Object3D.from_point_cloud(boxes=)`, turned by a quaternion.

    Args:
        center: x, y, z.
        size: lengths of its edges along x, y, z before it is turned.
        orientation: the quaternion r, x, y, z; not 0.
        color: r, g, b.
        label: a text.
        score: how sure it is.

    Raises:
        ValueError: a vector is not as long as it has to be.
    """
    import numpy as np

    middle, edges, turn = (np.asarray(v, dtype=float) for v in (center, size, orientation))
    if middle.shape != (3,) or edges.shape != (3,) or turn.shape != (4,) or not turn.any():
        raise ValueError("a box has center (3), size (3) and orientation (4), a quaternion")
    r, x, y, z = turn / np.linalg.norm(turn)
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - r * z), 2 * (x * z + r * y)],
            [2 * (x * y + r * z), 1 - 2 * (x * x + z * z), 2 * (y * z - r * x)],
            [2 * (x * z - r * y), 2 * (y * z + r * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    unit = np.array([(i, j, k) for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)])  # (8, 3)
    corners = middle + (unit * edges / 2) @ rotation.T
    return {"corners": corners.tolist(), "color": color, "label": label, "score": score}


def _points(data: Any) -> Any:
    if isinstance(data, dict):
        if data.get("type") != "lidar/beta":
            raise ValueError("the type of a scene is lidar/beta")
        plain = {k: v.tolist() if hasattr(v, "tolist") else v for k, v in data.items()}
        return plain_config(plain)
    if not hasattr(data, "shape"):
        raise ValueError("points are an array, a dict or a file")
    points = array_of(data)
    if points.ndim != 2 or points.shape[1] not in (3, 4, 6):
        raise ValueError(f"points have shape (n, 3), (n, 4) or (n, 6), not {points.shape}")
    return plain_config(points.tolist())


class Molecule(FileMedia):
    """A molecule for log()."""

    kind = "molecule"

    def __init__(self, data_or_path: Any, caption: str | None = None, **unused: Any) -> None:
        """Take the path of a file (pdb, mmcif, sdf, …) or an open file with `file_type=`.

        Raises:
            ValueError: it is no format of molecules.
        """
        data, suffix = read_source(data_or_path)
        suffix = unused.get("file_type") or suffix
        if suffix not in _MOLECULES:
            raise ValueError(f"a .{suffix} file is no molecule: {', '.join(_MOLECULES)}")
        super().__init__(data, suffix, caption=caption)

    @classmethod
    def from_rdkit(
        cls,
        data_or_path: Any,
        caption: str | None = None,
        convert_to_3d_and_optimize: bool = True,
        mmff_optimize_molecule_max_iterations: int = 200,
    ) -> Molecule:
        """A molecule of rdkit, or the path of a file that rdkit reads (pdb, sdf, mol, mol2).

        Raises:
            ValueError: it is neither.
        """
        Chem = _rdkit("rdkit.Chem")
        AllChem = _rdkit("rdkit.Chem.AllChem")
        molecule = data_or_path
        if isinstance(data_or_path, str | os.PathLike):
            name = os.fspath(data_or_path)
            suffix = name.rpartition(".")[2].lower()
            if suffix not in ("mol", "mol2", "pdb", "sdf"):
                raise ValueError(f"Molecule.from_rdkit reads no .{suffix} file")
            if suffix == "sdf":
                molecule = next(iter(Chem.SDMolSupplier(name)), None)
            else:
                molecule = getattr(Chem, f"MolFrom{suffix.capitalize()}File")(name)
        if not isinstance(molecule, Chem.rdchem.Mol):
            raise ValueError("a molecule is a file or one of rdkit's Mol")
        if convert_to_3d_and_optimize:
            molecule = Chem.AddHs(molecule)
            AllChem.EmbedMolecule(molecule)
            AllChem.MMFFOptimizeMolecule(molecule, maxIters=mmff_optimize_molecule_max_iterations)
        block = io.StringIO(Chem.rdmolfiles.MolToPDBBlock(molecule))
        return cls(block, caption=caption, file_type="pdb")

    @classmethod
    def from_smiles(
        cls,
        data: str,
        caption: str | None = None,
        sanitize: bool = True,
        convert_to_3d_and_optimize: bool = True,
        mmff_optimize_molecule_max_iterations: int = 200,
    ) -> Molecule:
        """A molecule of a SMILES text; see `from_rdkit`.

        Raises:
            ValueError: it cannot be parsed.
        """
        Chem = _rdkit("rdkit.Chem")
        molecule = Chem.MolFromSmiles(data, sanitize=sanitize)
        if molecule is None:
            raise ValueError("this is no SMILES text")
        return cls.from_rdkit(
            molecule, caption, convert_to_3d_and_optimize, mmff_optimize_molecule_max_iterations
        )


def _rdkit(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingLibrary("rdkit", "this way to a molecule") from None
