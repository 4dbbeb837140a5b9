"""What is in the wheel, that the sdist leads to the same one, and that npm may be missing."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitexp._version import __version__

ROOT = Path(__file__).resolve().parents[2]


APP = {"gitexp/web/app.js", "gitexp/web/app.css"}


def build(source: Path, target: str, into: Path, **environment: str) -> Path:
    """Build with hatchling as installed here: no isolation; npm only if web/ changed."""
    made, _ = build_and_hear(source, target, into, **environment)
    return made


def build_and_hear(source: Path, target: str, into: Path, **environment: str) -> tuple[Path, str]:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)],
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    (made,) = into.iterdir()
    return made, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    made, said = build_and_hear(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))
    assert "web app is not built" not in said, said
    with zipfile.ZipFile(made) as opened:
        yield opened


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, unpacked; it has no bundle."""
    folder = tmp_path_factory.mktemp("sources")
    with tarfile.open(build(ROOT, "sdist", folder / "sdist")) as sdist:
        sdist.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    assert (source / "web" / "package-lock.json").exists()
    assert (source / "hatch_build.py").exists()
    assert not (source / "web" / "dist").exists()
    assert not (source / "web" / "node_modules").exists()
    return source


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
    assert held == packaged | APP
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


def test_the_bundle_is_one_script_and_one_sheet_of_bounded_size(wheel: zipfile.ZipFile) -> None:
    script, style = (wheel.read(f"gitexp/web/app.{kind}") for kind in ("js", "css"))
    assert 50_000 < len(script) + len(style) <= 900_000
    assert b"import(" not in script
    assert b"eval(" not in script
    assert b"new Function" not in script
    assert b"url(http" not in style


def test_sdist_leads_to_the_same_wheel(
    wheel: zipfile.ZipFile, sources: Path, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    shutil.copytree(sources, source)
    # Its sources are those that this bundle was made of, so that npm has nothing to do.
    shutil.copytree(ROOT / "web" / "dist", source / "web" / "dist")
    no_npm = {"PATH": str(tmp_path)}
    with zipfile.ZipFile(build(source, "wheel", tmp_path / "again", **no_npm)) as again:
        assert sorted(again.namelist()) == sorted(wheel.namelist())
        for name in wheel.namelist():
            assert again.read(name) == wheel.read(name), name


def test_without_npm_the_wheel_is_built_without_the_app(sources: Path, tmp_path: Path) -> None:
    made, said = build_and_hear(sources, "wheel", tmp_path / "wheel", PATH=str(tmp_path))
    assert "web app is not built: there is no npm" in said
    assert "gitexp doctor" in said
    with zipfile.ZipFile(made) as opened:
        assert not APP & set(opened.namelist())
        assert "gitexp/cli/__init__.py" in opened.namelist()


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
def test_without_the_registry_the_wheel_is_built_without_the_app(
    sources: Path, tmp_path: Path
) -> None:
    made, said = build_and_hear(
        sources,
        "wheel",
        tmp_path / "wheel",
        npm_config_registry="http://127.0.0.1:9",
        npm_config_cache=str(tmp_path / "cache"),
        npm_config_fetch_retry_mintimeout="10",
    )
    assert "web app is not built: `npm ci` failed" in said
    with zipfile.ZipFile(made) as opened:
        assert not APP & set(opened.namelist())


def test_the_app_can_be_left_out(tmp_path: Path) -> None:
    made, said = build_and_hear(ROOT, "wheel", tmp_path / "wheel", GITEXP_NO_WEB="1")
    assert "not built" not in said
    with zipfile.ZipFile(made) as opened:
        assert not APP & set(opened.namelist())
