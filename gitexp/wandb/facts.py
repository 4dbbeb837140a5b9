"""What wandb calls a run's project, entity and id: kept in run.json under capture.wandb."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Facts:
    """What init() was told that a run of gitexp has no field for."""

    project: str | None = None
    entity: str | None = None
    id: str | None = None
    name: str | None = None
    group: str | None = None
    job_type: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    def to_capture(self) -> dict[str, str]:
        """As it stands in run.json; group and job_type have fields of their own there."""
        told = {"project": self.project, "entity": self.entity, "id": self.id, "name": self.name}
        return {key: str(value) for key, value in told.items() if value}
