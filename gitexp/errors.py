"""Everything gitexp raises on purpose.

    GitexpError                   message + hint, exit code 1
    ├── UsageError                the request itself is wrong, exit code 2
    │   ├── BadExpression         a --where expression that cannot be read
    │   ├── BadArgument           a keyword of a call that means nothing; a ValueError, too
    │   ├── BadArticle            a narrative report's Markdown that cannot be used
    │   ├── BadName               not usable as a run's name
    │   ├── BadSetting            pyproject.toml / gitexp.toml
    │   └── UnsupportedError      nothing like it here; names what to do instead
    ├── ConfigError               a run's config: a value that must not change
    │   └── BadConfig             a config file that cannot be read
    ├── GitProblem                git itself
    │   ├── GitMissing            no git on the PATH
    │   ├── GitTooOld             older than we can work with
    │   ├── NotARepository        outside a git repository
    │   ├── UnsafeRepository      git refuses it: it belongs to somebody else
    │   ├── RefMoved              a ref is not where it was: somebody else moved it
    │   ├── RefLocked             a ref stays locked by another git process
    │   ├── ObjectsMissing        objects that a commit needs are not in the repository
    │   ├── GcRunning             another garbage collection is at work
    │   ├── NoRemote              there is no remote of that name, or none at all
    │   ├── RemoteProblem         a remote cannot be reached, or says no
    │   ├── LfsProblem            git-lfs is not installed, or cannot transfer
    │   └── GitCommandFailed      a git command said no
    ├── CommError                 asked for what is not there: wandb would have asked a server
    │   ├── AuthenticationError   never raised, scripts catch it
    │   ├── RunNotFound           no such run
    │   │   └── NothingToResume   the run that was to go on; a UsageError, too
    │   └── ArtifactNotFound      no such artifact, version or alias
    ├── AmbiguousRun              more than one run where one is wanted
    ├── RunExists                 the name is taken
    ├── RunIsRunning              it cannot be resumed: it runs
    ├── RunMoved                  it was committed while it was to go on
    ├── MalformedRun              a run's files cannot be read
    ├── CheckpointNotFound        no such checkpoint in the run
    ├── CheckpointNotHere         its tensors are still on the server
    ├── MalformedCheckpoint       a checkpoint's files cannot be read
    ├── MalformedArtifact         an artifact's files cannot be read
    ├── TensorNotFound            no such tensor in the checkpoint
    ├── NotStorable               a value that a checkpoint cannot carry
    ├── JournalProblem            the run's folder on local disk cannot be used
    └── WandbCoreNotAvailableError  never raised, scripts catch it

The names of CommError, UsageError and those that end in Error are those of `wandb.errors`, as
scripts catch them; what wandb calls Error is GitexpError.

`cli/` turns them into `error: …` and `hint: …`; nothing else prints them.
"""

from __future__ import annotations

from collections.abc import Sequence


class GitexpError(Exception):
    """Base of all errors; `hint` says what to do about it, if anything can be said."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(GitexpError):
    """The request itself is wrong."""

    exit_code = 2


class BadArgument(UsageError, ValueError):
    """A keyword of a call that means nothing, or that another one excludes."""


class BadExpression(UsageError):
    """A `--where` expression (or another option's) that cannot be read; `column` is from 1."""

    def __init__(
        self,
        expression: str,
        column: int,
        why: str,
        hint: str | None = None,
        *,
        option: str = "--where",
    ) -> None:
        super().__init__(
            f"{option}, column {column}: {why}\n  {expression}\n  {'':>{column - 1}}^", hint
        )
        self.expression = expression
        self.column = column


class BadArticle(UsageError):
    """A narrative report's Markdown that cannot be used; `line` counts from 1."""

    def __init__(self, file: str, line: int, why: str, hint: str | None = None) -> None:
        super().__init__(f"{file} line {line}: {why}", hint)
        self.file = file
        self.line = line


class UnsupportedError(UsageError):
    """Something that is not to be had here."""


class ConfigError(GitexpError):
    """A run's config that cannot be had, or a value of it that must not change."""

    exit_code = 2


class BadConfig(ConfigError):
    """A config file that cannot be read; `line` counts from 1 where it is known."""

    def __init__(self, file: str, why: str, line: int | None = None) -> None:
        place = file if line is None else f"{file} line {line}"
        super().__init__(f"{place}: {why}", "a config file is YAML, JSON or TOML")
        self.file = file
        self.line = line


class BadName(UsageError):
    """Not usable as a run's name."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"{name!r} cannot be a run's name: {why}",
            "use letters, digits, '-', '_' and '.', as in quick-purple-dove",
        )
        self.name = name


class BadSetting(UsageError):
    """A setting in pyproject.toml or gitexp.toml that cannot be used."""

    def __init__(self, file: str, key: str, why: str) -> None:
        super().__init__(f"{file}: {key}: {why}", "docs/configuration.md lists all settings")
        self.key = key


class GitProblem(GitexpError):
    """Git itself stands in the way."""


class GitMissing(GitProblem):
    """No git on the PATH."""

    def __init__(self) -> None:
        super().__init__("git was not found", "install git 2.30 or newer: https://git-scm.com")


class GitTooOld(GitProblem):
    """Git is older than we can work with."""

    def __init__(self, found: str, needed: str) -> None:
        super().__init__(f"git {found} is too old, gitexp needs {needed}", "upgrade git")


class NotARepository(GitProblem):
    """Outside a git repository."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is not in a git repository",
            "run `git init` in your project's folder; gitexp keeps runs in its .git",
        )


class UnsafeRepository(GitProblem):
    """Git refuses the repository, since it belongs to somebody else; `hint` is git's own."""

    def __init__(self, path: str, command: str) -> None:
        super().__init__(
            f"git does not trust the repository at {path}: it belongs to another user",
            f"if you trust it: `{command}`",
        )
        self.path = path


class RefMoved(GitProblem):
    """A ref is not where it was expected; None stands for a ref that does not exist."""

    def __init__(self, ref: str, expected: str | None, found: str | None) -> None:
        super().__init__(
            f"{ref} is at {found or 'nothing'}, expected {expected or 'nothing'}: "
            "another process changed it meanwhile",
            "try again",
        )
        self.ref = ref
        self.expected = expected
        self.found = found


class RefLocked(GitProblem):
    """A ref stays locked by another git process, or by one that died."""

    def __init__(self, ref: str, detail: str) -> None:
        super().__init__(
            f"{ref} is locked: {detail}",
            "if no git process is running in this repository, remove that .lock file",
        )
        self.ref = ref


class ObjectsMissing(GitProblem):
    """Objects that a commit needs are not in the repository."""

    def __init__(self, commit: str, detail: str) -> None:
        super().__init__(
            f"objects of commit {commit} are missing: {detail}",
            "a `git gc --prune=now` or `git prune` may have removed them",
        )
        self.commit = commit


class GcRunning(GitProblem):
    """Another garbage collection is at work."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "try again when it has ended")


class NoRemote(GitProblem):
    """There is no remote of that name, or none at all."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "`git remote -v` lists remotes, `git remote add` adds one")


class RemoteProblem(GitProblem):
    """A remote cannot be reached, or says no; `said` is what git printed."""

    def __init__(self, url: str, said: str, hint: str | None = None) -> None:
        super().__init__(f"{url}: {_remote_reason(said)}", hint or _remote_hint(said))
        self.said = said


class LfsProblem(GitProblem):
    """git-lfs is not installed, or cannot transfer."""


class GitCommandFailed(GitProblem):
    """A git command said no."""

    def __init__(self, args: Sequence[str], code: int, stderr: str) -> None:
        detail = stderr.strip() or f"exit code {code}"
        super().__init__(f"git {' '.join(args[:3])} failed: {detail}")
        self.code = code
        self.stderr = stderr


class CommError(GitexpError):
    """What was asked for is not there; wandb would have asked a server."""


class AuthenticationError(CommError):
    """Never raised: there are no accounts; scripts catch it."""


class RunNotFound(CommError):
    """No such run; `near` holds names that are similar, `why` what is said in place of that."""

    def __init__(self, name: str, near: Sequence[str] = (), *, why: str | None = None) -> None:
        ask = f"did you mean {near[0]!r}? " if near else ""
        super().__init__(
            why or f"no run named {name!r} under refs/experiments/",
            f"{ask}`gitexp ls` lists all runs",
        )
        self.name = name
        self.near = tuple(near)


class NothingToResume(RunNotFound, UsageError):
    """No such run as was to go on, or to begin from."""


class AmbiguousRun(GitexpError):
    """A selector that fits more than one run where one is wanted."""

    def __init__(self, selector: str, candidates: Sequence[str]) -> None:
        shown = ", ".join(candidates[:8])
        more = f" and {len(candidates) - 8} more" if len(candidates) > 8 else ""
        super().__init__(
            f"{selector!r} fits {len(candidates)} runs: {shown}{more}",
            "type more of the name, or its full ref",
        )
        self.selector = selector
        self.candidates = tuple(candidates)


class RunExists(GitexpError):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"a run named {name!r} exists already",
            f"choose another --name, or leave it out; `gitexp show {name}` shows that run",
        )
        self.name = name


class RunIsRunning(GitexpError):
    """A run that is to go on has not ended, or another process resumes it."""

    def __init__(self, name: str, *, supervised: bool = True) -> None:
        super().__init__(
            f"run {name!r} is still running here"
            if supervised
            else f"run {name!r} is being resumed by another process",
            'wait for its end; init(mode="shared") with its id logs to it from several processes',
        )
        self.name = name


class RunMoved(GitexpError):
    """A run was committed between looking for it and going on with it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has moved on just now", "try again")
        self.name = name


class MalformedRun(GitexpError):
    """A run's files cannot be read."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"run {name!r} is malformed: {why}", "`gitexp doctor` lists such runs")
        self.name = name
        self.why = why


class CheckpointNotFound(GitexpError):
    """No such checkpoint in the run."""

    def __init__(
        self, run: str, label: str, labels: Sequence[str], *, dropped: bool = False
    ) -> None:
        has = f"it has: {', '.join(labels)}" if labels else "it has none"
        gone = " any more: `checkpoints.keep` dropped it" if dropped else ""
        super().__init__(f"run {run!r} has no checkpoint {label!r}{gone}", has)
        self.label = label


class CheckpointNotHere(GitexpError):
    """Its tensors are not in this repository: a fetch left them on the server.

    `said` is what git printed when it asked for them.
    """

    def __init__(self, missing: int, said: str = "") -> None:
        why = f", and the server did not give them: {_remote_reason(said)}" if said else ""
        super().__init__(
            f"{missing} of the checkpoint's files are not in this repository{why}",
            "`git fetch --refetch --no-filter gitexp-origin` brings all there is at once"
            if said
            else "`gitexp fetch --checkpoints` brings them from the server",
        )
        self.missing = missing


class MalformedCheckpoint(GitexpError):
    """A checkpoint's files cannot be read; `file` is the one that says so."""

    def __init__(self, file: str, why: str) -> None:
        super().__init__(f"the checkpoint is malformed: {file}: {why}")
        self.file = file
        self.why = why


class ArtifactNotFound(CommError):
    """No artifact, or no version of it, that a text means; `near` are names that are like it."""

    def __init__(self, what: str, why: str, near: Sequence[str] = ()) -> None:
        told = ", ".join(repr(name) for name in near)
        super().__init__(
            f"no artifact {what!r}: {why}",
            f"there are {told}" if told else "`gitexp artifact ls` lists what there is",
        )
        self.what = what
        self.near = list(near)


class MalformedArtifact(GitexpError):
    """An artifact's files in git are not what the format says."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"artifact in {where}: {why}")
        self.where = where


class TensorNotFound(GitexpError):
    """No such tensor in the checkpoint; `near` holds names that are similar."""

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        super().__init__(
            f"the checkpoint has no tensor {name!r}",
            f"did you mean {near[0]!r}?" if near else "`gitexp checkpoint ls` lists them",
        )
        self.name = name
        self.near = tuple(near)


class NotStorable(GitexpError):
    """A value that a checkpoint cannot carry; `where` is its path inside the object."""

    def __init__(self, where: str, kind: str) -> None:
        super().__init__(
            f"cannot store {where}: a {kind} is neither a tensor nor plain data",
            "leave it out, turn it into numbers, strings, lists and dicts, or pass strict=False",
        )
        self.where = where
        self.kind = kind


class JournalProblem(GitexpError):
    """The run's folder on local disk cannot be used."""


class WandbCoreNotAvailableError(GitexpError):
    """Never raised: there is no such process; scripts catch it."""


Error = GitexpError  # wandb's name of the base


def _remote_reason(said: str) -> str:
    """The one line of git's that says why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for mark in ("remote: error:", "fatal:", "error:", "remote:", ""):
        for line in lines:
            if line.startswith(mark) and "hung up" not in line:
                return line.removeprefix(mark).strip() or line
    return "git gave no reason"


def _remote_hint(said: str) -> str:
    text = said.lower()
    if "could not read username" in text or "could not read password" in text:
        return (
            "git has no password or token for it: set credential.helper (`git help credentials`), "
            "or give the remote an ssh address"
        )
    if any(word in text for word in ("authentication", "permission denied", "403", "username")):
        return "try `git ls-remote` with it: your key or token is not accepted there"
    if any(word in text for word in ("could not resolve", "timed out", "connect", "unreachable")):
        return "there may be no network; nothing is lost, try again later"
    return "`git ls-remote` with it shows whether git can reach it"
