"""Safetensors whose header lies."""

import functools
import json
import struct
from pathlib import Path
from typing import Any

from safetensors.torch import save
from tests.hostile.cases import Case
from tests.hostile.model import weights

NAME = "3.bias"


def _file(header: bytes, data: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def _parts() -> tuple[dict[str, Any], bytes]:
    content = save(weights())
    length = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def _entry(**change: Any) -> bytes:
    """A good file in which one entry is changed."""
    header, data = _parts()
    header[NAME] |= change
    return _file(json.dumps(header).encode(), data)


def _meta(value: Any) -> bytes:
    header, data = _parts()
    return _file(json.dumps({"__metadata__": value, **header}).encode(), data)


def _text(header: bytes) -> bytes:
    return _file(header, _parts()[1])


def _twice() -> bytes:
    header, data = _parts()
    again = json.dumps({NAME: header[NAME]}).encode()
    return _file(json.dumps(header).encode()[:-1] + b"," + again[1:], data)


def _good() -> tuple[bytes, bytes]:
    header, data = _parts()
    return json.dumps(header).encode(), data


_DAMAGED = "a damaged safetensors file"
_FILES: dict[str, tuple[str, bytes]] = {
    "a header of 2^60 bytes": (_DAMAGED, _file(*_good(), length=2**60)),
    "a header of 2^64 - 1 bytes": (_DAMAGED, _file(*_good(), length=2**64 - 1)),
    "a header one byte too short": (_DAMAGED, _file(*_good(), length=len(_good()[0]) - 1)),
    "a header of no bytes": (_DAMAGED, _file(*_good(), length=0)),
    "a header that is no JSON": (_DAMAGED, _text(b"{weights}")),
    "a header that is not UTF-8": (_DAMAGED, _text(b'{"\xff\xfe": {}}')),
    "a header a hundred thousand deep": (_DAMAGED, _text(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)),
    "lists a hundred thousand deep": (_DAMAGED, _text(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")),
    "offsets that overlap": (_DAMAGED, _entry(data_offsets=[0, 12])),
    "offsets beyond the end": (_DAMAGED, _entry(data_offsets=[10**9, 10**9 + 12])),
    "negative offsets": (_DAMAGED, _entry(data_offsets=[-12, 0])),
    "offsets that run backwards": (_DAMAGED, _entry(data_offsets=[12, 0])),
    "offsets of 2^63": (_DAMAGED, _entry(data_offsets=[2**63, 2**63 + 12])),
    "a negative shape": (_DAMAGED, _entry(shape=[-3])),
    "a shape that overflows": (_DAMAGED, _entry(shape=[2**62, 4])),
    "a shape beyond the bytes": (_DAMAGED, _entry(shape=[10**12])),
    "a shape of floats": (_DAMAGED, _entry(shape=[3.5])),
    "a million dimensions": (_DAMAGED, _entry(shape=[1] * 100_000 + [2, 3])),
    "an unknown type": (_DAMAGED, _entry(dtype="F33")),
    "another type of the same size": ("3.bias", _entry(dtype="I32")),
    "the type missing": (_DAMAGED, _entry(dtype=None)),
    "a name twice": ("a name stands there twice", _twice()),
    "metadata that is a list": (_DAMAGED, _meta(["pt"])),
    "metadata that nests": (_DAMAGED, _meta({"format": {"a": {}}})),
    "bytes after the weights": (_DAMAGED, _file(_good()[0], _good()[1] + b"more")),
    "no weights": ("wanted weights by name", _file(b"{}", b"")),
}


def _written(content: bytes, folder: Path) -> Path:
    (folder / "w.safetensors").write_bytes(content)
    return folder / "w.safetensors"


HEADERS = [
    Case(f"safetensors: {what}", functools.partial(_written, content), "refused", why)
    for what, (why, content) in _FILES.items()
]
