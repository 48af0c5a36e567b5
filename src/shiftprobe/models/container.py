"""What kind of file somebody calls a checkpoint, told from its bytes before any library opens it."""

import io
import stat
import zipfile
from collections import Counter
from pathlib import Path
from typing import Literal, TypeAlias

from shiftprobe.errors import CheckpointError
from shiftprobe.show import show

Kind: TypeAlias = Literal["torch", "safetensors"]

SAVE_STATE = "save model.state_dict() and give that file"
_STRANGERS = {
    b"version https://git-lfs": "a Git LFS pointer, not the weights; run `git lfs pull`",
    b"<": "an HTML or XML page, not weights; download the file itself",
    b"{": "JSON text, not weights",
    b"\x1f\x8b": "a gzip file; unpack it first",
    b"\x89HDF": "a Keras or HDF5 file; wanted a PyTorch state dict or safetensors",
    b"\x93NUMPY": "a NumPy array; wanted a PyTorch state dict or safetensors",
}
_UNPACK = "wanted a file that torch.save wrote"


def read(path: Path, budget_bytes: int) -> bytes:
    """The bytes of a regular file, read once, so that what is checked is what is loaded.

    Raises:
        CheckpointError: when it is missing, no regular file, unreadable, or larger than the budget.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise CheckpointError(f"{show(path)}: wanted a file with weights, got a folder or device")
        with path.open("rb") as file:
            content = file.read(budget_bytes + 1)
    except FileNotFoundError:
        raise CheckpointError(f"{show(path)}: no such file") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{show(path)}: cannot be read: {show(error)}") from None
    if len(content) > budget_bytes:
        raise CheckpointError(
            f"{show(path)}: wanted at most {budget_bytes:,} bytes for this model, got more; is it another's file?"
        )
    return content


def kind(path: Path, content: bytes, budget_bytes: int) -> Kind:
    """Which loader the bytes are for.

    Raises:
        CheckpointError: when they are for none, saying what the file seems to be, or when its archive is
            damaged, ambiguous or unpacks to more than the budget.
    """
    if not content:
        raise CheckpointError(f"{show(path)}: the file is empty; was the download cut off?")
    if content.startswith(b"PK"):
        _check_zip(path, content, budget_bytes)
        return "torch"
    if content.startswith(b"\x80"):  # a pickle, as torch.save wrote before 1.6
        _check_pickle(path, content)
        return "torch"
    header = int.from_bytes(content[:8], "little")
    if content[8:9] == b"{":
        if header > len(content) - 8:
            raise CheckpointError(f"{show(path)}: a damaged safetensors file; was the download cut off?")
        return "safetensors"
    for start, what in _STRANGERS.items():
        if content.lstrip().startswith(start):
            raise CheckpointError(f"{show(path)}: {what}")
    raise CheckpointError(f"{show(path)}: neither a PyTorch state dict nor safetensors; {SAVE_STATE}")


def _check_pickle(path: Path, pickled: bytes) -> None:
    """Refuse the one call that torch lets through and that fills memory with a number: `bytearray(2_000_000_000)`."""
    if b"\nbytearray\n" in pickled:
        raise CheckpointError(f"{show(path)}: it asks for a bytearray, which no weights need; {SAVE_STATE}")


def _check_zip(path: Path, content: bytes, budget_bytes: int) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _check_members(path, archive.infolist(), budget_bytes)
        broken = archive.testzip()
        for name in archive.namelist():
            if name.endswith("/data.pkl"):
                _check_pickle(path, archive.read(name))
    except CheckpointError:
        raise
    except Exception as error:  # noqa: BLE001 - zipfile raises half a dozen kinds on hostile bytes
        raise CheckpointError(f"{show(path)}: a damaged archive ({show(error)}); was the download cut off?") from None
    if broken is not None:
        raise CheckpointError(f"{show(path)}: {show(broken)} does not match its checksum; the file is damaged")


def _check_members(path: Path, members: list[zipfile.ZipInfo], budget_bytes: int) -> None:
    names = Counter(member.filename for member in members)
    doubled = [name for name, count in names.items() if count > 1]
    if doubled:
        raise CheckpointError(f"{show(path)}: the archive holds {show(doubled[0])} twice; {_UNPACK}")
    if any(name.endswith("/constants.pkl") for name in names):
        raise CheckpointError(f"{show(path)}: a TorchScript program; {SAVE_STATE}")
    if not any(name.endswith("/data.pkl") for name in names):
        raise CheckpointError(f"{show(path)}: a zip archive, but no PyTorch state dict; {_UNPACK}")
    total = sum(member.file_size for member in members)
    if total > budget_bytes:
        raise CheckpointError(f"{show(path)}: wanted at most {budget_bytes:,} bytes, it unpacks to {total:,}")
