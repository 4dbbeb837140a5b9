"""Names that public code and libraries take from wandb's module beside the common ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gitexp as wandb
from gitexp.errors import GitexpError
from gitexp.wandb.submodules import MODULES, NAMES


def test_submodules_are_attributes() -> None:
    assert len(wandb.util.generate_id()) == 8
    assert wandb.apis.public.Api is wandb.Api
    assert wandb.sdk.wandb_run.Run is wandb.Run
    assert wandb.data_types.Table is wandb.Table
    assert wandb.errors.CommError is wandb.CommError
    assert wandb.Error is GitexpError
    assert wandb.setup().settings.run_id is None
    with pytest.raises(AttributeError, match=r"docs/wandb\.md"):
        _ = wandb.sdk.nothing


def test_every_name_of_a_submodule_is_there(tmp_path: Path) -> None:
    names = [f"wandb.{module}.{name}" for module, found in NAMES.items() for name in found]
    imports = "".join(f"import wandb.{module}\n" for module in (*NAMES, *MODULES))
    code = (
        f"{imports}\nfor name in {names!r}:\n    eval(name)\nimport wandb.apis.public as p; p.Run"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_stand_in())},
    )
    assert done.returncode == 0, done.stderr


def _stand_in() -> Path:
    from gitexp.paths import wandb_stand_in

    return wandb_stand_in()


def test_terminal_lines_are_repeated_as_asked(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        wandb.termwarn("only once", repeat=False)
        wandb.termlog("twice")
    said = capsys.readouterr().err
    assert said.count("only once") == 1
    assert said.count("twice") == 2
