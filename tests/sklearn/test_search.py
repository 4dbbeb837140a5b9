"""A search's candidates as runs."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from support.cli import gitexp, runs_of, wait_for
from support.git import git

from gitexp.journal.folders import live_journals
from gitexp.sklearn import log_search
from gitexp.store.repository import Repository

pytest.importorskip("sklearn")

SCRIPT = """
import gitexp
from gitexp import sklearn
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
X, y = load_iris(return_X_y=True)
if {active}:
    gitexp.init(name="mine")
search = {search}.fit(X, y)
print(*sklearn.log_search(search, group={group!r}, tags=["iris"]))
print(search.best_params_["C"], search.best_score_)
"""


def run(repo: Path, search: str, *, active: bool, group: str | None) -> list[str]:
    code = textwrap.dedent(SCRIPT).format(active=active, search=search, group=group)
    (repo / "t.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "t.py"], cwd=repo, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    common = Repository.open(repo).common_dir
    wait_for(lambda: not live_journals(common))
    return done.stdout.split()


def test_a_grid_in_a_run(repo: Path) -> None:
    grid = "GridSearchCV(LogisticRegression(max_iter=999), {'C': [0.01, 1, 100]}, cv=3)"
    *found, best, score = run(repo, grid, active=True, group=None)
    assert found == ["mine-1", "mine-2", "mine-3"]
    runs = {run["name"]: run for run in runs_of(repo)}
    assert set(runs) == {"mine", *found}
    for at, name in enumerate(found):
        one = runs[name]
        assert (one["group"], one["status"], one["job_type"]) == ("mine", "finished", "search")
        assert one["lineage"]["trial"] == at
        assert one["config"] == {"estimator": "LogisticRegression", "C": (0.01, 1, 100)[at]}
        assert one["metrics"]["test_score"]["count"] == 3
        assert one["metrics"]["mean_test_score"]["goal"] == "higher"
        assert one["git"]["code_tree"] == runs["mine"]["git"]["code_tree"]
        assert "iris" in one["tags"]
    (winner,) = (one for one in runs.values() if "best" in one["tags"])
    assert winner["config"]["C"] == float(best)
    assert winner["metrics"]["mean_test_score"]["last"] == float(score)
    assert runs["mine"]["summary"]["best_score"] == float(score)
    assert '"search_results"' in git(repo, "show", "refs/experiments/mine:metrics.jsonl")
    gitexp("ls", "--where", "config.C > 0.5 and mean_test_score > 0", cwd=repo)


def test_a_random_search_without_a_run(repo: Path) -> None:
    search = (
        "RandomizedSearchCV(LogisticRegression(max_iter=999), {'C': [0.1, 1, 10]}, n_iter=2, "
        "cv=2, scoring=['accuracy', 'f1_macro'], refit='f1_macro', random_state=0)"
    )
    *found, _, _ = run(repo, search, active=False, group="hunt")
    runs = runs_of(repo)
    assert sorted(run["name"] for run in runs) == sorted(found) == ["hunt-1", "hunt-2"]
    assert {"mean_test_accuracy", "mean_test_f1_macro"} <= set(runs[0]["metrics"])


def test_a_search_that_is_not_fitted() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    with pytest.raises(ValueError, match="fit it first"):
        log_search(GridSearchCV(LogisticRegression(), {"C": [1]}))


def test_candidates_that_cannot_be_fitted_and_searches_that_choose_none(repo: Path) -> None:
    search = "GridSearchCV(LogisticRegression(), {'C': [1, -1]}, cv=2, error_score=float('nan'))"
    found = run(repo, search, active=False, group="bad")[:2]
    status = {run["config"]["C"]: run["status"] for run in runs_of(repo)}
    assert status == {1: "finished", -1: "failed"}
    assert len(found) == 2
    (repo / "t.py").write_text(
        "from gitexp import sklearn\n"
        "from sklearn.datasets import load_iris\n"
        "from sklearn.experimental import enable_halving_search_cv\n"
        "from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV\n"
        "from sklearn.svm import SVC\n"
        "grid = [{'kernel': ['rbf'], 'C': [1]}, {'kernel': ['linear']}]\n"
        "both = GridSearchCV(SVC(), grid, cv=2, scoring=['accuracy', 'f1_macro'], refit=False)\n"
        "sklearn.log_search(both.fit(*load_iris(return_X_y=True)), group='both')\n"
        "half = HalvingGridSearchCV(SVC(), {'C': [1, 2, 3]}, cv=2, min_resources=40)\n"
        "sklearn.log_search(half.fit(*load_iris(return_X_y=True)), group='half')\n"
    )
    subprocess.run([sys.executable, "t.py"], cwd=repo, check=True, timeout=120)
    wait_for(lambda: not live_journals(Repository.open(repo).common_dir))
    groups = [run["group"] for run in runs_of(repo)]
    assert (groups.count("both"), groups.count("half")) == (2, 4)
    tagged = [run["group"] for run in runs_of(repo) if "best" in run["tags"]]
    assert sorted(tagged) == ["bad", "half"]
