"""Scripts that do unusual things: every number they logged is there, and how they ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from support.cli import GITEXP, gitexp, runs_of, wait_for
from support.git import fsck, git

# Name → code, exit code, status, and count and last value of metrics.
WILD: dict[str, tuple[str, int, str, dict[str, tuple[int, float]]]] = {
    "forks": (
        """
        import os
        gitexp.log({"x": 0})
        if not (pid := os.fork()):
            gitexp.log({"x": 99})
            gitexp.config["child"] = 1
            os._exit(0)
        os.waitpid(pid, 0)
        gitexp.log({"x": 1})
        """,
        0, "finished", {"x": (2, 1)},
    ),
    "a child that leaves by sys.exit": (
        """
        import os, sys
        if not (pid := os.fork()):
            sys.exit(3)
        os.waitpid(pid, 0)
        gitexp.log({"x": 1})
        """,
        0, "finished", {"x": (1, 1)},
    ),
    "a pool of forked workers": (
        """
        import multiprocessing
        def work(n):
            gitexp.log({"x": 99})
            return n
        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.map(work, range(4)) == [0, 1, 2, 3]
        gitexp.log({"x": 1})
        """,
        0, "finished", {"x": (1, 1)},
    ),
    "threads": (
        """
        import threading
        def work(which):
            for n in range(300):
                gitexp.log({f"t{which}": n, "x": n})
        threads = [threading.Thread(target=work, args=(which,)) for which in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert gitexp.run.step == 2400
        """,
        0, "finished", {"x": (2400, 299), "t7": (300, 299)},
    ),
    "an own excepthook": (
        """
        import sys
        sys.excepthook = lambda *args: print("mine")
        gitexp.log({"x": 1})
        raise ValueError("broken")
        """,
        1, "failed", {"x": (1, 1)},
    ),
    "an exception without a text": (
        """
        class Odd(Exception):
            def __str__(self):
                raise RuntimeError("no text")
        gitexp.log({"x": 1})
        raise Odd()
        """,
        1, "failed", {"x": (1, 1)},
    ),
    "an exception that the script catches after its run": (
        """
        try:
            with gitexp.run as run:
                run.log({"x": 1})
                raise ValueError("broken")
        except ValueError:
            pass
        """,
        0, "failed", {"x": (1, 1)},
    ),
    "a time limit that is up while it logs": (
        """
        import os, signal
        def up(*args):
            raise TimeoutError("up")
        signal.signal(signal.SIGUSR1, up)
        class Slow:
            def __float__(self):
                os.kill(os.getpid(), signal.SIGUSR1)
                return 1.0
            __add__ = __radd__ = lambda self, other: float(self)
        for attempt in ({"slow": Slow()}, {"slow": Slow(), "text": "a"}, {"n": {"slow": Slow()}}):
            try:
                gitexp.log(attempt)
            except TimeoutError:
                continue
            raise SystemExit("the script was not told")
        gitexp.log({"x": 1})
        """,
        0, "finished", {"x": (1, 1)},
    ),
    "values and steps that cannot be kept": (
        """
        class Bad:
            def __float__(self):
                raise RuntimeError("no number")
            __add__ = __radd__ = lambda self, other: float(self)
            def __getattr__(self, name):
                raise KeyError(name)
        gitexp.log({"x": 1, "bad": Bad(), "y": 1})
        gitexp.log({"x": 2}, step=2**70)
        gitexp.log({"x": 3})
        gitexp.log({"x": 4, "n": {"bad": Bad()}}, step=-2**80)
        assert gitexp.run.step < 9
        """,
        0, "finished", {"x": (4, 4), "y": (1, 1)},
    ),
    "clocks that are replaced": (
        """
        import time
        time.time = time.monotonic = time.perf_counter = lambda: 1 / 0
        gitexp.log({"x": 1})
        gitexp.config["late"] = 1
        time.time = time.monotonic = lambda: None
        gitexp.log({"x": 2})
        """,
        0, "finished", {"x": (2, 2)},
    ),
    "an own handler of SIGTERM": (
        """
        import os, signal, sys, time
        signal.signal(signal.SIGTERM, lambda *args: sys.exit(0))
        gitexp.log({"x": 1})
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(9)
        """,
        0, "finished", {"x": (1, 1)},
    ),
    "handlers that log while it logs": (
        """
        import os, signal
        signal.signal(signal.SIGUSR1, lambda *args: gitexp.log({"signal": 1}))
        for n in range(50):
            os.kill(os.getpid(), signal.SIGUSR1)
            gitexp.log({"x": n})
        """,
        0, "finished", {"x": (50, 49), "signal": (50, 1)},
    ),
    "Ctrl-C": (
        """
        import os, signal, time
        gitexp.log({"x": 1})
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(9)
        """,
        -signal.SIGINT, "interrupted", {"x": (1, 1)},
    ),
    "no memory left": (
        """
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        gitexp.log({"x": 1})
        bytearray(8 << 30)
        """,
        1, "failed", {"x": (1, 1)},
    ),
    "killed for memory": (
        """
        import os, signal
        for n in range(1000):
            gitexp.log({"x": n})
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        -signal.SIGKILL, "killed", {"x": (1000, 999)},
    ),
    "a folder that is gone": (
        """
        import os, tempfile
        folder = tempfile.mkdtemp()
        os.chdir(folder)
        gitexp.save_checkpoint({"a": 1.5}, label="c")
        os.rmdir(folder)
        gitexp.log({"x": 1})
        """,
        0, "finished", {"x": (1, 1)},
    ),
    "closed streams": (
        """
        import os, sys
        sys.stdout.close(); sys.stderr.close()
        gitexp.log({"x": 1, "bad": object()})
        """,
        0, "finished", {"x": (1, 1)},
    ),
    "closed descriptors": (
        """
        import os
        gitexp.log({"x": 1})
        os.closerange(3, 1024)
        files = [open(f"file{n}", "w") for n in range(20)]
        gitexp.log({"x": 2})
        gitexp.config["late"] = 1
        [file.close() for file in files]
        assert not any(open(f"file{n}").read() for n in range(20))
        """,
        0, "finished", {"x": (2, 2)},
    ),
    "an empty environment": (
        """
        import os
        os.environ.clear()
        gitexp.log({"x": 1})
        """,
        0, "finished", {"x": (1, 1)},
    ),
    "two thousand metrics": (
        """
        for step in range(10):
            gitexp.log({f"k{n}": n * step for n in range(2000)})
        """,
        0, "finished", {"k0": (10, 0), "k1999": (10, 17991)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("recorded", [False, True], ids=["bare", "recorded"])
@pytest.mark.parametrize("name", WILD)
def test_wild_scripts(repo: Path, name: str, recorded: bool) -> None:
    code, exit_code, status, metrics = WILD[name]
    (repo / "t.py").write_text("import gitexp\ngitexp.init()\n" + textwrap.dedent(code))
    command = [sys.executable, "t.py"]
    if recorded:
        command = [*GITEXP, "record", *command]
        exit_code = 128 - exit_code if exit_code < 0 else exit_code
    done = subprocess.run(command, cwd=repo, capture_output=True, text=True, timeout=120)
    assert done.returncode == exit_code, done.stderr
    run = ended(repo)
    assert run["status"] == status
    for key, (count, last) in metrics.items():
        assert (run["metrics"][key]["count"], run["metrics"][key]["last"]) == (count, last)
    if status == "failed":
        assert run["error"]["type"] in ("ValueError", "MemoryError", "Odd")
        assert run["error"]["traceback"]
    assert "child" not in run["config"]
    assert "failed, the training goes on" not in done.stderr
    fsck(repo)


def ended(repo: Path) -> dict[str, Any]:
    """The one run, once it is over."""

    def over() -> dict[str, Any] | None:
        (run,) = runs_of(repo)
        return None if run["status"] == "running" else run

    run = wait_for(over)
    assert isinstance(run, dict)
    return run


def test_many_pictures(repo: Path) -> None:
    (repo / "t.py").write_text(
        "import gitexp, numpy as np\n"
        "gitexp.init(name='r')\n"
        "for n in range(500):\n"
        "    picture = np.full((4, 4, 3), [n % 256, n // 256, 7], np.uint8)\n"
        "    gitexp.log({'x': gitexp.Image(picture), 'n': n})\n"
    )
    subprocess.run([sys.executable, "t.py"], cwd=repo, check=True, timeout=300)
    assert ended(repo)["metrics"]["n"]["count"] == 500
    listed = git(repo, "ls-tree", "-r", "--name-only", "refs/experiments/r", "media/x")
    assert len(listed.splitlines()) == 500
    fsck(repo)


def test_many_rows(repo: Path) -> None:
    (repo / "t.py").write_text(
        "import gitexp\n"
        "gitexp.init(name='r')\n"
        "for n in range(200_000):\n"
        "    gitexp.log({'loss': 1 / (n + 1), 'acc': n})\n"
    )
    subprocess.run([sys.executable, "t.py"], cwd=repo, check=True, timeout=300)
    run = ended(repo)
    assert run["metrics"]["acc"]["count"] == 200_000
    assert run["metrics"]["acc"]["max"] == 199_999
    # In parts, each of which is a git object that a later commit shares.
    names = git(repo, "ls-tree", "--name-only", "refs/experiments/r").splitlines()
    assert len([name for name in names if name.startswith("metrics")]) > 1
    assert gitexp("metrics", "r", "acc", "--json", cwd=repo).stdout
