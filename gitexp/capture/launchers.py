"""Which part of a command line is the script's own: interpreters and launchers are skipped.

`torchrun --nproc-per-node 2 train.py --lr 1` starts train.py, so only `--lr 1` is its config.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Launcher:
    """How a program that starts another one reads its own arguments.

    Of its options either those that take a value or those that take none are listed, whichever
    is the shorter list; an option never takes a value that is itself a program or a script.
    """

    valued: frozenset[str] = frozenset()
    flags: frozenset[str] | None = None  # given: every other option takes a value
    subcommand: tuple[str, ...] = ()  # it only starts something with one of these
    assignments: bool = False  # NAME=value may stand before the program
    positionals: int = 0  # own arguments before the program: `timeout 5 CMD`
    python: bool = False  # starts a Python script, or with -m a module
    two_values: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TORCHRUN = Launcher(
    flags=_words("--standalone --no-python --no_python --run-path --run_path --use_env --use-env"),
    python=True,
)
_PYTHON = Launcher(valued=_words("-W -X --check-hash-based-pycs"), python=True)
_SHELL = Launcher(valued=_words("-o -O +o +O --rcfile --init-file"))
_MPI = Launcher(
    valued=_words(
        "-n -np -c -N -x -H --host --hosts -host -hosts --hostfile -hostfile --machinefile -f "
        "-ppn --map-by --bind-to --rank-by -p --ssh-port --network-interface"
    ),
    two_values=_words("--mca -mca -genv -env --gmca"),
)
_ENVIRONMENT_RUN = Launcher(
    valued=_words("-n --name -p --prefix --cwd -e --environment --manifest-path"),
    subcommand=("run",),
)

LAUNCHERS = {
    "python": _PYTHON,
    "ipython": _PYTHON,
    "pdb": Launcher(valued=_words("-c"), python=True),
    "cProfile": Launcher(valued=_words("-o -s"), python=True),
    "kernprof": Launcher(valued=_words("-o -s -p -u"), python=True),
    "coverage": Launcher(
        flags=_words("--branch -p -a --append -L"), subcommand=("run",), python=True
    ),
    "debugpy": Launcher(valued=_words("--listen --connect --log-to"), python=True),
    "memray": Launcher(
        valued=_words("-o --output -p --live-port"), subcommand=("run",), python=True
    ),
    "py-spy": Launcher(
        flags=_words("-n --native -s --subprocesses --nonblocking"), subcommand=("record",)
    ),
    "torchrun": _TORCHRUN,
    "torch.distributed.run": _TORCHRUN,
    "torch.distributed.launch": _TORCHRUN,
    "accelerate": Launcher(
        flags=_words(
            "-q --quiet --cpu --multi_gpu --tpu --use_deepspeed --use_fsdp --use_megatron_lm "
            "--use_xpu --use_parallelism_config --same_network --tpu_use_cluster "
            "--no_tpu_use_cluster --tpu_use_sudo --debug --no_python --enable_cpu_affinity"
        ),
        subcommand=("launch",),
        python=True,
    ),
    "deepspeed": Launcher(
        flags=_words(
            "--no_python --no_local_rank --no_ssh --no_ssh_check --force_multi --save_pid"
        ),
        python=True,
    ),
    "composer": Launcher(flags=_words("-v --verbose"), python=True),
    "colossalai": Launcher(flags=_words("--ssh-port"), subcommand=("run",), python=True),
    "horovodrun": _MPI,
    "mpirun": _MPI,
    "mpiexec": _MPI,
    "orterun": _MPI,
    "srun": Launcher(
        flags=_words(
            "-l --label -u --unbuffered -v --verbose -Q --quiet --exclusive -K --pty -E -k -s -X "
            "-O --overcommit -H --hold --exact --overlap --contiguous -Z --no-allocate"
        )
    ),
    "env": Launcher(valued=_words("-u --unset -C --chdir"), assignments=True),
    "sudo": Launcher(valued=_words("-u -g -h -p -C -D --user --group"), assignments=True),
    "nohup": Launcher(),
    "setsid": Launcher(),
    "exec": Launcher(),
    "time": Launcher(valued=_words("-f --format -o --output")),
    "nice": Launcher(valued=_words("-n --adjustment")),
    "ionice": Launcher(valued=_words("-c -n --class --classdata")),
    "chrt": Launcher(positionals=1),
    "taskset": Launcher(positionals=1),
    "numactl": Launcher(valued=_words("-N -m -i -C -p")),
    "stdbuf": Launcher(valued=_words("-i -o -e")),
    "timeout": Launcher(valued=_words("-k -s --kill-after --signal"), positionals=1),
    "xvfb-run": Launcher(valued=_words("-n -s -e -f -w")),
    "caffeinate": Launcher(valued=_words("-t -w")),
    "nsys": Launcher(valued=_words("-o -t -w -y -d -s -c"), subcommand=("profile", "launch")),
    "ncu": Launcher(valued=_words("-o -k -c -s --set --section --metrics")),
    "uv": Launcher(
        valued=_words(
            "-p --python --project --directory --with --with-editable --with-requirements --extra "
            "--group --only-group --no-group --env-file --package --index --default-index "
            "--index-url --extra-index-url --find-links --color --config-file --cache-dir -w"
        ),
        subcommand=("run",),
        python=True,
    ),
    "poetry": Launcher(valued=_words("-C --directory -P --project"), subcommand=("run",)),
    "pipenv": Launcher(subcommand=("run",)),
    "pdm": Launcher(valued=_words("-p --project"), subcommand=("run",)),
    "rye": Launcher(subcommand=("run",)),
    "hatch": Launcher(valued=_words("-e --env -p --project"), subcommand=("run",)),
    "pixi": _ENVIRONMENT_RUN,
    "conda": _ENVIRONMENT_RUN,
    "mamba": _ENVIRONMENT_RUN,
    "micromamba": _ENVIRONMENT_RUN,
    "bash": _SHELL,
    "sh": _SHELL,
    "zsh": _SHELL,
    "dash": _SHELL,
    "Rscript": Launcher(valued=_words("-e")),
    "julia": Launcher(valued=_words("-t -p -L -J -C -H --project --threads --procs")),
    "node": Launcher(valued=_words("-r --require --import")),
}
_PYTHONS = re.compile(r"(python|pypy|ipython)[\d.]*w?", re.IGNORECASE)
# -m and -c: alone, behind other letters (-um), before their value (-mpkg.train); not in -Wmod.
_MODULE = re.compile(r"-[A-VYZa-z]*?(?P<letter>[mc])(?P<name>.*)", re.DOTALL)
_SHELLS = _words("bash sh zsh dash")
_SCRIPT = re.compile(r".*\.(py|pyc|sh|bash|R|r|jl|js|mjs|lua|pl|rb|ipynb)\Z")


def own_arguments(command: Sequence[str]) -> list[str]:
    """The arguments that the innermost script or program of a command gets."""
    rest = list(command)
    while rest:
        name = program_name(rest[0])
        launcher = LAUNCHERS.get(name)
        if launcher is None or _SCRIPT.match(rest[0]):
            return rest[1:]
        if name in _SHELLS:
            rest, found = _after_shell(launcher, rest[1:])
        else:
            rest, found = _after(launcher, rest[1:])
        if not found:
            return rest
    return []


def program_name(path: str) -> str:
    """`/usr/bin/python3.11` and `python.exe` → `python`."""
    name = re.split(r"[/\\]", path)[-1].removesuffix(".exe")
    return "python" if _PYTHONS.fullmatch(name) else name


def _after(launcher: Launcher, rest: list[str]) -> tuple[list[str], bool]:
    """What stands behind a launcher's own arguments.

    Returns:
        The rest from the program on and True, or the script's arguments and False.
    """
    wanted, own = launcher.subcommand, launcher.positionals
    while rest:
        argument = rest[0]
        if argument == "--":
            return rest[1:], True
        module = _MODULE.fullmatch(argument) if launcher is _PYTHON else None
        if module:
            return _after_module(module["letter"], module["name"], rest[1:])
        if launcher.python and not wanted and argument in ("-m", "--module"):
            return _after_module("m", "", rest[1:])
        if argument.startswith(("-", "+")) and argument != "-":
            rest = rest[1 + _values(launcher, rest) :]
        elif wanted and argument in wanted:
            wanted, rest = (), rest[1:]
        elif wanted:
            return rest, False  # another subcommand: the arguments are its own
        elif launcher.assignments and re.match(r"\w+=", argument):
            rest = rest[1:]
        elif own:
            own, rest = own - 1, rest[1:]
        else:
            return rest, True
    return [], False


def _after_module(letter: str, name: str, rest: list[str]) -> tuple[list[str], bool]:
    """Behind `-m pkg.train` or `-c code`; some modules are launchers themselves."""
    if not name:
        name, rest = (rest[0] if rest else ""), rest[1:]
    if letter == "m" and name in LAUNCHERS:
        return [name, *rest], True
    return rest, False


def _values(launcher: Launcher, rest: list[str]) -> int:
    """How many of the following arguments belong to the option at the front."""
    option, following = rest[0], rest[1:]
    if option in launcher.two_values:
        return 2
    if "=" in option or not following:
        return 0
    takes = (
        option not in launcher.flags if launcher.flags is not None else option in launcher.valued
    )
    if launcher.flags is not None and re.fullmatch(r"-\w.+", option):
        takes = False  # -n2
    value = following[0]
    if not takes or value.startswith("--") or _SCRIPT.match(value):
        return 0
    return 0 if launcher.flags is not None and program_name(value) in LAUNCHERS else 1


def _after_shell(launcher: Launcher, rest: list[str]) -> tuple[list[str], bool]:
    """`bash -eu train.sh 0.1`, and `bash -c 'python train.py --lr 1'` if it is one command."""
    while rest and rest[0].startswith(("-", "+")) and rest[0] != "--":
        if re.fullmatch(r"-[A-Za-z]*c", rest[0]):
            return _simple_command(rest[1] if len(rest) > 1 else ""), True
        takes = rest[0] in launcher.valued or re.fullmatch(r"-[a-z]+o", rest[0])
        rest = rest[2 if takes else 1 :]
    return rest[1:], False


def _simple_command(text: str) -> list[str]:
    try:
        words = list(shlex.shlex(text, posix=True, punctuation_chars=True))
        if any(re.fullmatch(r"[();<>|&]+", word) for word in words) or re.search(r"[$`\n]", text):
            return []
        words = shlex.split(text)
    except ValueError:
        return []
    while words and re.match(r"\w+=", words[0]):
        del words[0]
    return words
