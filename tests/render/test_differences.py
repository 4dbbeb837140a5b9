import math

from gitexp.render.differences import differences


def keys(*configs):
    return [difference.key for difference in differences(configs)]


def test_only_what_differs_in_order():
    a = {"lr": 0.1, "same": 1, "net": {"depth": 2, "width": 8}}
    b = {"lr": 0.01, "same": 1, "net": {"depth": 2, "width": 16}}
    assert keys(a, b) == ["lr", "net.width"]
    assert keys(a, a) == []
    assert keys(a) == []
    assert keys() == []


def test_equal_in_python_is_not_equal_in_a_config():
    assert keys({"x": 1}, {"x": True}) == ["x"]
    assert keys({"x": 1}, {"x": 1.0}) == ["x"]
    assert keys({"x": math.nan}, {"x": float("nan")}) == []


def test_what_a_run_lacks_stands_behind():
    lr, seed = differences([{"seed": 1, "lr": 0.1}, {"lr": 0.01}])
    assert (lr.key, lr.missing_only) == ("lr", False)
    assert (seed.key, seed.missing_only, seed.values) == ("seed", True, ("1", ""))


def test_a_run_without_a_config_makes_no_difference():
    (lr,) = differences([{"lr": 0.1, "seed": 1}, {}, {"lr": 0.2, "seed": 1}])
    assert lr.values == ("0.1", "", "0.2")


def test_summaries_of_many():
    (lr,) = differences([{"lr": n / 100} for n in range(60)])
    assert lr.summary == "0 to 0.59 (60 values)"
    (name,) = differences([{"n": "adam"}, {"n": "sgd"}, {"n": "adam"}])
    assert name.summary == "adam (2), sgd"
    (word,) = differences([{"n": f"w{n}"} for n in range(9)])
    assert word.summary == "w0, w1, w2, w3, w4, w5 and 3 others"
