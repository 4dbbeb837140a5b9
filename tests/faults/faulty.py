"""gitexp, killed at a chosen stage: `faulty.py STAGE VICTIMS gitexp-arguments…`.

A stage is `before:` or `after:` and a function of STAGES or COLLECTION. VICTIMS is `supervisor`
(this process only), `both` (the recorded command too) or `all` (the standby as well, so that
nobody is left).
Only the n-th call counts, for stages that end in `:n`.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

import psutil

# Where a supervisor can die, in the order in which it passes there.
STAGES = {
    "facts": ("gitexp.record.supervisor", "take_facts"),
    "environment": ("gitexp.record.supervisor", "Supervisor._environment"),
    "build": ("gitexp.record.commit", "Committer.build"),
    "documents": ("gitexp.record.commit", "add_documents"),
    "flush": ("gitexp.store.objects", "ObjectWriter.flush"),
    "ref": ("gitexp.store.advance", "update_refs"),
    "pack": ("gitexp.store.checkpoints", "store_objects"),
    "checkpoint": ("gitexp.store.checkpoints", "write_checkpoint"),
    "spools": ("gitexp.record.commit", "Committer._drop_spools"),
    "commit": ("gitexp.record.commit", "Committer.commit"),
    "end": ("gitexp.record.supervisor", "commit_for_good"),
    "remove": ("gitexp.record.commit", "Committer.close"),
}
# Where a garbage collection can.
COLLECTION = {
    "thin": ("gitexp.store.thin", "thin"),
    "thinned": ("gitexp.store.thin", "_rewrite"),
    "look": ("gitexp.store.garbage", "look"),
    "graph": ("gitexp.store.garbage", "forget_commit_graph"),
    "loose": ("gitexp.store.garbage", "_remove_loose"),
    "multi-index": ("gitexp.store.garbage", "forget_multi_index"),
    "publish": ("gitexp.store.kept_packs", "publish"),
    "join": ("gitexp.store.kept_packs", "join"),
    "drop": ("gitexp.store.garbage", "remove_pack"),
    "unlink": ("pathlib", "Path.unlink"),
    "indexes": ("gitexp.store.garbage", "index_packs"),
}


def kill(victims: str) -> None:
    me = psutil.Process()
    for child in me.children(recursive=True):
        # The standby is a fork of this very process, everything else is the command's.
        standby = child.cmdline() == me.cmdline()
        if victims == "all" or (victims == "both" and not standby):
            child.send_signal(signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def inject(stage: str, victims: str) -> None:
    when, name, *rest = stage.split(":")
    left = [int(rest[0]) if rest else 1]
    module_name, path = (STAGES | COLLECTION)[name]
    owner: Any = importlib.import_module(module_name)
    *classes, attribute = path.split(".")
    for part in classes:
        owner = getattr(owner, part)
    original = getattr(owner, attribute)

    def faulty(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if when == "before" and left[0] == 0:
            kill(victims)
        result = original(*args, **kwargs)
        if when == "after" and left[0] == 0:
            kill(victims)
        return result

    setattr(owner, attribute, faulty)


if __name__ == "__main__":
    stage, victims, *arguments = sys.argv[1:]
    inject(stage, victims)
    from gitexp.cli import main

    sys.exit(main(arguments))
