"""Tools that write a repository's hooks themselves, and where they want ours to be stated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HookManager:
    """One of them."""

    mark: bytes  # in the hooks that it writes
    files: tuple[str, ...]  # that people edit, from the worktree's top
    hint: str
    more: tuple[tuple[str, str], ...] = ()  # (hook, what it needs besides)

    def advice(self, name: str, line: str) -> str:
        """What to add where, so that it calls a hook of ours.

        Args:
            name: git's name of the hook.
            line: of shell, that our own hook of that name holds.
        """
        besides = dict(self.more).get(name, "")
        return self.hint.format(name=name, line=line) + besides

    def calling(self, top: Path, name: str) -> str:
        """Its file that calls our hook already; empty if none does."""
        for file in self.files:
            path = file.format(name=name)
            try:
                text = (top / path).read_text("utf-8", "replace")
            except OSError:
                continue
            lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
            if any(f"gitexp hook {name}" in line for line in lines):
                return path
        return ""


HUSKY = HookManager(b"husky", (".husky/{name}",), "add to .husky/{name}: {line}")
MANAGERS = (
    HookManager(
        b"pre-commit.com",
        (".pre-commit-config.yaml",),
        "add a local hook to .pre-commit-config.yaml: entry: gitexp hook {name}, "
        "language: system, stages: [{name}], always_run: true",
        # It shows nothing of a hook that passes, and hands over the files of the push.
        more=(("pre-push", ", pass_filenames: false, verbose: true"),),
    ),
    HookManager(
        b"lefthook",
        tuple(
            f"{folder}{dot}lefthook{kind}"
            for folder, dot in (("", ""), ("", "."), (".config/", ""))
            for kind in (".yml", ".yaml", ".toml", ".json", "-local.yml")
        ),
        "add to lefthook.yml, under {name}: jobs: - run: gitexp hook {name} {{0}} || true",
        more=(("pre-push", ", use_stdin: true"), ("post-rewrite", ", use_stdin: true")),
    ),
    HUSKY,
)
