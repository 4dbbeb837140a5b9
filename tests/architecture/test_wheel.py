"""What is in the wheel, and that the sdist leads to the same one."""

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitexp._version import __version__

ROOT = Path(__file__).resolve().parents[2]


def build(source: Path, target: str, into: Path) -> Path:
    """Build with hatchling as installed here: no isolation, no network."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))) as opened:
        yield opened


def test_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    packaged = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "gitexp").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    for folder in ("templates", "hooks"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert files
        packaged |= {f"gitexp/{path.relative_to(ROOT).as_posix()}" for path in files}
    info = f"gitexp-{__version__}.dist-info/"
    held = {name for name in wheel.namelist() if not name.startswith(info)}
    assert held == packaged
    assert "gitexp/py.typed" in held
    assert any(name.endswith("/run.schema.json") for name in held)


def test_hooks_stay_executable(wheel: zipfile.ZipFile) -> None:
    modes = {
        info.filename: info.external_attr >> 16
        for info in wheel.infolist()
        if info.filename.startswith("gitexp/hooks/")
    }
    assert modes
    assert all(mode & 0o111 for mode in modes.values()), modes


def test_metadata(wheel: zipfile.ZipFile) -> None:
    info = f"gitexp-{__version__}.dist-info"
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert "License-Expression: Apache-2.0" in metadata
    assert "Requires-Python: >=3.10" in metadata
    assert "gitexp = gitexp.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()
    assert f"{info}/licenses/LICENSE" in wheel.namelist()


def test_sdist_leads_to_the_same_wheel(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    with tarfile.open(build(ROOT, "sdist", tmp_path / "sdist")) as sdist:
        sdist.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    with zipfile.ZipFile(build(source, "wheel", tmp_path / "again")) as again:
        assert sorted(again.namelist()) == sorted(wheel.namelist())
        for name in wheel.namelist():
            assert again.read(name) == wheel.read(name), name
