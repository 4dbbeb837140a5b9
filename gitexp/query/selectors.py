"""From what people type to runs: a name, `latest~2`, `best:val_loss`, `@tag`, a commit, ….

docs/selectors-and-filters.md tells users the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gitexp.errors import AmbiguousRun, GitCommandFailed, RunNotFound
from gitexp.index.validate import read_facts
from gitexp.query.runs import Found, Runs
from gitexp.schema.clock import from_iso
from gitexp.schema.metrics import HIGHER
from gitexp.schema.names import FETCHED_PREFIX, REF_PREFIX, RUN, TRAILER_RUN
from gitexp.schema.tree import number
from gitexp.store.repository import Repository

_BACK = re.compile(r"(?P<base>latest|best:.+?|@.+?)(?:~(?P<back>\d*))?\Z")
_MOST_NAMES = 5000  # near names are looked for among so many, the newest


def resolve(runs: Runs | Repository, selector: str) -> Found:
    """The one run that a selector means.

    Raises:
        RunNotFound: none; with the names that are near.
        AmbiguousRun: several, where the selector is a prefix or a glob.
    """
    if isinstance(runs, Repository):
        with Runs(runs) as opened:
            return resolve(opened, selector)
    if _is_glob(selector):
        matching = runs.glob(selector)
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise AmbiguousRun(selector, [run.name for run in matching])
        raise RunNotFound(selector, why=f"no run's name matches {selector!r}")
    found = runs.get(selector.removeprefix(REF_PREFIX))
    if found is not None:
        return found
    if back := _BACK.match(selector):
        return _counted(runs, selector, back["base"], back["back"])
    return (
        _by_prefix(runs, selector)
        or _by_id(runs, selector)
        or _by_commit(runs, selector)
        or _fetched(runs, selector)
        or _nothing(runs, selector)
    )


def resolve_many(runs: Runs | Repository, selectors: Iterable[str]) -> list[Found]:
    """The runs that several selectors mean, each run once, in the order given.

    Globs (`lr-*`) and tags (`@baseline`) stand for all their runs, newest first.

    Raises:
        RunNotFound: a selector means none.
        AmbiguousRun: a prefix means several.
    """
    if isinstance(runs, Repository):
        with Runs(runs) as opened:
            return resolve_many(opened, selectors)
    found: dict[tuple[str, str | None], Found] = {}
    for selector in selectors:
        for run in _many(runs, selector):
            found.setdefault((run.name, run.oid), run)
    return list(found.values())


def split_selectors(runs: Runs, words: Sequence[str]) -> tuple[list[Found], list[str]]:
    """Leading words that mean runs, and the rest: `gitexp metrics RUN… KEY…`.

    Raises:
        RunNotFound: the first word means no run.
    """
    found: list[Found] = []
    for i, word in enumerate(words):
        try:
            found += resolve_many(runs, [word])
        except (RunNotFound, AmbiguousRun):
            if not i:
                raise
            return list(dict.fromkeys(found)), list(words[i:])
    return list(dict.fromkeys(found)), []


def _many(runs: Runs, selector: str) -> list[Found]:
    if _is_glob(selector):
        return runs.glob(selector) or [resolve(runs, selector)]
    if selector.startswith("@") and "~" not in selector:
        return _tagged(runs, selector)
    return [resolve(runs, selector)]


def _is_glob(selector: str) -> bool:
    return any(c in selector for c in "*?[")


def _counted(runs: Runs, selector: str, base: str, back: str | None) -> Found:
    if base == "latest":
        candidates = [run for run in runs.newest(_count(back) + 1)]
        if not candidates:
            raise RunNotFound(selector, why="there are no runs yet")
    elif base.startswith("@"):
        candidates = _tagged(runs, base)
    else:
        candidates = _ranked(runs, base.removeprefix("best:"))
    if _count(back) >= len(candidates):
        there = len(candidates) if base != "latest" else runs.count()
        raise RunNotFound(selector, why=f"{selector!r}: there are only {there} such runs")
    return candidates[_count(back)]


def _count(back: str | None) -> int:
    # As in git, `~` alone is one back.
    return 0 if back is None else 1 if back == "" else min(int(back), 10**9)


def _tagged(runs: Runs, selector: str) -> list[Found]:
    tag = selector[1:]
    tagged = [run for run in runs.scan() if tag in (run.peek().get("tags") or [])]
    if not tagged:
        raise RunNotFound(selector, why=f"no run has the tag {tag!r}")
    return tagged


def _ranked(runs: Runs, key: str) -> list[Found]:
    """Runs by the best value that they reached in a metric, best first."""
    ranked: list[tuple[float, int, Found]] = []
    known = False
    for i, run in enumerate(runs.scan()):
        metric = (run.peek().get("metrics") or {}).get(key)
        if not metric:
            continue
        known = True
        higher = metric.get("goal") == HIGHER
        best = number(metric.get("max" if higher else "min")) if metric.get("goal") else None
        if best is not None:
            ranked.append((-best if higher else best, i, run))
    if ranked:
        return [run for *_, run in sorted(ranked, key=lambda entry: entry[:2])]
    if known:
        raise RunNotFound(
            f"best:{key}",
            why=f"best:{key}: it is not known whether lower or higher is better; "
            f"gitexp.define_metric({key!r}, goal='lower') tells",
        )
    raise RunNotFound(f"best:{key}", why=f"no run has a metric named {key!r}")


def _by_prefix(runs: Runs, prefix: str) -> Found | None:
    prefix = prefix.removeprefix(REF_PREFIX)
    names = [name for name in runs.names() if name.startswith(prefix)] if prefix else []
    if len(names) > 1:
        raise AmbiguousRun(prefix, names)
    return runs.get(names[0]) if names else None


def _by_id(runs: Runs, prefix: str) -> Found | None:
    if not re.fullmatch(r"[0-9a-f]{4,32}", prefix):
        return None
    names = runs.index.names_of_id(prefix)
    if len(names) > 1:
        raise AmbiguousRun(prefix, names)
    return runs.get(names[0]) if names else None


def _by_commit(runs: Runs, oid: str) -> Found | None:
    """A commit of a run's chain: the run as it was then."""
    if not re.fullmatch(r"[0-9a-f]{4,64}", oid):
        return None
    form = f"--format=%H%x00%(trailers:key={TRAILER_RUN},valueonly,separator=%x20)"
    try:
        said = runs.repo.git("log", "-1", form, oid, "--", ok=(0, 128))
    except GitCommandFailed:
        return None
    commit, _, _ = said.decode("utf-8", "replace").strip().partition("\0")
    if not commit:
        return None
    tips = {tip: name for name, tip in runs.index.names().items()}
    if commit in tips:
        return runs.get(tips[commit])
    containing = runs.repo.git(
        "for-each-ref", f"--contains={commit}", "--format=%(refname:lstrip=2)", REF_PREFIX
    )
    names = containing.decode("utf-8", "replace").split()
    if len(names) != 1:
        # The base commit of several runs, or of none: it is no commit of a chain.
        return None
    return _at(runs, names[0], commit)


def _at(runs: Runs, name: str, oid: str) -> Found | None:
    raw = runs.index.store.read_file(oid, RUN)
    try:
        facts = read_facts(raw)
    except ValueError:
        return None
    return Found(name, oid, from_iso(facts["created_at"]), facts["id"], None, raw or b"")


def _fetched(runs: Runs, selector: str) -> Found | None:
    """REMOTE/name, or the full ref of it: what was fetched and is not merged into our runs."""
    path = selector.removeprefix(FETCHED_PREFIX)
    if "/" not in path:
        return None
    said = runs.repo.git("for-each-ref", "--format=%(objectname) %(refname)", FETCHED_PREFIX)
    pairs = (line.split(" ", 1) for line in said.decode().splitlines())
    refs = {ref: oid for oid, ref in pairs}
    matching = [ref for ref in refs if ref.removeprefix(FETCHED_PREFIX).startswith(path)]
    exact = FETCHED_PREFIX + path
    if exact not in refs and len(matching) > 1:
        raise AmbiguousRun(selector, [ref.removeprefix(FETCHED_PREFIX) for ref in matching])
    if not matching:
        return None
    ref = exact if exact in refs else matching[0]
    name, oid = ref.removeprefix(FETCHED_PREFIX), refs[ref]
    return _at(runs, name, oid) or Found(name, oid, error="its run.json cannot be read")


def _nothing(runs: Runs, selector: str) -> Found:
    import difflib

    names = runs.names()[:_MOST_NAMES]
    lower = {name.lower(): name for name in reversed(names)}
    near = difflib.get_close_matches(selector.lower(), lower, 3)
    raise RunNotFound(selector, [lower[name] for name in near])
