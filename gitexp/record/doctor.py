"""`gitexp doctor`: look at all that runs depend on, and say what to do."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from gitexp.errors import GitexpError
from gitexp.journal import folders
from gitexp.journal.fold import JournalFold
from gitexp.paths import web_bundle, web_sources
from gitexp.record.recovery import orphans
from gitexp.record.upkeep import collect_garbage
from gitexp.schema.check import BAD, OK, WARN, Check
from gitexp.settings import Settings, load_settings
from gitexp.store import health
from gitexp.store.process import run_git
from gitexp.store.repository import FALLBACK_IDENTITY, Repository

_GIB = 1024**3
_LITTLE_BYTES, _TOO_LITTLE_BYTES = 5 * _GIB, _GIB // 2
_MUCH_BYTES = _GIB // 10
_FSCK_S = 30.0
_SHOWN = 3
_OLDEST_GIT = (2, 30)
_NEWER = "newer than this gitexp"


def examine(folder: Path | None = None, *, fsck_s: float = _FSCK_S) -> list[Check]:
    """Look at everything; nothing is changed.

    Args:
        folder: of the repository; None: the current one.
        fsck_s: how long runs are followed down to their last file.

    Returns:
        What was found. It never raises: what goes wrong is a finding.
    """
    try:
        repo = Repository.open(folder)
    except GitexpError as error:
        return [Check("git", BAD, error.message, error.hint or ""), *_guarded("gpu", _gpu)]
    whole: list[bool] = []
    looks: dict[str, Callable[[], Iterator[Check]]] = {
        "git": lambda: _git(repo),
        "settings": lambda: _settings(repo),
        "disk": lambda: _disk(repo),
        "repository": lambda: _repository(repo, fsck_s, whole),
        "locks": lambda: _locks(repo),
        "runs": lambda: _runs(repo),
        "journals": lambda: _journals(repo),
        "space": lambda: _space(repo) if whole else iter(()),
        "gpu": _gpu,
        "energy": _energy,
        "lfs": lambda: _lfs(repo),
        "app": _app,
    }
    return [check for name, look in looks.items() for check in _guarded(name, look)]


def _guarded(name: str, look: Callable[[], Iterator[Check]]) -> list[Check]:
    try:
        return list(look())
    except GitexpError as error:
        return [Check(name, BAD, error.message, error.hint or "")]
    except Exception as error:  # noqa: BLE001 - the other checks are wanted all the more
        return [Check(name, BAD, f"cannot be looked at: {error or type(error).__name__}")]


def _git(repo: Repository) -> Iterator[Check]:
    version = health.git_version(repo)
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if numbers < _OLDEST_GIT:
        oldest = ".".join(map(str, _OLDEST_GIT))
        yield Check("git", BAD, f"git {version} is too old", f"install git {oldest} or newer")
    else:
        yield Check("git", OK, f"git {version}")
    if repo.identity() == FALLBACK_IDENTITY:
        yield Check(
            "git", WARN, "git does not know your name", "`git config --global user.name` sets it"
        )


def _settings(repo: Repository) -> Iterator[Check]:
    load_settings(repo.worktree)
    yield Check("settings", OK, "readable")


def _disk(repo: Repository) -> Iterator[Check]:
    objects = repo.common_dir / "objects"
    if not os.access(objects, os.W_OK | os.X_OK):
        yield Check("disk", BAD, f"{objects} cannot be written to", "runs cannot be committed")
    free = shutil.disk_usage(objects).free
    says = f"{free / _GIB:,.1f} GiB free where the repository is"
    advice = "`gitexp gc` frees what runs do not need"
    state = BAD if free < _TOO_LITTLE_BYTES else WARN if free < _LITTLE_BYTES else OK
    yield Check("disk", state, says, "" if state == OK else advice)


def _repository(repo: Repository, fsck_s: float, whole: list[bool]) -> Iterator[Check]:
    broken = health.broken_refs(repo)
    if broken:
        advice = f"`rm {repo.common_dir / broken[0]}`, and `gitexp recover` if the run is running"
        yield Check("repository", BAD, f"refs that lead nowhere: {_some(broken)}", advice)
    missing = health.what_is_missing(repo, fsck_s)
    if missing is None:
        says = f"not all runs could be followed in {fsck_s:.0f} s"
        yield Check("repository", WARN, says, "`git fsck --connectivity-only` takes its time")
    elif missing:
        advice = "`gitexp fetch` brings back what a remote has; `git fsck` tells more"
        yield Check("repository", BAD, f"runs are not whole: {missing}", advice)
    else:
        whole.append(True)
        yield Check("repository", OK, "everything that runs lead to is there")


def _locks(repo: Repository) -> Iterator[Check]:
    for path in health.stale_locks(repo):
        says = f"{path} has been there for more than an hour"
        yield Check("locks", BAD, says, f"if no git process is running: `rm {path}`")


def _runs(repo: Repository) -> Iterator[Check]:
    from gitexp.index.cache import RunIndex

    with RunIndex(repo) as index:
        index.refresh()
        malformed, count = index.malformed(), index.count()
    for name, why in list(malformed.items())[:_SHOWN]:
        advice = (
            "`pip install --upgrade gitexp`"
            if _NEWER in why
            else f"`git log refs/experiments/{name}` shows its history, "
            f"`gitexp rm {name}` drops it"
        )
        yield Check("runs", BAD, f"run {name} cannot be read: {why}", advice)
    if len(malformed) > _SHOWN:
        yield Check("runs", BAD, f"{len(malformed) - _SHOWN} more runs cannot be read")
    if not malformed:
        yield Check("runs", OK, f"{count:,} in the index, all readable")


def _journals(repo: Repository) -> Iterator[Check]:
    live = folders.live_journals(repo.common_dir)
    lost = set(orphans(repo))
    for folder in live:
        try:
            JournalFold(folder)
        except (ValueError, KeyError, TypeError, OSError) as error:
            lost.discard(folder)
            advice = f"its files are in {folder}"
            yield Check("journals", BAD, f"{folder.name} cannot be read: {error}", advice)
    if lost:
        says = f"no process looks after {_some(sorted(folder.name for folder in lost))}"
        yield Check("journals", WARN, says, "`gitexp recover` commits them")
    elif live:
        yield Check("journals", OK, f"{len(live)} running, all looked after")
    else:
        yield Check("journals", OK, "no run is running, none was left behind")


def _space(repo: Repository) -> Iterator[Check]:
    freed = collect_garbage(repo, dry_run=True)
    says = f"{freed.bytes / 1024**2:,.1f} MiB are not needed by any run"
    if freed.bytes > _MUCH_BYTES:
        yield Check("space", WARN, says, "`gitexp gc` frees them")
    else:
        yield Check("space", OK, says)


def _gpu() -> Iterator[Check]:
    from gitexp.hardware.nvidia import NvidiaProbe

    probe = NvidiaProbe.open()
    if probe is not None:
        try:
            facts = probe.describe()
        finally:
            probe.close()
        gpus = [str(gpu.get("name", "GPU")) for gpu in facts["gpus"]]
        yield Check("gpu", OK, f"{len(gpus)} watched by NVML: {_some(gpus)}")
    elif shutil.which("nvidia-smi") or Path("/dev/nvidia0").exists():
        says = "there is an NVIDIA driver, but NVML does not answer"
        yield Check("gpu", WARN, says, "does `nvidia-smi` work? is CUDA_VISIBLE_DEVICES empty?")
    else:
        yield Check("gpu", OK, "no NVIDIA GPU")


def _energy() -> Iterator[Check]:
    from gitexp.hardware.rapl import RaplProbe

    probe = RaplProbe.open()
    if probe is not None:
        probe.close()
        yield Check("energy", OK, "the CPU's energy is counted (RAPL)")
    elif list(Path("/sys/class/powercap").glob("intel-rapl:*")):
        says = "the CPU's energy is estimated: its counters are readable by root only"
        yield Check(
            "energy", WARN, says, "`sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj`"
        )
    else:
        yield Check("energy", OK, "the CPU's energy is estimated: it has no counters here")


def _lfs(repo: Repository) -> Iterator[Check]:
    settings: Settings = load_settings(repo.worktree)
    wanted = settings.checkpoints_backend == "lfs"
    done = run_git(("lfs", "version"), repo.top, repo.environment)
    if done.returncode == 0:
        yield Check("lfs", OK, os.fsdecode(done.stdout).split()[0])
    elif not wanted:
        yield Check("lfs", OK, 'not installed: needed with checkpoints.backend = "lfs" only')
    else:
        says = "checkpoints.backend is lfs, but git-lfs is not installed"
        yield Check("lfs", BAD, says, "install git-lfs: https://git-lfs.com")


def _app() -> Iterator[Check]:
    bundle, sources = web_bundle(), web_sources()
    if bundle is not None:
        size = sum(path.stat().st_size for path in bundle)
        yield Check("app", OK, f"the web app is there ({size / 1024:,.0f} KiB)")
        return
    says = "installed without the web app: reports show tables and static curves only"
    npm = f"npm --prefix {shlex.quote(str(sources))}" if sources else ""
    again = f"`{npm} ci && {npm} run build`" if sources else "install gitexp once more"
    yield Check("app", WARN, says, f"{again}, where the npm registry can be reached")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
