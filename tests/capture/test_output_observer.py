"""Output is read by readers that are loaded late, and nothing of it is lost by that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gitexp.capture import output_observer
from gitexp.capture.output_observer import OutputObserver
from gitexp.errors import BadSetting
from gitexp.journal import folders


def lines(*losses: float) -> bytes:
    return b"".join(b"step %d loss %.3f\n" % pair for pair in enumerate(losses))


def test_what_came_early_is_read_with_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    observer = OutputObserver()
    observer.begin(tmp_path)
    assert observer.take().rows == []
    times = iter([100.0, 101.0])
    monkeypatch.setattr(output_observer.time, "time", lambda: next(times))
    observer.feed(lines(0.9, 0.8, 0.7), 1)
    observer.feed(b"step 3 loss 0.600\n", 1)
    monkeypatch.undo()
    rows = observer.take().rows
    observer.feed(b"step 4 loss 0.500\n", 1)
    rows += observer.take(final=True).rows
    assert [row["loss"] for row in rows] == [0.9, 0.8, 0.7, 0.6, 0.5]
    assert [row["_time"] for row in rows[:4]] == [100.0, 100.0, 100.0, 101.0]


def test_a_file_of_metrics_is_read_without_any_output(tmp_path: Path) -> None:
    observer = OutputObserver(printed=False)
    observer.begin(tmp_path)
    observer.feed(lines(0.9, 0.8), 1)
    assert observer.take().rows == []
    (tmp_path / folders.METRICS_IN).write_text('{"step": 3, "acc": 0.5}\n')
    assert [row["acc"] for row in observer.take(final=True).rows] == [0.5]


def test_a_wrong_pattern_is_known_before_anything_runs() -> None:
    with pytest.raises(BadSetting):
        OutputObserver(["("])


def test_recording_a_silent_command_loads_no_readers(repo: Path) -> None:
    code = (
        "import sys\nfrom gitexp.cli import main\n"
        "sys.argv = ['gitexp', 'record', '-q', '--', 'true']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "late = ('gitexp.capture.output_metrics', 'gitexp.store.checkpoints', 'yaml', "
        "'gitexp.query.runs', 'numpy')\n"
        "print([name for name in late if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=repo, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
