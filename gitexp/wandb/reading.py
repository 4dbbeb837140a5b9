"""The active run read back: its rows, a table of them, its summary, its card in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gitexp.errors import RunNotFound
from gitexp.record.active import ActiveRun
from gitexp.schema import tree

if TYPE_CHECKING:
    import pandas as pd

    from gitexp.query.api import History, LoadedRun
    from gitexp.wandb.shapes import Shapes


class Reading(ActiveRun):
    """What a run that is recorded here has in common with one that was loaded."""

    _read: tuple[Any, dict[str, Any]] = (None, {})  # values as logged, and as they are read

    def history(self) -> History:
        """All rows that were logged so far."""
        return self._loaded().history()

    def to_dataframe(self) -> pd.DataFrame:
        """The same as a pandas DataFrame, indexed by step.

        Raises:
            GitexpError: pandas is not installed.
        """
        return self.history().to_dataframe()

    @cached_property
    def _shapes(self) -> Shapes:
        from gitexp.wandb.shapes import Shapes

        return Shapes(self.id)

    def _logged(self) -> Mapping[str, Any]:
        """The last values in wandb's shape; the same dict as long as nothing changes."""
        values = super()._logged()
        if self._read[0] is not values and self._fold is not None:
            from gitexp.wandb.shapes import SUMMARY

            others = self._fold.metrics.others
            shown = {}
            for key, value in values.items():
                step, logged = others.get(key, (SUMMARY, None))
                at = step if logged is value else SUMMARY
                shown[key] = self._shapes.shown(tree.finite(value), key, at)
            self._read = values, shown
        return self._read[1]

    def _shown(self, key: str, value: Any) -> Any:
        from gitexp.wandb.shapes import SUMMARY

        return self._shapes.shown(super()._shown(key, value), key, SUMMARY)

    def _loaded(self) -> LoadedRun:
        from gitexp.query.api import load

        common_dir = self._folder.parent.parent.parent
        try:
            return load(self._start.name, path=common_dir)
        except RunNotFound:  # it was renamed meanwhile
            return load(self._start.id, path=common_dir)

    def _repr_html_(self) -> str | None:
        from gitexp.capture.notebook import card_of

        return self._loaded()._repr_html_() if self.ended else card_of(self)
