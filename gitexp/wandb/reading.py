"""The active run read back: its rows, a table of them, and its card in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitexp.errors import RunNotFound
from gitexp.record.active import ActiveRun

if TYPE_CHECKING:
    import pandas as pd

    from gitexp.query.api import History, LoadedRun


class Reading(ActiveRun):
    """What a run that is recorded here has in common with one that was loaded."""

    def history(self) -> History:
        """All rows that were logged so far."""
        return self._loaded().history()

    def to_dataframe(self) -> pd.DataFrame:
        """The same as a pandas DataFrame, indexed by step.

        Raises:
            GitexpError: pandas is not installed.
        """
        return self.history().to_dataframe()

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
