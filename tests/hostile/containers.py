"""Files that are no state dict, or only part of one: strangers, archives, cut files, no files at all."""

import functools
import gzip
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save
from tests.hostile import opcodes as op
from tests.hostile.archives import ARCHIVES, put
from tests.hostile.cases import Case
from tests.hostile.model import weights


def _cut(content: bytes, keep: float, folder: Path) -> Path:
    return put(folder / "w.pt", content[: int(len(content) * keep)])


def _folder(folder: Path) -> Path:
    (folder / "w.pt").mkdir()
    return folder / "w.pt"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "w.pt")
    return folder / "w.pt"


def _loop(folder: Path) -> Path:
    (folder / "w.pt").symlink_to("v.pt")
    (folder / "v.pt").symlink_to("w.pt")
    return folder / "w.pt"


def _device(folder: Path) -> Path:
    (folder / "w.pt").symlink_to("/dev/zero")
    return folder / "w.pt"


def _dangling(folder: Path) -> Path:
    (folder / "w.pt").symlink_to("nothing.pt")
    return folder / "w.pt"


def _sparse_file(folder: Path) -> Path:
    """A terabyte of nothing."""
    with (folder / "w.pt").open("wb") as file:
        file.truncate(2**40)
    return folder / "w.pt"


def _written(name: str, content: bytes, folder: Path) -> Path:
    return put(folder / name, content)


_STRANGERS: dict[str, tuple[str, str, bytes]] = {
    "nothing": ("w.pt", "the file is empty", b""),
    "one byte": ("w.pt", "neither a PyTorch state dict", b"\x00"),
    "a pickle's first byte": ("w.pt", "not readable", b"\x80"),
    "eight bytes": ("w.safetensors", "neither a PyTorch state dict", bytes(8)),
    "text": ("w.pt", "neither a PyTorch state dict", b"weights follow by mail\n"),
    "a sign-in page": ("w.pt", "an HTML or XML page", b"<!DOCTYPE html><title>Sign in</title>"),
    "XML after space": ("w.pt", "an HTML or XML page", b"\n\t  <?xml version='1.0'?><Error/>"),
    "a Git LFS pointer": (
        "w.pt",
        "git lfs pull",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n",
    ),
    "JSON": ("w.pt", "JSON text", b'{"error": "rate limit"}'),
    "ONNX": ("w.onnx", "an ONNX or TensorFlow model", b"\x08\x08\x12\x07pytorch\x1a\x052.9.0:\x10\n\x04conv"),
    "HDF5": ("w.h5", "a Keras or HDF5 file", b"\x89HDF\r\n\x1a\n" + bytes(64)),
    "TensorFlow Lite": ("w.tflite", "a TensorFlow Lite model", b"\x1c\x00\x00\x00TFL3" + bytes(64)),
    "GGUF": ("w.gguf", "a GGUF file", b"GGUF\x03\x00\x00\x00" + bytes(64)),
    "gzip": ("w.pt.gz", "a gzip file; unpack it first", gzip.compress(b"weights")),
    "zlib": ("w.z", "neither a PyTorch state dict", zlib.compress(b"weights")),
    "an executable": ("w.pt", "neither a PyTorch state dict", b"\x7fELF\x02\x01\x01" + bytes(64)),
    "a shell script": ("w.pt", "neither a PyTorch state dict", b"#!/bin/sh\ntouch marker\n"),
    "a picture": ("w.pt", "neither a PyTorch state dict", b"\x89PNG\r\n\x1a\n" + bytes(64)),
    "only a zip's first bytes": ("w.pt", "a damaged archive", b"PK\x03\x04"),
    "an empty zip": ("w.pt", "no PyTorch state dict", b"PK\x05\x06" + bytes(18)),
    "pickle protocol 9": ("w.pt", "torch.save did not write", b"\x80\x09}."),
    "a pickle that stops at once": ("w.pt", "torch.save did not write", b"\x80\x02."),
    "the magic number alone": ("w.pt", "not readable", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."),
}


_PLACES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "a folder": ("got a folder or device", _folder),
    "a pipe": ("got a folder or device", _pipe),
    "a ring of links": ("cannot be read", _loop),
    "a device behind a link": ("got a folder or device", _device),
    "a link to nothing": ("no such file", _dangling),
    "a file that is not there": ("no such file", lambda d: d / "none.pt"),
    "a name with a zero byte": ("", lambda d: d / "w\0.pt"),
    "a terabyte of nothing": ("wanted at most", _sparse_file),
}


def _shortened() -> list[Case]:
    forms = {"zip": op.saved(weights()), "old": op.saved(weights(), new=False), "safetensors": save(weights())}
    return [
        Case(f"{form} cut at {keep:.1%}", functools.partial(_cut, content, keep), "refused")
        for form, content in forms.items()
        for keep in (0.001, 0.1, 0.5, 0.9, 0.99, 0.999)
    ]


@functools.cache
def containers() -> tuple[Case, ...]:
    """The whole family."""
    torch.manual_seed(0)
    strangers = [
        Case(f"{what}", functools.partial(_written, name, content), "refused", why)
        for what, (name, why, content) in _STRANGERS.items()
    ]
    built = [Case(what, build, "refused", why) for what, (why, build) in (ARCHIVES | _PLACES).items()]
    return (*strangers, *built, *_shortened())
