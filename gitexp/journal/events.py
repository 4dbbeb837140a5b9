"""events.jsonl: everything that a training says about its run beside numbers.

Each line has `type` and `_time`; the rest by type:
    config       values: nested mapping, merged into the config
    config_drop  key: dotted key, removed
    summary      values: flat mapping of what the user set;  drop: keys to remove
    metric       pattern, goal, step_metric, summary, hidden: a MetricRule
    tags         tags: list, replaces
    notes        notes: text, replaces
    name         name: what the script wants the run to be called
    facts        group, job_type: as given by the script
    checkpoint   label, step, folder, bytes, tensors, metrics: a checkpoint that is whole
    dropped      folders: spools of checkpoints that are no longer kept
    artifact     folder, name, artifact_type, description, metadata, aliases, tags, ttl_days,
                 source: files in artifacts/<folder>, or a version whose `tree` is in git
    artifact_stored   folder, version, digest, bytes, files, tree: it is in git
    artifact_changed  name, digest, values: fields of an ArtifactEntry, of one that was stored
    used         artifact: a UsedArtifact
    capture      values: nested mapping, merged into what run.json says of the captures
    warning      message: shown in run.json
    error        error: {type, message, traceback}
    finish       status, exit_code: the training ended by itself
"""

from __future__ import annotations

from time import time  # scripts may replace the module's
from typing import Any

import orjson

CONFIG, CONFIG_DROP, SUMMARY, METRIC = "config", "config_drop", "summary", "metric"
TAGS, NOTES, NAME, FACTS = "tags", "notes", "name", "facts"
CHECKPOINT, WARNING, ERROR, FINISH = "checkpoint", "warning", "error", "finish"
CAPTURE, DROPPED = "capture", "dropped"
ARTIFACT, ARTIFACT_STORED = "artifact", "artifact_stored"
ARTIFACT_CHANGED, USED = "artifact_changed", "used"
OF_ARTIFACTS = (ARTIFACT, ARTIFACT_STORED, ARTIFACT_CHANGED, USED)


def encode_event(kind: str, **fields: Any) -> bytes:
    """One line of events.jsonl."""
    return orjson.dumps(
        {"type": kind, "_time": time(), **fields},
        option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS,
    )
