"""Pickles put together by hand, opcode by opcode, and the files that torch keeps them in."""

import io
import pickle
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch

NONE, TRUE, FALSE, EMPTY, LIST, DICT, STOP = b"N", b"\x88", b"\x89", b")", b"]", b"}", b"."
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # how files of before torch 1.6 begin


def text(value: str) -> bytes:
    """BINUNICODE."""
    content = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(content)) + content


def number(value: int) -> bytes:
    """BININT, or LONG1 where that is too short."""
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    content = value.to_bytes(16, "little", signed=True)
    return b"\x8a" + bytes([len(content)]) + content


def name(module: str, what: str) -> bytes:
    """GLOBAL."""
    return f"c{module}\n{what}\n".encode()


def several(*parts: bytes) -> bytes:
    """MARK, TUPLE."""
    return b"(" + b"".join(parts) + b"t"


def numbers(*values: int) -> bytes:
    """A tuple of whole numbers."""
    return several(*map(number, values))


def call(function: bytes, *arguments: bytes) -> bytes:
    """REDUCE."""
    return function + several(*arguments) + b"R"


def table(**values: bytes) -> bytes:
    """A dict, by SETITEMS."""
    return DICT + b"(" + b"".join(text(key) + value for key, value in values.items()) + b"u"


def ordered(state: bytes, **values: bytes) -> bytes:
    """An OrderedDict whose attributes are set by BUILD."""
    inside = b"".join(text(key) + value for key, value in values.items())
    return call(name("collections", "OrderedDict")) + b"(" + inside + b"u" + state + b"b"


def storage(key: str, length: int, kind: str = "FloatStorage") -> bytes:
    """A storage, by its persistent id."""
    return several(text("storage"), name("torch", kind), text(key), text("cpu"), number(length)) + b"Q"


def tensor(held: bytes, size: tuple[int, ...], stride: tuple[int, ...], offset: int = 0, more: bytes = b"") -> bytes:
    """A tensor over a storage, as torch saves one."""
    hooks = call(name("collections", "OrderedDict"))
    rest = (number(offset), numbers(*size), numbers(*stride), FALSE, hooks, more)
    return call(name("torch._utils", "_rebuild_tensor_v2"), held, *rest)


def floats(count: int) -> bytes:
    """Bytes of so many float32."""
    return struct.pack(f"<{count}f", *range(count))


def zipped(path: Path, pickled: bytes, storages: Mapping[str, bytes] | None = None) -> Path:
    """The archive that torch.save writes since 1.6."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + pickled + STOP)
        archive.writestr("archive/byteorder", "little")
        for key, content in (storages or {}).items():
            archive.writestr(f"archive/data/{key}", content)
        archive.writestr("archive/version", "3\n")
    return path


def legacy(path: Path, pickled: bytes, *, system: bytes | None = None, keys: bytes | None = None) -> Path:
    """The row of five pickles that torch.save wrote before 1.6; each can be replaced."""
    about = pickle.dumps({"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {}}, 2)
    head = pickle.dumps(MAGIC, 2) + pickle.dumps(PROTOCOL, 2) + (system or about)
    path.write_bytes(head + b"\x80\x02" + pickled + STOP + (keys or pickle.dumps([], 2)))
    return path


def saved(content: object, *, new: bool = True) -> bytes:
    """What torch.save writes."""
    stream = io.BytesIO()
    torch.save(content, stream, _use_new_zipfile_serialization=new)
    return stream.getvalue()
