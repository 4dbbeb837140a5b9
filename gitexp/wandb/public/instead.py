"""What wandb's Api has and a repository has not: the error that names what to do instead."""

from __future__ import annotations

from typing import NoReturn

from gitexp.wandb.unsupported import NotSupported

_PEOPLE = "git knows who made a run, and `viewer` is you"
_QUEUES = "`gitexp reproduce RUN` runs a run again"
_WATCHED = "a CI workflow or a git hook sees each commit of a run, see docs/sharing.md"
_REGISTRY = "`run.link_artifact()` gives a version the name of a registry"

# Methods of the Api → what to use instead; documented in docs/wandb.md.
API_INSTEAD = {
    "reports": "`gitexp report` writes them",
    "create_custom_chart": "`wandb.plot_table()` takes the name of a chart and a table",
    "sync_tensorboard": "`init(sync_tensorboard=True)` logs what the writers are given",
    **dict.fromkeys(("team", "create_team", "user", "users", "create_user"), _PEOPLE),
    "organization": _PEOPLE,
    **dict.fromkeys(("job", "list_jobs", "queued_run", "run_queue"), _QUEUES),
    **dict.fromkeys(("create_run_queue", "upsert_run_queue"), _QUEUES),
    **dict.fromkeys(("automation", "automations", "create_automation"), _WATCHED),
    **dict.fromkeys(("update_automation", "delete_automation", "integrations"), _WATCHED),
    **dict.fromkeys(("slack_integrations", "webhook_integrations"), _WATCHED),
    **dict.fromkeys(("registry", "registries", "create_registry"), _REGISTRY),
}
# Likewise of a run and a sweep.
RUN_INSTEAD = {
    "stop": "Ctrl-C, or `kill` with the process's number, ends a run",
    "download_history_exports": "`scan_history()` and `gitexp metrics RUN --csv` give all rows",
}
SWEEP_INSTEAD = {
    "agent": "each trial is a run, see `runs`",
    "agents": "each trial is a run, see `runs`",
    "enqueue_run": "`wandb.agent()` takes the next trial",
}


def refuse(owner: str, name: str, instead: dict[str, str], knows: str) -> NoReturn:
    """Say that there is no such attribute.

    Raises:
        NotSupported: it is wandb's, and has an alternative.
        AttributeError: it is nobody's.
    """
    if name in instead:
        raise NotSupported(f"{owner}.{name}", instead[name])
    raise AttributeError(f"gitexp's {owner} has no {name!r}: {knows}; see docs/wandb.md")
