"""A build of the app beside those who read it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest

from gitexp.paths import web_bundle

WEB = Path(__file__).parents[2] / "web"


@pytest.mark.skipif(
    shutil.which("npm") is None or not (WEB / "node_modules" / "vite").exists(),
    reason="npm has not filled web/node_modules",
)
def test_whoever_reads_the_bundle_during_a_build_finds_all_of_it() -> None:
    command = ["npm", "run", "build"]
    with subprocess.Popen(
        command, cwd=WEB, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as building:
        while building.poll() is None:
            bundle = web_bundle()
            assert bundle is not None
            assert all(file.stat().st_size > 10_000 for file in bundle)
            with contextlib.suppress(subprocess.TimeoutExpired):
                building.wait(0.001)
        assert building.stdout is not None
        assert building.returncode == 0, building.stdout.read()
