"""A Python interpreter and its packages; this file is also run by interpreters other than ours.

It uses the standard library alone and runs on Python 3.7. Names and versions come from the names
of the `.dist-info` folders: reading each METADATA, as importlib.metadata does, takes 50 times as
long and tells the same.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from typing import Any, Iterable  # noqa: UP035 - collections.abc.Iterable[str] needs Python 3.9

_INFO = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(-py[\d.]+(-.+)?)?\.(dist|egg)-info")


def python_facts() -> dict[str, Any]:
    """This interpreter: `python` and `packages` as in environment.json."""
    return {
        "python": {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "executable": sys.executable,
        },
        "packages": find_packages(sys.path),
    }


def find_packages(folders: Iterable[str]) -> dict[str, str]:
    """Versions by canonical name (lower case, dashes), sorted; the first folder wins."""
    found = {}  # type: dict[str, str]
    for folder in folders:
        try:
            entries = sorted(os.listdir(folder)) if folder else []
        except OSError:  # python311.zip, a folder that does not exist
            continue
        for entry in entries:
            if not entry.endswith(("-info",)):
                continue
            match = _INFO.fullmatch(entry)
            if match:
                found.setdefault(_canonical(match.group("name")), match.group("version"))
            elif entry.endswith(".egg-info"):  # of a package that is installed in place
                version = _version_of(os.path.join(folder, entry, "PKG-INFO"))
                if version:
                    found.setdefault(_canonical(entry[: -len(".egg-info")]), version)
    return dict(sorted(found.items()))


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _version_of(pkg_info: str) -> str | None:
    try:
        with open(pkg_info, encoding="utf-8", errors="replace") as file:
            match = re.search(r"^Version: *(\S+)", file.read(4096), re.MULTILINE)
    except OSError:
        return None
    return match.group(1) if match else None


if __name__ == "__main__":
    sys.stdout.write(json.dumps(python_facts()))
