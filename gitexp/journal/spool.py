"""A checkpoint on its way into git: what the training waits for, a folder with two files.

    state.safetensors   the tensors, as the safetensors library writes them
    skeleton.json       everything else (schema/state); not there for a file that a script wrote

The folder is filled under a temporary name and renamed at the end, so it is there as a whole or
not at all. Nothing is synced to disk: whoever puts it into git does that.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from gitexp.errors import JournalProblem, MalformedCheckpoint
from gitexp.schema.names import SKELETON, STATE
from gitexp.schema.state import EncodedState, LeftOut, arrays, encode_state
from gitexp.schema.state.selection import check_known, load_state
from gitexp.schema.tensorfile import read_header

_COPY_BYTES = 8 * 1024 * 1024
_NOTHING = (ctypes.c_ubyte * 8)()  # where empty tensors are said to be
# Overwriting a file while it is copied is noticed, and the copy is made again.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Spooled:
    """What lies in the folder."""

    bytes: int  # of state.safetensors
    tensors: int
    left_out: tuple[LeftOut, ...] = ()


def spool_state(folder: Path, obj: object, *, strict: bool = True) -> Spooled:
    """Write an object's tensors and skeleton into a new folder.

    Args:
        folder: must not exist; the folders above it are made.
        obj: see `encode_state`.
        strict: False leaves out what cannot be stored.

    Raises:
        NotStorable: a part of the object has no plain form; nothing was written.
        JournalProblem, OSError: the disk does not take it; nothing is left behind.
    """
    return spool_encoded(folder, encode_state(obj, strict=strict))


def spool_encoded(folder: Path, encoded: EncodedState) -> Spooled:
    """Write what `encode_state` made into a new folder.

    Raises:
        JournalProblem, OSError: the disk does not take it; nothing is left behind.
    """
    skeleton = json.dumps(encoded.skeleton, separators=(",", ":")).encode() + b"\n"

    def fill(temporary: Path) -> None:
        _write_tensors(encoded.tensors, temporary / STATE)
        (temporary / SKELETON).write_bytes(skeleton)

    size = _make(folder, fill)
    return Spooled(size, len(encoded.tensors), encoded.left_out)


def spool_file(folder: Path, source: Path) -> Spooled:
    """Take over a .safetensors file that somebody else wrote, and may overwrite at any time.

    The content is copied, by the file system itself where it can share it (reflink); a hard link
    would change with the file.

    Args:
        folder: must not exist; the folders above it are made.
        source: a whole safetensors file.

    Raises:
        JournalProblem: it is no safetensors file, or it is being written right now.
        OSError: it cannot be read, or the disk does not take the copy; nothing is left behind.
    """
    tensors = 0

    def fill(temporary: Path) -> None:
        nonlocal tensors
        for _ in range(_TRIES):
            with source.open("rb") as file, (temporary / STATE).open("wb") as copy:
                before = _identity(file)
                copy_file(file, copy, os.fstat(file.fileno()).st_size)
                # A writer that replaces the file by a rename leaves the one that we read alone.
                if _identity(file) == before:
                    break
        else:
            raise JournalProblem(f"{source} is being written all the time")
        try:
            with (temporary / STATE).open("rb") as copy:
                tensors = len(read_header(copy, os.fstat(copy.fileno()).st_size).tensors)
        except ValueError as error:
            raise JournalProblem(f"{source} cannot be kept as a checkpoint: {error}") from error

    size = _make(folder, fill)
    return Spooled(size, tensors)


def read_spool(folder: Path, names: Sequence[str] | None = None, device: Any = None) -> Any:
    """The object in a folder, or some of its tensors; see `load_state`.

    Args:
        folder: as `spool_state` or `spool_file` made it.
        names: only these tensors, by name or glob.
        device: where torch tensors are put; None: the CPU.

    Raises:
        FileNotFoundError: the folder is gone, as its run is in git now.
        TensorNotFound, MalformedCheckpoint: as for `load_state`.
    """
    with (folder / STATE).open("rb", buffering=0) as file:
        skeleton = None
        try:
            header = read_header(file, os.fstat(file.fileno()).st_size)
            if (folder / SKELETON).exists():
                skeleton = json.loads((folder / SKELETON).read_bytes())
        except ValueError as error:
            raise MalformedCheckpoint(str(folder), str(error)) from error
        known = {tensor.name: tensor for tensor in header.tensors}

        def read(wanted: Mapping[str, str]) -> dict[str, Any]:
            check_known(list(wanted), known)
            done = {}
            for name, framework in wanted.items():
                tensor = known[name]
                done[name], memory = arrays.empty(tensor.dtype, tensor.shape, framework)
                file.seek(header.data_start + tensor.begin)
                while memory:
                    n = file.readinto(memory)
                    if not n:
                        raise MalformedCheckpoint(str(folder / STATE), "it became shorter")
                    memory = memory[n:]
                if device is not None and framework == arrays.TORCH:
                    done[name] = done[name].to(device)
            return done

        return load_state(skeleton, header, read, names)


def check_spool(folder: Path) -> None:
    """Refuse a folder that a power loss left half of; that its data is right cannot be seen.

    Raises:
        MalformedCheckpoint: what is no tensor was lost. Whoever reads the tensors looks at those.
    """
    try:
        json.loads((folder / SKELETON).read_bytes())
    except FileNotFoundError:
        return
    except ValueError as error:
        raise MalformedCheckpoint(str(folder / SKELETON), str(error)) from error


def _make(folder: Path, fill: Callable[[Path], None]) -> int:
    """Fill a folder under a temporary name, give it its own, return the size of its tensors."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name[:100]}.{os.urandom(6).hex()}")
    temporary.mkdir()
    try:
        fill(temporary)
        size = (temporary / STATE).stat().st_size
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return size


def _write_tensors(tensors: Mapping[str, Any], path: Path) -> None:
    from safetensors import SafetensorError

    try:
        _save_file(tensors, path)
    except SafetensorError as error:  # the library's word for a full disk, too
        raise JournalProblem(f"cannot write {path}: {error}") from error


def _save_file(tensors: Mapping[str, Any], path: Path) -> None:
    import safetensors

    # What the library's save_file does with a tensor before it writes costs more than the
    # writing where tensors are small; they are contiguous and share no memory, see memory.place.
    if not hasattr(safetensors, "TensorSpec") or sys.byteorder != "little":
        _save_slowly(tensors, path)
        return
    kept = [_on_host(tensor) for tensor in tensors.values()]  # while their memory is written
    specs = {name: _spec(tensor) for name, tensor in zip(tensors, kept, strict=True)}
    safetensors.serialize_file(specs, path)


def _on_host(value: Any) -> Any:
    """A tensor or array in the host's memory, row-major."""
    if not hasattr(value, "is_contiguous"):
        return value
    return (value if value.is_cpu else value.to("cpu")).contiguous()


def _spec(value: Any) -> Any:
    from safetensors import TensorSpec

    if hasattr(value, "data_ptr"):
        address, name = value.data_ptr(), str(value.dtype).removeprefix("torch.")
    else:
        address, name = value.__array_interface__["data"][0], value.dtype.name
    size = value.nbytes
    address = address if size else ctypes.addressof(_NOTHING)
    return TensorSpec(dtype=name, shape=value.shape, data_ptr=address, data_len=size)


def _save_slowly(tensors: Mapping[str, Any], path: Path) -> None:
    """By what older versions of the library have."""
    torch = sys.modules.get("torch")
    if torch is not None and any(isinstance(t, torch.Tensor) for t in tensors.values()):
        from safetensors.torch import save_file as save_tensors

        save_tensors({name: _as_tensor(t, torch) for name, t in tensors.items()}, path)
    else:
        from safetensors.numpy import save_file as save_arrays

        save_arrays(dict(tensors), path)


def _as_tensor(value: Any, torch: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value
    # By its name, for torch does not know all of C's names for one type (ulonglong).
    array = value.view(value.dtype.name)
    # torch warns of memory that must not be written to, although nobody writes to it here, and
    # refuses negative strides, which a single element may have.
    if not array.flags.writeable or any(stride < 0 for stride in array.strides):
        array = array.copy()
    return torch.from_numpy(array)


def _identity(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns


def copy_file(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Copy a file's bytes, by the file system itself where it can.

    Raises:
        OSError: it cannot be read, or the disk does not take the copy.
    """
    done = 0
    if hasattr(os, "copy_file_range"):
        try:
            while done < size:
                n = os.copy_file_range(source.fileno(), target.fileno(), size - done)
                if n == 0:
                    return
                done += n
        except OSError:
            # Between these two file systems it does not work; the plain way says what is wrong.
            source.seek(done)
            target.seek(done)
    if done < size:
        shutil.copyfileobj(source, target, _COPY_BYTES)
