"""Make the pictures in README.md: real trainings, their report, Chromium.

    python examples/screenshots.py docs/images [LAB]

LAB is a folder for the trainings; if it is there already, its runs are shown as they are. Needs
gitexp's development packages (Playwright, Pillow, torch, scikit-learn), Chromium and a built web
app. The trainings take some minutes.
"""

from __future__ import annotations

import io
import itertools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

EXAMPLE = Path(__file__).parent / "autoencoder" / "train.py"
GRID = {"--lr": ("0.03", "0.01", "0.003", "0.001"), "--hidden": ("8", "16", "32")}
EPOCHS = "6"
SIZE = {"width": 1440, "height": 560}
MOST_BYTES = 200_000


def main(folder: Path, lab: Path | None = None) -> None:
    """Record the trainings of the grid, and take both pictures into a folder."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        lab = lab or Path(scratch) / "denoising"
        if not lab.exists():
            record_grid(lab)
        report = Path(scratch) / "report.html"
        subprocess.run(["gitexp", "report", "-n", "0", "-o", str(report)], cwd=lab, check=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
                args=["--no-sandbox"],
            )
            for name, scheme, take in (
                ("workspace.png", "light", workspace),
                ("hyperparameters.png", "dark", hyperparameters),
            ):
                page = browser.new_page(viewport=SIZE, color_scheme=scheme)
                take(page, report.as_uri())
                save(page.screenshot(), folder / name)
                page.close()
            browser.close()


def record_grid(lab: Path) -> None:
    """A repository with one run for each point of the grid."""
    lab.mkdir()
    shutil.copy(EXAMPLE, lab / "train.py")
    for command in (
        ["git", "init", "--quiet", "--initial-branch=main"],
        ["git", "config", "user.name", "Ada"],
        ["git", "config", "user.email", "ada@example.org"],
        ["git", "add", "train.py"],
        ["git", "commit", "--quiet", "-m", "An autoencoder"],
    ):
        subprocess.run(command, cwd=lab, check=True)
    for values in itertools.product(*GRID.values()):
        chosen = [word for pair in zip(GRID, values, strict=True) for word in pair]
        tag = ["-t", "baseline"] if values == ("0.01", "16") else []
        training = [sys.executable, "train.py", "--epochs", EPOCHS, *chosen]
        subprocess.run(["gitexp", "record", "--quiet", *tag, *training], cwd=lab, check=True)


def workspace(page: Page, report: str) -> None:
    """The curves of all runs against a baseline, one of them under the pointer."""
    page.goto(f"{report}#/?smooth=0.6&sort=metric.val_loss&size=large&panels=loss&logy=1")
    page.wait_for_selector(".gx-chart canvas")
    page.wait_for_timeout(1500)
    page.focus(".gx-table")
    for key in ("End", "ArrowUp", "ArrowUp", "b"):
        page.keyboard.press(key)
    over = page.locator('section[aria-label="loss"] .u-over')
    box = over.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.97 * box["width"], box["y"] + 0.3 * box["height"])
    page.wait_for_timeout(500)


def hyperparameters(page: Page, report: str) -> None:
    """Parallel coordinates and what goes with the validation loss."""
    page.goto(f"{report}#/hyperparameters?sort=metric.val_loss")
    page.wait_for_selector(".gx-table")
    page.wait_for_timeout(2500)


def save(screenshot: bytes, path: Path) -> None:
    """Write a PNG, in fewer colours where it would be larger than MOST_BYTES."""
    whole = Image.open(io.BytesIO(screenshot)).convert("RGB")
    for colours in (None, 256, 128, 64, 32):
        picture = whole
        if colours is not None:
            picture = whole.quantize(colours, kmeans=3, dither=Image.Dither.NONE)
        picture.save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            print(f"{path}: {path.stat().st_size:,} bytes")
            return
    raise SystemExit(f"{path} is larger than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
