"""A chart: a table of its data, what to draw of it, and wandb's name of the drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitexp.errors import GitexpError
from gitexp.record.media._base import Media, MediaFolder
from gitexp.record.media.table import Table
from gitexp.record.values import plain_config
from gitexp.schema.media import chart_key

# wandb's names of charts that have a kind here; others are drawn as their table.
_KINDS = {
    "wandb/area-under-curve/v0": "line",
    "wandb/bar/v0": "bar",
    "wandb/confusion_matrix/v0": "confusion_matrix",
    "wandb/confusion_matrix/v1": "confusion_matrix",
    "wandb/histogram/v0": "histogram",
    "wandb/line/v0": "line",
    "wandb/lineseries/v0": "line",
    "wandb/scatter/v0": "scatter",
}


@dataclass
class ChartSpec:
    """What wandb's server is told of a chart.

    Attributes:
        spec_name: of wandb's drawing; "": there is none.
        fields: what the drawing calls a field → column.
        string_fields: what it calls a text → text.
        key: that the chart is logged under.
        split_table: whether the table is shown in a section of its own.
    """

    spec_name: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    string_fields: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    split_table: bool = False

    @property
    def table_key(self) -> str:
        """The metric that the chart is kept as.

        Raises:
            GitexpError: it has no key yet.
        """
        if not self.key:
            raise GitexpError("the chart has no key yet: log() gives it one")
        return chart_key(self.key, split=self.split_table)


class CustomChart(Media):
    """A chart for log(), which keeps it as `<key>_table`, as wandb does.

    Attributes:
        table: the data.
        kind: line, scatter, bar, histogram, ….
        fields: what each column is drawn as: {"x": column, "y": column, …}.
        title: of the chart.
        spec: what wandb's server would be told.
    """

    def __init__(
        self,
        kind: str,
        table: Table,
        fields: Mapping[str, Any],
        title: str | None,
        spec: ChartSpec | None = None,
        *,
        as_table: bool = True,
    ) -> None:
        """Make one.

        Args:
            kind: see the attributes.
            table: likewise.
            fields: likewise.
            title: likewise.
            spec: likewise.
            as_table: False keeps it under the very key that it is logged under.
        """
        self.table = table
        self.kind, self.fields, self.title = kind, dict(fields), title or ""
        self.spec = spec or ChartSpec()
        self._as_table = as_table

    def set_key(self, key: str) -> None:
        """Say what it is logged under."""
        self.spec.key = key

    def key_of(self, key: str) -> str:
        """The metric that it is kept as."""
        self.set_key(key)
        return self.spec.table_key if self._as_table else key

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Write the data; returns what stands in metrics.jsonl."""
        told = {"kind": self.kind, "title": self.title, "fields": plain_config(self.fields)}
        if self.spec.spec_name:
            told["spec"] = self.spec.spec_name
        return {**self.table.keep(folder, key), "_type": "chart", **told}


def plot_table(
    vega_spec_name: str,
    data_table: Any,
    fields: Mapping[str, Any],
    string_fields: Mapping[str, Any] | None = None,
    split_table: bool = False,
) -> CustomChart:
    """A table with the name of a chart that wandb knows how to draw.

    Args:
        vega_spec_name: "wandb/bar/v0", "me/my-chart", …; kept as the chart's `spec`.
        data_table: the data.
        fields: what the spec calls a field → column.
        string_fields: what the spec calls a text → text; `title` is the chart's.
        split_table: keep it as `Custom Chart Tables/<key>_table`.

    Raises:
        GitexpError: the data is no table.
    """
    _must_be_table("data_table", data_table)
    texts = dict(string_fields or {})
    spec = ChartSpec(vega_spec_name, fields, texts, split_table=split_table)
    drawn = {**fields, **{key: text for key, text in texts.items() if key != "title"}}
    kind = _KINDS.get(vega_spec_name, "table")
    return CustomChart(kind, data_table, drawn, texts.get("title"), spec)


def visualize(id: str, value: Any) -> CustomChart:
    """A table with the name of a chart, kept under the very key that it is logged under.

    Raises:
        GitexpError: the value is no table.
    """
    _must_be_table("value", value)
    return CustomChart(_KINDS.get(id, "table"), value, {}, "", ChartSpec(id), as_table=False)


def _must_be_table(name: str, value: Any) -> None:
    if not isinstance(value, Table):
        kind = type(value).__name__
        raise GitexpError(
            f"{name} is a Table, not a {kind}",
            "wandb.Table(columns=…, data=…) makes one",
        )
