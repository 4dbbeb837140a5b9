"""What a page in Chromium is asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

_AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def inaccessible(page: Page, part: str | dict[str, Any]) -> list[tuple[str, str]]:
    """What axe-core finds wrong in a part of a page: rules and the first element of each.

    The page's policy may let no script in but its own: axe is handed in by the debugger.
    """
    if not _AXE.exists():
        pytest.skip("axe-core is not installed: npm --prefix web ci")
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate("part => axe.run(part)", part)["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]
