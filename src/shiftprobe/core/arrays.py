"""Arrays from an .npz file in a folder of results: no pickles, and a bound on what it unpacks to."""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import MADE_ANEW, read_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_PACKED = 2**29  # bytes of the file
MAX_UNPACKED = 2**30  # bytes of the arrays that are asked for
MAX_MEMBERS = 10_000
MAX_HEADER = 10_000  # characters of an array's own header
MAX_HEADERS = 256  # that are kept, so that equal ones are parsed once
NUMBERS_AND_TEXT = "biufU"  # kinds of a dtype
ENTRY = b"PK\x01\x02"  # begins every entry of a zip's directory
SUFFIX = ".npy"
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error)


def read_arrays(
    path: Path, names: Collection[str] | None = None, *, most: int = MAX_UNPACKED
) -> "dict[str, NDArray[Any]]":
    """Arrays by name.

    Args:
        path: an .npz file.
        names: which arrays; all when None. Only these are unpacked.
        most: bytes that they may unpack to together.

    Returns:
        Arrays of numbers, truth values or text, in the order of the file.

    Raises:
        FileNotFoundError: when nothing is there.
        RunError: when it is no such file, is cut, lacks one of `names`, or holds or unpacks to something else.
    """
    content = read_bytes(path, MAX_PACKED)
    try:
        return _read(content, names, most)
    except (ValueError, KeyError, EOFError, OSError, RuntimeError, OverflowError, *BROKEN) as error:
        raise RunError(f"{escape(path)}: wanted arrays (.npz), got: {escape(error)}; {MADE_ANEW}") from None


def _read(content: bytes, names: Collection[str] | None, most: int) -> "dict[str, NDArray[Any]]":
    if content.count(ENTRY) > MAX_MEMBERS:
        raise ValueError(f"more than {MAX_MEMBERS:,} arrays")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        chosen = _chosen(archive.infolist(), names)
        if (size := sum(one.file_size for one in chosen)) > most:
            raise ValueError(f"arrays that unpack to {size:,} bytes, more than {most:,}")
        return {one.filename.removesuffix(SUFFIX): _array(_unpacked(archive, one)) for one in chosen}


def _chosen(members: list[zipfile.ZipInfo], names: Collection[str] | None) -> list[zipfile.ZipInfo]:
    found = {one.filename.removesuffix(SUFFIX): one for one in members if one.filename.endswith(SUFFIX)}
    if len(found) < len(members):
        raise ValueError("a name twice, or something that is no array")
    missing = [name for name in names or () if name not in found]
    if missing:
        raise ValueError(f"no array named {escape(missing[0])}")
    return [one for name, one in found.items() if names is None or name in names]


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of a member: never more than its size says, and with its checksum."""
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError("an unusual compression")
    with archive.open(member) as file:
        content = file.read(member.file_size)
    if len(content) < member.file_size:
        raise EOFError("a file that is cut")
    return content


def _array(content: bytes) -> "NDArray[Any]":
    """The array in the bytes of an .npy file, whose header may promise nothing that the bytes do not hold."""
    import numpy as np

    shape, fortran, dtype, start = _header(content[: _header_end(content)])
    if dtype.kind not in NUMBERS_AND_TEXT or min(shape, default=0) < 0:
        raise ValueError(f"an array of {escape(dtype)}")
    if math.prod(shape) * dtype.itemsize != len(content) - start:
        raise ValueError(f"an array of {len(content) - start:,} bytes that says it is {escape(dtype)} of shape {shape}")
    flat = np.frombuffer(content, dtype, offset=start) if len(content) > start else np.empty(0, dtype)
    if dtype.kind == "U":
        _check_text(flat)
    whole = flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)
    return whole.copy()


def _header_end(content: bytes) -> int:
    """Where the header should end by its own count of bytes; what is cut or odd is told when it is read."""
    wide = content[6:7] != b"\x01"
    return 12 + int.from_bytes(content[8:12], "little") if wide else 10 + int.from_bytes(content[8:10], "little")


@lru_cache(maxsize=MAX_HEADERS)
def _header(begin: bytes) -> "tuple[tuple[int, ...], bool, np.dtype[Any], int]":
    """Shape, order, dtype and length of a header; a run has few different ones and reads each ten thousand times."""
    from numpy.lib import format as npy

    stream = io.BytesIO(begin)
    headers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    version = npy.read_magic(stream)
    if version not in headers:
        raise ValueError(f"version {version} of the format")
    shape, fortran, dtype = headers[version](stream, max_header_size=MAX_HEADER)
    return shape, fortran, dtype, stream.tell()


def _check_text(texts: "NDArray[Any]") -> None:
    import numpy as np

    letters = np.ascontiguousarray(texts).view(texts.dtype.byteorder.replace("|", "=") + "u4")
    if (letters > 0x10FFFF).any() or ((letters >= 0xD800) & (letters < 0xE000)).any():  # noqa: PLR2004 - Unicode's ends
        raise ValueError("text that is no Unicode")
