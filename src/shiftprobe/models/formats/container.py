"""What kind of file somebody calls a checkpoint, told from its bytes before any library opens it."""

import io
import re
import stat
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape

Kind: TypeAlias = Literal["torch", "safetensors"]

SAVE_STATE = "save model.state_dict() and give that file"
_WANTED = "wanted a PyTorch state dict or safetensors"
_KERAS = "in Keras: model.export('model.onnx', format='onnx'), which an audit reads"
_TF2ONNX = "`python -m tf2onnx.convert` makes ONNX of it, which an audit reads"
_STRANGERS = {
    b"version https://git-lfs": "a Git LFS pointer, not the weights; run `git lfs pull`",
    b"<": "an HTML or XML page, not weights; download the file itself",
    b"{": "JSON text, not weights",
    b"\x1f\x8b": "a gzip file; unpack it first",
    b"BZh": "a bzip2 file; unpack it first",
    b"\xfd7zXZ": "an xz file; unpack it first",
    b"7z\xbc\xaf": "a 7z file; unpack it first",
    b"\x28\xb5\x2f\xfd": "a Zstandard file; unpack it first",
    b"\x89HDF": f"a Keras or HDF5 file; {_KERAS}",
    b"\x93NUMPY": f"a NumPy array; {_WANTED}",
    b"GGUF": f"a GGUF file; {_WANTED}",
}
_ELSEWHERE = {4: (b"TFL3", f"a TensorFlow Lite model; {_TF2ONNX}"), 257: (b"ustar", "a tar archive; unpack it first")}
PROTOBUF = re.compile(rb"\x08[\x01-\x14](?:[\x12\x1a]|:)")
"""How an ONNX model (version, then producer) and a TensorFlow saved model (version, then graph) begin."""
_PROGRAM = (
    "a torch.export program (.pt2), whose loading can run code; where you trust it: "
    "torch.save(torch.export.load(FILE).state_dict, 'weights.pt'), and give that file"
)
_MEMBERS = {  # how a member of an archive is called, and what the archive then is
    "/constants.pkl": "a TorchScript program; where you trust it: "
    "torch.save(torch.jit.load(FILE).state_dict(), 'weights.pt'), and give that file",
    "archive_format": _PROGRAM,
    "exported_program.json": _PROGRAM,
    "model.weights.h5": f"a Keras model; {_KERAS}",
    ".npy": f"NumPy arrays (.npz); {_WANTED}",
}
_UNPACK = "wanted a file that torch.save wrote"
_MEMBER = b"PK\x01\x02"  # how the entry of a member begins
MAX_TENSORS = 100_000  # of a checkpoint, and members of its archive; the largest classifiers hold a few thousand
MAX_HEADER = 16 * 2**20  # bytes of the names in a safetensors file
_FREE, _RATIO = 64 * 2**20, 20  # bytes that an archive may always unpack to, and how many for each of its own


def check_there(path: Path) -> None:
    """Refuse a path at which no file lies.

    Raises:
        CheckpointError: when it is missing, no regular file, or behind a closed folder.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise CheckpointError(f"{escape(path)}: wanted a file with weights, got a folder or device")
    except FileNotFoundError:
        raise CheckpointError(f"{escape(path)}: no such file") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{escape(path)}: cannot be read: {escape(error)}") from None


def read(path: Path, budget_bytes: int) -> bytes:
    """The bytes of a regular file, read once, so that what is checked is what is loaded.

    Raises:
        CheckpointError: when it is missing, no regular file, unreadable, or larger than the budget.
    """
    check_there(path)
    try:
        found = path.stat()
        with path.open("rb") as file:  # a file beyond the budget is not read to be told so
            content = file.read(found.st_size + 1) if found.st_size <= budget_bytes else b""
    except FileNotFoundError:
        raise CheckpointError(f"{escape(path)}: no such file") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{escape(path)}: cannot be read: {escape(error)}") from None
    if max(len(content), found.st_size) > budget_bytes:
        raise CheckpointError(
            f"{escape(path)}: wanted at most {budget_bytes:,} bytes for this model, got more; is it another's file?"
        )
    return content


def kind(path: Path, content: bytes, budget_bytes: int) -> Kind:
    """Which loader the bytes are for.

    Raises:
        CheckpointError: when they are for none, saying what the file seems to be, or when its archive is
            damaged, ambiguous or unpacks to more than the budget.
    """
    if content.startswith(b"PK"):
        _check_zip(path, content, budget_bytes)
        return "torch"
    if content.startswith(b"\x80"):  # a pickle, as torch.save wrote before 1.6
        return "torch"
    header = int.from_bytes(content[:8], "little")
    if content[8:9] == b"{":
        if header > len(content) - 8:
            raise CheckpointError(f"{escape(path)}: a damaged safetensors file; was the download cut off?")
        if header > MAX_HEADER:
            raise CheckpointError(
                f"{escape(path)}: wanted a safetensors header of at most {MAX_HEADER:,} bytes, got {header:,}; "
                f"{SAVE_STATE}"
            )
        return "safetensors"
    raise CheckpointError(f"{escape(path)}: {stranger(content)}")


def stranger(content: bytes) -> str:
    """What a file is that holds no weights we could read."""
    if not content:
        return "the file is empty; was the download cut off?"
    start = content[:512].lstrip()
    for magic, what in _STRANGERS.items():
        if start.startswith(magic):
            return what
    for at, (magic, what) in _ELSEWHERE.items():
        if content[at : at + len(magic)] == magic:
            return what
    if PROTOBUF.match(content):
        where = "audits alone look at ONNX: `shiftprobe audit FILE`; runs train, and need the network it came from"
        return f"an ONNX or TensorFlow model; {_WANTED} ({where})"
    return f"neither a PyTorch state dict nor safetensors; {SAVE_STATE}"


def check_count(path: Path, count: int) -> None:
    """Refuse more tensors than any classifier holds.

    Raises:
        CheckpointError: saying how many there are.
    """
    if count > MAX_TENSORS:
        raise CheckpointError(f"{escape(path)}: wanted at most {MAX_TENSORS:,} tensors, got {count:,}; {SAVE_STATE}")


def _check_zip(path: Path, content: bytes, budget_bytes: int) -> None:
    check_count(path, content.count(_MEMBER))  # before each is looked at
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _check_members(path, archive.infolist(), budget_bytes)
        _check_ratio(path, len(content), sum(member.file_size for member in archive.infolist()))
        broken = archive.testzip()
    except (CheckpointError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - zipfile raises half a dozen kinds on hostile bytes
        raise CheckpointError(
            f"{escape(path)}: a damaged archive ({escape(error)}); was the download cut off?"
        ) from None
    if broken is not None:
        raise CheckpointError(f"{escape(path)}: {escape(broken)} does not match its checksum; the file is damaged")


def _check_ratio(path: Path, packed: int, unpacked: int) -> None:
    """Weights hardly shrink, and torch.save does not even try."""
    if unpacked > max(_FREE, _RATIO * packed):
        raise CheckpointError(f"{escape(path)}: {packed:,} bytes that unpack to {unpacked:,}; {_UNPACK}")


def _check_members(path: Path, members: list[zipfile.ZipInfo], budget_bytes: int) -> None:
    names = Counter(member.filename.lower() for member in members)  # torch takes `DATA.PKL` for `data.pkl`
    doubled = [name for name, count in names.items() if count > 1]
    if doubled:
        raise CheckpointError(f"{escape(path)}: the archive holds {escape(doubled[0])} twice; {_UNPACK}")
    for name in names:
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts:
            raise CheckpointError(f"{escape(path)}: the archive holds {escape(name)}, which leads out of it; {_UNPACK}")
    for end, what in _MEMBERS.items():
        if any(name.endswith(end) for name in names):
            raise CheckpointError(f"{escape(path)}: {what}")
    if not any(name.endswith("/data.pkl") for name in names):
        raise CheckpointError(f"{escape(path)}: a zip archive, but no PyTorch state dict; {_UNPACK}")
    total = sum(member.file_size for member in members)
    if total > budget_bytes:
        raise CheckpointError(f"{escape(path)}: wanted at most {budget_bytes:,} bytes, it unpacks to {total:,}")
