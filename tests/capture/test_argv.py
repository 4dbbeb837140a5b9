"""Config from command lines as people type them (split the way a shell does)."""

from __future__ import annotations

import math
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitexp.capture.argv import config_from_argv, parse_assignment
from gitexp.errors import UsageError

KEYS = st.from_regex(r"[a-z][a-z0-9]{0,8}(_[a-z0-9]{1,4})?", fullmatch=True).filter(
    lambda key: not key.startswith("no_")
)
VALUES = (
    st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False)
    | st.from_regex(r"[a-z]{2,12}", fullmatch=True).filter(
        lambda word: word not in ("true", "false", "none", "null", "inf", "nan", "infinity")
    )
)


@pytest.mark.parametrize(
    ("line", "config"),
    [
        ("python train.py", {}),
        ("python train.py --lr 0.1", {"lr": 0.1}),
        ("python train.py --lr=0.1", {"lr": 0.1}),
        ("python train.py lr=0.1", {"lr": 0.1}),
        ("python train.py -lr 0.1 -bs 32", {"lr": 0.1, "bs": 32}),
        ("python train.py -e 5", {"e": 5}),
        ("python train.py -e5 -j8", {"e": 5, "j": 8}),
        ("python train.py -e=5", {"e": 5}),
        ("python train.py --learning-rate 1e-3", {"learning_rate": 1e-3}),
        ("python train.py --amp --lr 1", {"amp": True, "lr": 1}),
        ("python train.py --no-compile --no_bias", {"compile": False, "bias": False}),
        ("python train.py --no-repeat-ngram-size 3", {"no_repeat_ngram_size": 3}),
        ("python train.py -v -v --x 1", {"v": 2, "x": 1}),
        ("python train.py --x -1e-3 --y -5", {"x": -1e-3, "y": -5}),
        ("python train.py --x -.5", {"x": -0.5}),
        ("python train.py --layers 64 64 10 --lr 1", {"layers": [64, 64, 10], "lr": 1}),
        ("python train.py --offsets -1 0 -2", {"offsets": [-1, 0, -2]}),
        ("python train.py --tag a --tag b", {"tag": ["a", "b"]}),
        (
            "python train.py --optimizer.lr 0.1 --optimizer.name adam",
            {"optimizer": {"lr": 0.1, "name": "adam"}},
        ),
        (
            "python train.py ++hydra.style=1 +a.b=2 ~x",
            {"hydra": {"style": 1}, "a": {"b": 2}, "x": None},
        ),
        ("python train.py -m lr=0.1,0.2", {"m": True, "lr": "0.1,0.2"}),
        ("python train.py lr=1 lr=2", {"lr": 2}),
        ("python train.py model=resnet model.depth=18", {"model": "resnet", "model.depth": 18}),
        ("python train.py model.depth=18 model=resnet", {"model.depth": 18, "model": "resnet"}),
        (
            "python train.py db@eval=x experiment/size=big",
            {"db@eval": "x", "experiment/size": "big"},
        ),
        ("python train.py --lr 0.1 data.csv", {"lr": 0.1, "args": ["data.csv"]}),
        (
            "python train.py --optimizer adam data/train",
            {"optimizer": "adam", "args": ["data/train"]},
        ),
        ("python train.py data.csv 3", {"args": ["data.csv", 3]}),
        ("python train.py --lr 1 -- --not-read x", {"lr": 1, "args": ["--not-read", "x"]}),
        (
            "python train.py --name 'my run' --note '--x'",
            {"name": "my run", "note": True, "x": True},
        ),
        ("python train.py --empty= --also ''", {"empty": "", "also": ""}),
        (
            "python train.py --url http://h/p?a=1 --f 'x==1'",
            {"url": "http://h/p?a=1", "f": "x==1"},
        ),
        (
            'python train.py --model \'{"a": {"b": 1}}\' --model.c 2',
            {"model": {"a": {"b": 1}, "c": 2}},
        ),
        ("python train.py --größe 3", {"größe": 3}),
        ("make train LR=0.1", {"LR": 0.1, "args": ["train"]}),
        ("./train.sh 0.1 --fast", {"fast": True, "args": [0.1]}),
        ("python train.py --a..b 1", {"a..b": 1}),
        ("python train.py - ''", {"args": ["-", ""]}),
        ("python train.py ---x --= -!", {"args": ["---x", "--=", "-!"]}),
    ],
)
def test_reads_what_is_typed(line: str, config: dict) -> None:
    found = config_from_argv(shlex.split(line))
    assert found == config
    assert list(found) == list(config)  # the order of the command line


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5), ("-5", -5), ("+5", 5), ("1_000", 1000), ("0", 0), ("007", "007"), ("0.5", 0.5),
        (".5", 0.5), ("1.", 1.0), ("1e-3", 1e-3), ("1E5", 1e5), ("inf", math.inf),
        ("-inf", -math.inf), ("Infinity", math.inf), ("-.inf", -math.inf),
        ("true", True), ("True", True), ("false", False), ("yes", "yes"), ("on", "on"),
        ("none", None), ("None", None), ("null", None), ("", ""), ("adam", "adam"),
        ("1.2.3", "1.2.3"), ("12e4567", "12e4567"), ("1e", "1e"), ("0x1F", "0x1F"),
        ("2024-01-01", "2024-01-01"), ("[1, 2]", [1, 2]), ("(0.9, 0.999)", [0.9, 0.999]),
        ("[adam,sgd]", ["adam", "sgd"]), ("[adam, 1, true]", ["adam", 1, True]),
        ('{"a": [1, null]}', {"a": [1, None]}), ("{'a': (1, True)}", {"a": [1, True]}),
        ("{1: 'x'}", {"1": "x"}), ("[]", []), ("{}", {}), ("[[1,2],[3]]", [[1, 2], [3]]),
        ("'5'", "5"), ('"true"', "true"), ("[unclosed", "[unclosed"), ("{a:1}", "{a:1}"),
        ("[b'x']", "[b'x']"), ("it's", "it's"), ("'", "'"), ("9" * 5000, "9" * 5000),
        ("[" * 3000 + "]" * 3000, "[" * 3000 + "]" * 3000),
    ],
)  # fmt: skip
def test_types_values(text: str, value: object) -> None:
    key, found = parse_assignment(f"a.b={text}")
    assert (key, found, type(found)) == ("a.b", value, type(value))


def test_nan_is_a_float() -> None:
    assert math.isnan(parse_assignment("x=nan")[1])


@pytest.mark.parametrize("text", ["lr", "=3", "", "a..b=3", ".a=1", "a.=1"])
def test_an_assignment_without_a_key_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="cannot read") as caught:
        parse_assignment(text)
    assert "KEY=VALUE" in str(caught.value.hint)


def test_an_assignment_keeps_later_equal_signs() -> None:
    assert parse_assignment("filter=a=b") == ("filter", "a=b")


@pytest.mark.parametrize(
    "line",
    [
        "python -u -m pkg.train --lr 1",
        "python -um pkg.train --lr 1",
        "python -mpkg.train --lr 1",
        "python3.11 -X dev -W error -Wmodule -Xfrozen_modules=off script.py --lr 1",
        "/usr/bin/python3 -I -B train.py --lr 1",
        "python -c 'import sys' --lr 1",
        "python - --lr 1",
        "python -m pdb train.py --lr 1",
        "python -m cProfile -o out.prof -s cumtime train.py --lr 1",
        "python -m cProfile -m pkg.train --lr 1",
        "python -m coverage run --branch --source=pkg -m pkg.train --lr 1",
        "torchrun --nproc-per-node 2 train.py --lr 1",
        "torchrun --standalone --nnodes=1 --nproc_per_node=2 -m pkg.train --lr 1",
        "python -m torch.distributed.run --nproc-per-node 2 train.py --lr 1",
        "python -m torch.distributed.launch --use_env --nproc_per_node=2 train.py --lr 1",
        "accelerate launch --num_processes 2 --multi_gpu --mixed_precision fp16 train.py --lr 1",
        "accelerate launch --config_file conf.yaml -m pkg.train --lr 1",
        "accelerate launch --some_new_flag train.py --lr 1",
        "deepspeed --num_gpus 2 --no_python ./train.sh --lr 1",
        "env A=1 B=2 -u C python train.py --lr 1",
        "nohup nice -n 10 python train.py --lr 1",
        "time -p python train.py --lr 1",
        "/usr/bin/time -f %e python train.py --lr 1",
        "timeout -k 5 3600 python train.py --lr 1",
        "taskset -c 0-3 python train.py --lr 1",
        "numactl --cpunodebind=0 -m 0 python train.py --lr 1",
        "uv run train.py --lr 1",
        "uv run --with rich -p 3.12 python train.py --lr 1",
        "uv --directory x run -m pkg.train --lr 1",
        "poetry run python train.py --lr 1",
        "pipenv run python train.py --lr 1",
        "conda run -n x --no-capture-output python train.py --lr 1",
        "conda run --name x python -u train.py --lr 1",
        "srun -n 2 --gres gpu:1 -l --partition=gpu python train.py --lr 1",
        "srun -n2 --unbuffered python train.py --lr 1",
        "mpirun -np 4 -x PATH --mca btl tcp python train.py --lr 1",
        "sudo -u me A=1 python train.py --lr 1",
        "bash -eu train.sh --lr 1",
        "bash -euo pipefail train.sh --lr 1",
        "bash -c 'A=1 python train.py --lr 1'",
        "sh -c 'exec python train.py --lr 1'",
        "Rscript --vanilla train.R --lr 1",
        "julia --project=. -t 4 train.jl --lr 1",
        "python -- train.py --lr 1",
        "python.exe train.py --lr 1",
        r"C:\Python311\python.exe train.py --lr 1".replace("\\", "\\\\"),
    ],
)
def test_launchers_are_skipped(line: str) -> None:
    assert config_from_argv(shlex.split(line)) == {"lr": 1}


@pytest.mark.parametrize(
    ("line", "config"),
    [
        ("bash train.sh 0.1", {"args": [0.1]}),
        ("uv sync --frozen", {"frozen": True, "args": ["sync"]}),
        ("python", {}),
        ("python -m", {}),
        ("python -m pkg.train", {}),
        ("torchrun --nproc-per-node 2", {}),
        ("bash -c", {}),
        ("bash -c 'cd x && python train.py --lr 1'", {}),
        ("bash -c 'python train.py --lr $LR'", {}),
        ('bash -c "python \'unclosed"', {}),
        ("env", {}),
        ("./python/train --lr 1", {"lr": 1}),
        ("time.py --lr 1", {"lr": 1}),
    ],
)
def test_commands_at_the_edges(line: str, config: dict) -> None:
    assert config_from_argv(shlex.split(line)) == config


def test_no_command_no_config() -> None:
    assert config_from_argv([]) == {}


def test_credentials_are_redacted() -> None:
    line = (
        "python train.py --lr 1 --hf-token abc123def --url postgres://u:pw@h/db --max-tokens 512"
    )
    assert config_from_argv(line.split()) == {
        "lr": 1,
        "hf_token": "[redacted]",
        "url": "postgres://u:[redacted]@h/db",
        "max_tokens": 512,
    }


@given(
    st.dictionaries(KEYS, VALUES, max_size=6),
    st.sampled_from(["--{k}={v}", "{k}={v}", "--{k} {v}"]),
)
def test_what_is_written_is_read_back(config: dict, form: str) -> None:
    from gitexp.schema.redact import redact_mapping

    arguments = [part for k, v in config.items() for part in form.format(k=k, v=v).split(" ")]
    assert config_from_argv(["python", "train.py", *arguments]) == redact_mapping(config)


@given(st.lists(st.text(max_size=12), max_size=8))
def test_no_command_line_is_too_odd(arguments: list[str]) -> None:
    config_from_argv(arguments)
    config_from_argv(["python", *arguments])
    config_from_argv(["train.py", *arguments])
