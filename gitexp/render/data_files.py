"""The files that a run read and wrote, and the seeds it set, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitexp.render import text
from gitexp.schema.run import Run

_DIGITS = 12  # of a hash


def file_rows(run: Run, key: str) -> list[tuple[str, str, str]]:
    """`inputs` or `outputs` of a run: path, size, and the beginning of the hash or the count.

    What a fetched run.json holds there may be anything; what is no entry is left out.
    """
    found = run.capture.get(key)
    kept = run.capture.get("kept")
    rows = []
    for entry in found if isinstance(found, list) else []:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("path"), str):
            continue
        path, size, digest = entry["path"], entry.get("bytes"), entry.get("sha256")
        files = entry.get("files")
        beside = ""
        if isinstance(digest, str):
            beside = f"sha256 {text.one_line(digest)[:_DIGITS]}"
        elif isinstance(files, int) and not isinstance(files, bool):
            beside = text.plural(files, "file")
        elif key == "outputs" and isinstance(kept, list) and path in kept:
            beside = "kept"
        rows.append((text.one_line(path), text.byte_size(size), beside))
    return rows


def seed_words(run: Run) -> str:
    """`random 42, numpy 42, torch 42 · deterministic algorithms`; nothing if nothing was set."""
    training = run.capture.get("environment")
    if not isinstance(training, Mapping):
        return ""
    seeds, torch = training.get("seeds"), training.get("torch")
    words = []
    if isinstance(seeds, Mapping):
        words.append(", ".join(f"{text.one_line(str(k))} {_seed(v)}" for k, v in seeds.items()))
    if isinstance(torch, Mapping):
        words += [
            name.replace("_", " ")
            for name in ("deterministic_algorithms", "cudnn_deterministic", "cudnn_benchmark")
            if torch.get(name) is True
        ]
    return " · ".join(word for word in words if word)


def _seed(value: Any) -> str:
    return text.value(value, 40)
