"""Units of a layer over the samples: which get no gradient, which move in lock-step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitexp.schema.histogram import LONG

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NEAR = 1e-3  # radians between signatures of rows that count as proportional


class SilentUnits:
    """Counts for how many samples in a row each unit had nothing but zeros."""

    def __init__(self) -> None:
        self._since: NDArray[np.int64] | None = None

    def add(self, silent: NDArray[np.bool_]) -> dict[str, int]:
        """Take in a sample.

        Args:
            silent: (units,).

        Returns:
            `units`, `silent` and `silent_long` of a line of histograms.jsonl.
        """
        import numpy as np

        if self._since is None or len(self._since) != len(silent):
            self._since = np.zeros(len(silent), np.int64)
        self._since = np.where(silent, self._since + 1, 0)
        return {
            "units": len(silent),
            "silent": int(silent.sum()),
            "silent_long": int((self._since >= LONG).sum()),
        }


def units_alike(signatures: NDArray[np.float32], inputs: int) -> int:
    """How many units have a twin: weights and gradients that are the same up to a factor.

    Args:
        signatures: (units, 2 * k): of each unit's weights and gradient.
        inputs: of the layer; with fewer than 3 the rows of any layer are alike.

    Returns:
        Units that are like another one; those without weights or gradient are like none.
    """
    import numpy as np

    if inputs < 3 or len(signatures) < 2:
        return 0
    k = signatures.shape[1] // 2
    halves = []
    usable = np.isfinite(signatures).all(1)
    for half in (signatures[:, :k], signatures[:, k:]):
        rows = half.astype(np.float64)
        lengths = np.linalg.norm(rows, axis=1)
        usable &= lengths > 0
        rows = rows / np.where(lengths > 0, lengths, 1.0)[:, None]
        # A factor may be negative.
        strongest = np.abs(rows).argmax(1)
        signs = np.sign(rows[np.arange(len(rows)), strongest])
        halves.append(rows * np.where(signs == 0, 1.0, signs)[:, None])
    rows = np.concatenate(halves, 1)[usable]  # (units, 2k)
    if len(rows) < 2:
        return 0
    # Sorted by any one number, twins are neighbours, or have one that is near by chance between.
    order = np.argsort(rows[:, 0], kind="stable")
    rows = rows[order]
    alike: NDArray[np.bool_] = np.zeros(len(rows), bool)
    for shift in range(1, min(len(rows), 3)):
        near = np.abs(rows[shift:] - rows[:-shift]).max(1) < _NEAR
        alike[shift:] |= near
        alike[:-shift] |= near
    return int(alike.sum())
