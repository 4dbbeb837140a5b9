"""Which of several processes a recorded run belongs to."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import gitexp

ASK = """
import sys
from pathlib import Path
from gitexp.record.joining import is_anothers
print("ready", flush=True)
sys.stdin.readline()
print(is_anothers(Path(sys.argv[1])), flush=True)
sys.stdin.readline()
"""


def test_of_many_that_ask_at_once_one_gets_it(tmp_path: Path) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, str(tmp_path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )
        for _ in range(8)
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
    answers = [worker.stdout.readline() for worker in workers if worker.stdout]
    for worker in workers:
        worker.communicate("\n")
    assert sorted(answers) == ["False\n", *["True\n"] * 7]


def test_the_package_can_be_sent_to_a_worker() -> None:
    assert pickle.loads(pickle.dumps(gitexp)) is gitexp
