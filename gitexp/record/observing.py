"""Writes what an observer finds in a command's output to the journal."""

from __future__ import annotations

from pathlib import Path

import orjson

from gitexp.journal import events, folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import encode_event
from gitexp.record.observer import Observer


class Observing:
    """One observer at work; it is let go when it fails."""

    def __init__(self, folder: Path, observer: Observer) -> None:
        self._folder = folder
        self._observer: Observer | None = observer
        observer.begin(folder)

    def feed(self, chunk: bytes, stream: int) -> None:
        """Show the observer what was printed; never raises."""
        if self._observer is None:
            return
        try:
            self._observer.feed(chunk, stream)
        except Exception as error:  # noqa: BLE001 - the command's output goes on
            self._fail(error)

    def update(self, *, final: bool = False) -> None:
        """Write down what it has found."""
        if self._observer is None:
            return
        try:
            found = self._observer.take(final=final)
        except Exception as error:  # noqa: BLE001 - the run is committed without it
            self._fail(error)
            return
        if found.rows:
            rows = LineFile(self._folder / folders.METRICS)
            for row in found.rows:
                rows.append(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            rows.close()
        if found.summary:
            self._say(events.SUMMARY, values=found.summary)
        if found.sources:
            self._say(events.CAPTURE, values={"metrics": found.sources})

    def _fail(self, error: Exception) -> None:
        self._observer = None
        self._say(
            events.WARNING,
            message=f"metrics are no longer read from the output: {type(error).__name__}: {error}",
        )

    def _say(self, kind: str, **fields: object) -> None:
        file = LineFile(self._folder / folders.EVENTS)
        file.append(encode_event(kind, **fields))
        file.close()
