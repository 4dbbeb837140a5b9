"""Run one script with the real wandb, offline, and with gitexp, and show where they differ.

By hand, with an interpreter that has wandb:

    python tests/wandb/compare_with_wandb.py /path/to/python-with-wandb

It prints what differs, and how many facts are the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PROGRAM = """
import json, os, sys
if sys.argv[1] == "wandb":
    import wandb
else:
    import gitexp as wandb

def tried(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "ok"

run = wandb.init(project="p", name="n", id="same", mode="offline", tags=["x"],
                 config={"lr": 0.1, "sub": {"a": 1}})
wandb.define_metric("loss", summary="min")
for i in range(4):
    wandb.log({"loss": 1 / (i + 1), "acc": i, "nested": {"a": i}})
wandb.log({"late": 1}, step=10)
wandb.log({"x": 1}, commit=False)
wandb.log({"y": 2})
os.makedirs("dd/s", exist_ok=True)
for path, text in {"f.txt": "hello\\n", "dd/s/g.txt": "g\\n"}.items():
    open(path, "w").write(text)
art = wandb.Artifact("ds", type="dataset", description="d", metadata={"n": 1})
entry = art.add_file("f.txt")
art.add_dir("dd", name="dir")
with art.new_file("new.txt") as file:
    file.write("new")
refs = art.add_reference("file://" + os.path.abspath("dd"), name="ref")
attributes = ("id name project step tags group job_type dir path resumed starting_step "
              "start_time disabled offline sweep_id config summary").split()
found = {
    "attributes": {name: type(getattr(run, name)).__name__ for name in attributes},
    "values": [run.id, run.name, run.project, run.step, list(run.tags), run.resumed, run.path],
    "config": json.loads(json.dumps(run.config["sub"]["a"])),
    "loss": run.summary["loss"]["min"],
    "entry": [entry.path, entry.digest, entry.size],
    "references": [[ref.path, ref.digest, ref.size] for ref in refs],
    "draft": [art.name, art.type, art.digest, art.size, art.description, art.metadata,
              sorted(art.manifest.entries), art.state, art.is_draft()],
    "errors": {
        "add_file": tried(lambda: art.add_file("nope")),
        "add_dir": tried(lambda: art.add_dir("f.txt")),
        "name": tried(lambda: wandb.Artifact("a b", "t")),
        "version": tried(lambda: art.version),
        "aliases": tried(lambda: art.aliases),
        "download": tried(lambda: art.download()),
        "reference": tried(lambda: art.add_reference("nope")),
        "remove": tried(lambda: art.remove("nope")),
        "again": tried(lambda: art.add_file("f.txt")),
    },
    "logged": run.log_artifact(art, aliases=["best"]) is art,
}
run.finish()
print("FOUND" + json.dumps(found, default=str))
"""


def found_by(python: str, which: str) -> dict[str, Any]:
    """What the program prints with one of the two."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        (top / "program.py").write_text(PROGRAM)
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run([*git, "init", "-q"], cwd=top, check=True)
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], cwd=top, check=True)
        done = subprocess.run(
            [python, "program.py", which],
            cwd=top,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "WANDB_SILENT": "true", "GIT_AUTHOR_NAME": "a"},
        )
    found: dict[str, Any] = json.loads(done.stdout.partition("FOUND")[2])
    return found


def main() -> None:
    """Print the differences."""
    real, ours = found_by(sys.argv[1], "wandb"), found_by(sys.executable, "gitexp")
    same = 0
    for part, told in real.items():
        pairs = told.items() if isinstance(told, dict) else [("", told)]
        for key, value in pairs:
            other = ours[part][key] if key else ours[part]
            same += value == other
            if value != other:
                print(f"{part} {key}: wandb {value!r}, gitexp {other!r}")  # noqa: T201
    print(f"{same} the same")  # noqa: T201


if __name__ == "__main__":
    main()
