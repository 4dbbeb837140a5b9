"""File names, ref names and trailers: every string that is part of the format."""

from __future__ import annotations

import re

REF_PREFIX = "refs/experiments/"
# Where runs go on a host that takes nothing but branches and tags.
BRANCH_PREFIX = "refs/heads/gitexp/"
# Where a remote's runs were when we last looked: refs/gitexp/fetched/<remote>/<name>.
FETCHED_PREFIX = "refs/gitexp/fetched/"
# Notes that link commits and runs, and where a remote's were: refs/gitexp/notes/<remote>/….
NOTES_REF = "refs/notes/experiments"
FETCHED_NOTES_PREFIX = "refs/gitexp/notes/"

README = "README.md"
RUN = "run.json"
CONFIG = "config.yaml"
METRICS = "metrics.jsonl"
HARDWARE = "hardware.jsonl"
OUTPUT = "output.log"
ENVIRONMENT = "environment.json"
MODEL = "model.json"
CELLS = "cells.ipynb"
HISTOGRAMS = "histograms.jsonl"
DIAGNOSTICS = "diagnostics.json"
CHECKPOINTS = "checkpoints"
MEDIA = "media"
OUTPUTS = "outputs"
PLOTS = "plots"
CODE = "code"

# A checkpoint: the tensors while it waits in the journal, and what is no tensor, there and in git.
STATE = "state.safetensors"
SKELETON = "skeleton.json"

TRAILER_RUN = "Gitexp-Run"
TRAILER_ID = "Gitexp-Id"
TRAILER_STATUS = "Gitexp-Status"

# A growing file is committed in parts of this size, so that a progress commit stores only the
# last part anew; readers join them in order of their number.
PART_BYTES = 4 * 1024 * 1024

_PART = re.compile(r"(?P<stem>.+?)(?:-(?P<number>\d{4,}))?(?P<suffix>\.[a-z]+)\Z")


def part_name(name: str, number: int) -> str:
    """Name of part `number` (from 1): metrics.jsonl, metrics-0002.jsonl, …"""
    if number == 1:
        return name
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}-{number:04d}{dot}{suffix}"


def part_number(name: str, file: str) -> int | None:
    """Which part of `name` the file is (from 1); None if it is none of its parts."""
    match = _PART.match(file)
    if match is None or match["stem"] + match["suffix"] != name:
        return None
    return int(match["number"]) if match["number"] else 1


def ref_of(name: str) -> str:
    """The full ref of a run: refs/experiments/<name>."""
    return REF_PREFIX + name


def why_not_a_name(name: str) -> str | None:
    """Why a text cannot be a run's name, or None if it can.

    A subset of what `git check-ref-format` allows: a name is one ref component that is also a
    file name, a URL segment and a shell word. `/` is allowed between such components.
    """
    if not name:
        return "it is empty"
    if len(name.encode()) > 200:
        return "it is longer than 200 bytes"
    for part in name.split("/"):
        if not part:
            return "it has an empty part between slashes"
        if not re.fullmatch(r"\w[\w.+-]*", part):
            return f"{part!r} has characters other than letters, digits, '-', '_', '+' and '.'"
        if part.endswith((".lock", ".")) or ".." in part:
            return "git does not allow '..', a final '.' or '.lock' in a ref"
    if name in ("latest", "best", "HEAD"):
        return "it has a meaning of its own"
    return None


def slug(text: str) -> str:
    """A run's name as near to the text as the rules allow (empty if nothing is left)."""
    parts = (re.sub(r"[^\w.+-]+", "-", part).strip("-.+") for part in text.split("/"))
    name = "/".join(part.replace("..", ".") for part in parts if part)[:100]
    return name if why_not_a_name(name) is None else ""
