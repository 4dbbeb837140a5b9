"""Scripts of people who use gitexp as wandb, run in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path


def script(top: Path, code: str, exit_code: int = 0) -> str:
    """Run Python code in a folder; what it printed. Another exit code fails the test."""
    done = subprocess.run(
        [sys.executable, "-c", "import gitexp as wandb, os\n" + textwrap.dedent(code)],
        cwd=top,
        capture_output=True,
        timeout=120,
        text=True,
    )
    assert done.returncode == exit_code, done.stderr
    return done.stdout.strip()
