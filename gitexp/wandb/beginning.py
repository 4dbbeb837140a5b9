"""How init() gets its run: the one it goes on with, joins or begins, and what it tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gitexp.errors import RunIsRunning, RunMoved
from gitexp.record import api
from gitexp.record.guard import warn
from gitexp.schema import tree
from gitexp.schema.run import Lineage
from gitexp.wandb import config_sources
from gitexp.wandb.disabled import DisabledRun
from gitexp.wandb.facts import ALLOW, AUTO, Facts, GoingOn, mode_of
from gitexp.wandb.identity import tags_of
from gitexp.wandb.run import Run, folder_for
from gitexp.wandb.scripts import is_for_wandb
from gitexp.wandb.settings import mapping_of
from gitexp.wandb.sweeps.trial import current

if TYPE_CHECKING:
    from gitexp.wandb.sweeps.state import Trial

_TRIES = 5


class Beginning:
    """One call of init()."""

    def __init__(self, asked: Mapping[str, Any], settings: Any) -> None:
        """Know what was asked.

        Args:
            asked: keywords of init(), from wherever they were said.
            settings: as init() was given them.
        """
        self._asked = asked
        self._settings = settings
        self._trial: Trial | None = None
        self._of_project: str | None = None

    def tell(self, run: Run | DisabledRun) -> None:
        """Tell a run that is active, if nobody told it anything: log() began it."""
        if not run.was_told:
            run.take(self._facts({}))

    def run(self, values: Mapping[str, Any]) -> Run | DisabledRun:
        """A run, with these values in its config.

        Raises:
            RunIsRunning: the one that is to go on has not ended.
            RunMoved: it is committed again and again.
            GitexpError: as init() says.
        """
        values = config_sources.around({**api.take_pending_config(), **values})
        self._trial, self._of_project = current() or (None, None)
        alone = False
        for attempt in range(_TRIES):
            try:
                return self._with(GoingOn() if alone else self._going_on(), values)
            except RunIsRunning as error:
                if alone or mode_of(self._asked.get("resume")) != ALLOW:
                    raise
                # With "allow", a run that another process has in hand is no reason to stop.
                warn(f"{error.message}: what this process logs goes into a run of its own")
                alone = True
            except RunMoved:  # it was committed while it was looked for
                if attempt == _TRIES - 1:
                    raise
        raise AssertionError("the last try returns or raises")

    def _with(self, going: GoingOn, values: Mapping[str, Any]) -> Run | DisabledRun:
        asked, trial = self._asked, self._trial
        facts = self._facts(going.facts or {})
        told = facts.to_capture()
        known = _recorded_config() if going.goes_on else {}
        run = api.init(
            values,
            name=asked.get("name") or asked.get("id"),
            tags=tags_of(asked.get("tags")),
            notes=asked.get("notes"),
            group=asked.get("group") or (trial.sweep if trial else None),
            job_type=asked.get("job_type"),
            dir=folder_for(asked.get("dir")),
            mode=asked.get("mode"),
            kind=Run,
            idle=DisabledRun,
            again=True,
            beside=asked.get("reinit") == "create_new",
            capture={"wandb": told} if told else None,
            lineage=_lineage_of(trial),
            origin=going.origin,
            join=going.join,
            apart=is_for_wandb(),
            known=tree.merged(known, trial.config) if trial else known,
        )
        assert isinstance(run, Run | DisabledRun)
        run.take(facts)
        if going.again and isinstance(run, Run):
            run.goes_on = True
        if asked.get("mode") == "shared" and isinstance(run, Run):
            run.share()
        if trial is not None:
            run.config.merge_locked(trial.config, user="sweep")
        return run

    def _facts(self, told: Mapping[str, Any]) -> Facts:
        """What run.json keeps: what is asked, else what the run that goes on was told."""
        asked = self._asked
        return Facts(
            project=asked.get("project") or told.get("project") or self._of_project,
            entity=asked.get("entity") or told.get("entity"),
            id=asked.get("id") or told.get("id"),
            name=asked.get("name") or told.get("name"),
            resume=mode_of(asked.get("resume")) == AUTO,
            group=asked.get("group"),
            job_type=asked.get("job_type"),
            settings=mapping_of(self._settings),
        )

    def _going_on(self) -> GoingOn:
        """The run that is to go on; nothing is looked for where nobody asks."""
        asked = self._asked
        fork_from, resume_from = asked.get("fork_from"), asked.get("resume_from")
        wanted = fork_from or resume_from or mode_of(asked.get("resume"))
        if not wanted and asked.get("mode") != "shared":
            return GoingOn()
        if api.is_disabled(asked.get("mode")):
            return GoingOn()
        from gitexp.wandb.going_on import find

        repo = api.open_repository(folder_for(asked.get("dir")))
        return find(repo, asked, fork_from, resume_from)


def _lineage_of(trial: Trial | None) -> Lineage | None:
    """What makes a run of its own of a trial; the recorded one may be it already."""
    if trial is None:
        return None
    from gitexp.record.elsewhere import recorded_run

    wanted, recorded = Lineage(sweep=trial.sweep, trial=trial.number), recorded_run()
    return None if recorded is not None and recorded.lineage == wanted else wanted


def _recorded_config() -> Mapping[str, Any]:
    """What `gitexp record` read of the command's config; the run that goes on gets it."""
    from gitexp.record.elsewhere import recorded_run

    recorded = recorded_run()
    return {} if recorded is None else recorded.config
