"""Estimators in checkpoints: equal predictions and tensors, nothing that was not trusted."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.git import git

from gitexp.errors import GitexpError
from gitexp.sklearn.models import Untrusted, estimator_of, load_model, state_of

pytest.importorskip("skops")

from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

X, Y = load_iris(return_X_y=True)


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(max_iter=500),
        make_pipeline(StandardScaler(), SVC()),
        RandomForestClassifier(n_estimators=3, random_state=0),
        GradientBoostingClassifier(n_estimators=3, random_state=0),
        VotingClassifier([("a", LogisticRegression(max_iter=500)), ("b", SVC())]),
        GridSearchCV(SVC(), {"C": [1, 2]}, cv=2),
    ],
    ids=["linear", "pipeline", "forest", "boosting", "voting", "search"],
)
def test_an_estimator_comes_back(model: Any) -> None:
    model.fit(X, Y)
    state = state_of(model)
    again = estimator_of(state)
    assert type(again) is type(model)
    assert np.array_equal(again.predict(X), model.predict(X))
    assert _same(state, state_of(estimator_of(state_of(model))))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    return bool(np.array_equal(one, other))


def test_arrays_have_the_names_of_their_places() -> None:
    state = state_of(make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(X, Y))
    assert {"steps.0.1.mean_", "steps.1.1.coef_"} <= set(state["arrays"])
    assert state["arrays"]["steps.1.1.coef_"].shape == (3, 4)


def test_what_is_not_trusted_is_not_built() -> None:
    state = state_of(KNeighborsClassifier().fit(X, Y))
    with pytest.raises(Untrusted, match="KDTree") as caught:
        estimator_of(state)
    assert "trusted=[" in str(caught.value.hint)
    assert estimator_of(state, trusted=True).score(X, Y) > 0.9


def test_a_file_that_names_os_system_is_refused() -> None:
    state = state_of(LogisticRegression(max_iter=500).fit(X, Y))
    schema = json.loads(state["schema"].tobytes())
    schema.update({"__class__": "system", "__module__": "posix", "__loader__": "FunctionNode"})
    state["schema"] = np.frombuffer(json.dumps(schema).encode(), np.uint8)
    with pytest.raises(Untrusted, match=r"posix\.system"):
        estimator_of(state)


@pytest.mark.parametrize(("field", "value"), [("left_child", 10**6), ("feature", 77)])
def test_a_tree_that_points_outside_of_itself_is_refused(field: str, value: int) -> None:
    model = RandomForestClassifier(n_estimators=1, random_state=0).fit(X, Y)
    state = state_of(model)
    (name,) = (name for name in state["packed"] if name.endswith("nodes"))
    told = state["packed"][name]
    dtype = model.estimators_[0].tree_.__getstate__()["nodes"].dtype
    nodes = np.frombuffer(told["bytes"].tobytes(), dtype).copy()
    nodes[field][0] = value
    told["bytes"] = np.frombuffer(nodes.tobytes(), np.uint8)
    with pytest.raises(GitexpError, match="broken tree"):
        estimator_of(state)


def test_any_other_checkpoint_is_no_estimator() -> None:
    with pytest.raises(GitexpError, match="no estimator"):
        estimator_of({"weights": np.zeros(3)})


def test_a_model_in_a_run(repo: Path) -> None:
    (repo / "t.py").write_text(
        textwrap.dedent(
            """
            import gitexp
            from sklearn.datasets import load_iris
            from sklearn.ensemble import RandomForestClassifier
            X, y = load_iris(return_X_y=True)
            gitexp.init(name="r")
            model = RandomForestClassifier(n_estimators=2, random_state=0).fit(X, y)
            for label in ("first", "second"):
                gitexp.sklearn.save_model(model, label, metrics={"acc": model.score(X, y)})
            print(model.predict(X).sum())
            """
        )
    )
    done = subprocess.run(
        [sys.executable, "t.py"], cwd=repo, capture_output=True, text=True, timeout=120, check=True
    )
    again = load_model("r", "best", repo=repo)
    assert again.predict(X).sum() == int(done.stdout)
    trees = [git(repo, "rev-parse", f"refs/experiments/r:checkpoints/{label}") for label in (
        "first", "second")]  # fmt: skip
    assert trees[0] == trees[1]  # equal models are stored once
