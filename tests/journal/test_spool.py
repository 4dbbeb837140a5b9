"""A spooled checkpoint is there as a whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch

from gitexp.errors import JournalProblem, NotStorable
from gitexp.journal import spool
from gitexp.journal.spool import spool_file, spool_state
from gitexp.schema.names import SKELETON, STATE
from gitexp.schema.state.leaves import TORCH_NAMES


def test_flat_state_dict_is_the_librarys_own_file(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    state = {**model.state_dict(), "half": torch.ones(3, dtype=torch.bfloat16)}
    spooled = spool_state(tmp_path / "a" / "0001-last", state)
    content = (tmp_path / "a" / "0001-last" / STATE).read_bytes()
    assert content == safetensors.torch.save(state)
    assert (spooled.bytes, spooled.tensors, spooled.left_out) == (len(content), 8, ())


def test_arrays_alone_and_with_tensors(tmp_path: Path) -> None:
    arrays = {"a": np.arange(3, dtype=np.uint32), "b": np.zeros((2, 0))}
    spool_state(tmp_path / "arrays", arrays)
    assert (tmp_path / "arrays" / STATE).read_bytes() == safetensors.numpy.save(arrays)
    frozen = np.arange(4, dtype=np.uint64)
    frozen.flags.writeable = False
    odd = {"e": np.arange(3)[:1][::-1], "f": np.ones(2, np.ulonglong), "g": np.array(7, "q")}
    spool_state(tmp_path / "both", {**arrays, "c": torch.ones(2), "d": frozen, **odd})
    back = safetensors.torch.load_file(tmp_path / "both" / STATE)
    assert [back[name].tolist() for name in "efg"] == [[0], [1, 1], 7]
    assert back["a"].tolist() == [0, 1, 2]
    assert back["d"].tolist() == [0, 1, 2, 3]


def test_every_dtype_is_written_as_the_library_would_and_older_versions_of_it_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {
        name: torch.arange(12, dtype=torch.uint8).view(getattr(torch, name))
        for code, name in TORCH_NAMES.items()
        if code not in ("BOOL", "F64", "I64", "U64", "C64")
    }
    state |= {"bool": torch.ones(3, dtype=torch.bool), "i64": torch.tensor(7)}
    state |= {"c64": torch.ones(2, dtype=torch.complex64), "none": torch.empty(0, 3)}
    state |= {'"ü"\n': torch.ones(2, 3).t().contiguous()}
    spool_state(tmp_path / "new", state)
    written = (tmp_path / "new" / STATE).read_bytes()
    assert written == safetensors.torch.save(state)
    monkeypatch.delattr(safetensors, "TensorSpec")
    spool_state(tmp_path / "old", state)
    assert (tmp_path / "old" / STATE).read_bytes() == written
    test_arrays_alone_and_with_tensors(tmp_path)


def test_no_tensors_at_all(tmp_path: Path) -> None:
    assert spool_state(tmp_path / "x", {"epoch": 3}).tensors == 0
    skeleton = json.loads((tmp_path / "x" / SKELETON).read_bytes())
    assert skeleton == {"format": 1, "root": {"epoch": 3}}


def test_refused_state_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotStorable):
        spool_state(tmp_path / "x" / "y", {"w": torch.ones(2), "f": print})
    assert not (tmp_path / "x").exists()
    spooled = spool_state(tmp_path / "y", {"w": torch.ones(2), "f": print}, strict=False)
    assert [item.where for item in spooled.left_out] == ["f"]


def test_full_disk_leaves_nothing(tmp_path: Path) -> None:
    # A limit on the size of files stands in for the disk's end.
    code = (
        "import resource, signal, sys, torch, pathlib\n"
        "from gitexp.journal.spool import spool_state\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    spool_state(pathlib.Path(sys.argv[1]) / 'x', {'w': torch.ones(1_000_000)})\n"
        "except Exception as error:\n"
        "    print(type(error).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "JournalProblem\n"
    assert os.listdir(tmp_path) == []


def test_killed_while_writing_leaves_no_half_checkpoint(tmp_path: Path) -> None:
    code = (
        "import sys, torch, pathlib\n"
        "from gitexp.journal.spool import spool_state\n"
        "state = {'w': torch.ones(8_000_000), 'epoch': 1}\n"
        "print('ready', flush=True)\n"
        "for i in range(1000):\n"
        "    spool_state(pathlib.Path(sys.argv[1]) / f'{i:04d}-last', state)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    deadline = time.monotonic() + 30
    while not (tmp_path / "0001-last").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    whole = [folder for folder in tmp_path.iterdir() if not folder.name.startswith(".")]
    assert len(whole) >= 2
    for folder in whole:
        assert set(os.listdir(folder)) == {STATE, SKELETON}
        assert safetensors.torch.load_file(folder / STATE)["w"].sum() == 8_000_000


# Files of others -----------------------------------------------------------------------------


def write_file(path: Path, **tensors: torch.Tensor) -> bytes:
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt", "step": "7"})
    return path.read_bytes()


def test_file_is_copied_and_may_then_be_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "model.safetensors"
    content = write_file(source, a=torch.ones(1000), b=torch.zeros(3))
    spooled = spool_file(tmp_path / "s", source)
    with source.open("r+b") as file:
        file.write(b"\0" * 200)
    assert (tmp_path / "s" / STATE).read_bytes() == content
    assert (spooled.bytes, spooled.tensors) == (len(content), 2)
    assert os.listdir(tmp_path / "s") == [STATE]


def test_file_is_copied_where_the_kernel_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "model.safetensors"
    content = write_file(source, a=torch.arange(5000.0))
    real = getattr(os, "copy_file_range", None)

    def only_a_little(src: int, dst: int, count: int) -> int:
        if os.lseek(dst, 0, os.SEEK_CUR) >= 1000 or real is None:
            raise OSError(18, "Invalid cross-device link")
        return int(real(src, dst, 1000))

    monkeypatch.setattr(os, "copy_file_range", only_a_little, raising=False)
    spool_file(tmp_path / "s", source)
    assert (tmp_path / "s" / STATE).read_bytes() == content


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: b"",
        lambda content: content[:20],
        lambda content: b"PK\x03\x04 a zip archive, pickled".ljust(100),
        lambda content: content.replace(b"[0,40]", b"[4,44]"),
        lambda content: content.replace(b'"F32"', b'"F99"'),
    ],
)
def test_what_is_no_whole_file_is_refused(tmp_path: Path, spoil: Any) -> None:
    source = tmp_path / "model.safetensors"
    source.write_bytes(spoil(write_file(source, a=torch.ones(10))))
    with pytest.raises(JournalProblem, match=r"model\.safetensors cannot be kept"):
        spool_file(tmp_path / "s", source)
    assert os.listdir(tmp_path) == ["model.safetensors"]


def test_file_that_changes_meanwhile_is_copied_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "model.safetensors"
    write_file(source, a=torch.ones(10))
    real_copy, copies = spool.copy_file, []

    def copy_then_touch(*args: Any) -> None:
        real_copy(*args)
        copies.append(1)
        if len(copies) < limit:
            os.utime(source, ns=(len(copies), len(copies)))

    monkeypatch.setattr(spool, "copy_file", copy_then_touch)
    limit = 2
    spool_file(tmp_path / "s", source)
    assert len(copies) == 2
    limit = 100
    with pytest.raises(JournalProblem, match="being written all the time"):
        spool_file(tmp_path / "t", source)
    assert not (tmp_path / "t").exists()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_memory_of_a_copied_file_does_not_grow_with_it(tmp_path: Path) -> None:
    write_file(tmp_path / "model.safetensors", a=torch.ones(20_000_000))
    code = (
        "import os, pathlib, sys\n"
        "from gitexp.journal.spool import spool_file\n"
        "if hasattr(os, 'copy_file_range'):\n"
        "    def refuse(*args): raise OSError(18, 'Invalid cross-device link')\n"
        "    os.copy_file_range = refuse\n"
        "def peak():\n"
        "    # ru_maxrss is inherited from the process that started this one\n"
        "    text = pathlib.Path('/proc/self/status').read_text()\n"
        "    return int(text.split('VmHWM:')[1].split()[0])\n"
        "before, top = peak(), pathlib.Path(sys.argv[1])\n"
        "spool_file(top / 's', top / 'model.safetensors')\n"
        "print(peak() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, check=True
    )
    assert int(done.stdout) < 30 * 1024  # KiB, for 76 MiB
