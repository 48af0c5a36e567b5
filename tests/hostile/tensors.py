"""State dicts that torch reads and that no network should get: absurd shapes, made-up memory, odd kinds, odd names."""

import functools
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tests.hostile import opcodes as op
from tests.hostile.cases import Case
from tests.hostile.model import weights
from torch import nn

HELD = {"0": op.floats(4), "1": struct.pack("<4q", 10**9, -5, 3, 4)}
_REBUILD = "torch._utils"


def _tensor(size: tuple[int, ...], stride: tuple[int, ...], offset: int = 0, length: int = 4) -> bytes:
    return op.table(w=op.tensor(op.storage("0", length), size, stride, offset))


def _namespace(**values: bytes) -> bytes:
    """The arguments that timm's train.py keeps."""
    return op.name("argparse", "Namespace") + op.EMPTY + b"\x81" + op.table(**values) + b"b"


def _hexed(times: int) -> bytes:
    made = op.call(op.name("_codecs", "encode"), op.text("a" * 1000), op.text("latin1"))
    for _ in range(times):
        made = op.call(op.name("_codecs", "encode"), made, op.text("hex"))
    return op.table(a=made)


def _layout(name: str) -> bytes:
    return op.call(op.name("torch.serialization", "_get_layout"), op.text(name))


def _sparse() -> bytes:
    longs, values = (
        op.tensor(op.storage("1", 4, "LongStorage"), (1, 2), (2, 1)),
        op.tensor(op.storage("0", 4), (2,), (1,)),
    )
    inside = op.several(longs, values, op.call(op.name("torch", "Size"), op.numbers(2)), op.FALSE)
    return op.table(w=op.call(op.name(_REBUILD, "_rebuild_sparse_tensor"), _layout("torch.sparse_coo"), inside))


def _resized() -> bytes:
    """An empty tensor whose storage grows by `set_`."""
    empty = op.call(op.name("torch.storage", "UntypedStorage"), op.number(0))
    state = op.several(empty, op.number(0), op.numbers(10**8), op.numbers(1))
    return op.table(w=op.name("torch", "FloatTensor") + op.EMPTY + b"\x81" + state + b"b")


def _copied() -> bytes:
    """Four bytes shown three hundred million times, then copied to be rid of the trick."""
    shown = op.tensor(op.storage("0", 4), (300_000_000,), (0,))
    move = op.name(_REBUILD, "_rebuild_device_tensor_from_cpu_tensor")
    return op.table(w=op.call(move, shown, op.name("torch", "float64"), op.text("cpu"), op.FALSE))


def _meta() -> bytes:
    make = op.name(_REBUILD, "_rebuild_meta_tensor_no_storage")
    return op.table(w=op.call(make, op.name("torch", "float32"), op.numbers(10**12), op.numbers(1), op.FALSE))


def _wrapper() -> bytes:
    make = op.name(_REBUILD, "_rebuild_wrapper_subclass")
    kind = (op.name("torch", "Tensor"), op.name("torch", "float32"), op.numbers(10**12), op.numbers(1), op.number(0))
    return op.table(w=op.call(make, *kind, _layout("torch.strided"), op.text("cpu"), op.FALSE))


def _ring() -> bytes:
    return op.DICT + b"q\x00(" + op.text("model") + b"h\x00u"


def _deep(depth: int) -> bytes:
    return (op.DICT + op.text("model")) * depth + op.DICT + b"s" * depth


_ASSEMBLED: dict[str, tuple[str, bytes]] = {
    "a storage longer than its record": ("not readable", _tensor((1000,), (1,), length=1000)),
    "a storage of a gigabyte that is not there": ("not readable", _tensor((25 * 10**7,), (1,), length=25 * 10**7)),
    "a storage of negative length": ("not readable", _tensor((2,), (1,), length=-4)),
    "an offset beyond the storage": ("not readable", _tensor((2,), (1,), 100)),
    "a negative offset": ("not readable", _tensor((2,), (1,), -1)),
    "a negative stride": ("not readable", _tensor((2,), (-1,))),
    "a negative size": ("not readable", _tensor((-2,), (1,))),
    "more strides than sizes": ("not readable", _tensor((2,), (1, 1))),
    "a size that overflows": ("not readable", _tensor((2**62, 4), (1, 1))),
    "a stride that overflows": ("not readable", _tensor((2, 2), (2**62, 1))),
    "four terabytes by stride 0": ("a view of 1,000,000,000,000 values", _tensor((10**12,), (0,))),
    "a window that overlaps itself": ("a view of 6 values over", _tensor((3, 2), (1, 1))),
    "a tensor made of a number": (
        "its tensors take",
        op.table(w=op.call(op.name("torch", "FloatTensor"), op.number(10**8))),
    ),
    "a tensor made of a number, in arguments": (
        "its tensors take",
        op.table(args=_namespace(x=op.call(op.name("torch", "FloatTensor"), op.number(10**8)))),
    ),
    "a tensor of a terabyte made of a number": (
        "not readable",
        op.table(w=op.call(op.name("torch", "Tensor"), op.number(10**12))),
    ),
    "a tensor that grows": ("its tensors take", _resized()),
    "a bytearray made of a number": (
        "a bytearray",
        op.table(a=op.call(op.name("builtins", "bytearray"), op.number(2 * 10**9))),
    ),
    "bytes doubled thirty times": ("codec hex", _hexed(30)),
    "a copy of a trick": ("_rebuild_device_tensor_from_cpu_tensor", _copied()),
    "a storage where a tensor stands": (
        "got a UntypedStorage",
        op.table(w=op.call(op.name("torch.storage", "UntypedStorage"), op.number(8))),
    ),
    "sparse indices out of range": ("not readable", _sparse()),
    "meta, four terabytes": ("got a meta tensor", _meta()),
    "a wrapper around nothing": ("", _wrapper()),
    "a dict that holds itself": ("wanted a dense tensor", _ring()),
    "dicts a hundred thousand deep": ("wanted", _deep(100_000)),
    "tuples a hundred thousand deep": ("got a tuple", op.DICT + op.text("w") + op.EMPTY + b"\x85" * 100_000 + b"s"),
    "a list": ("wanted weights by name", op.LIST),
    "a text of a gigabyte that is not there": ("not readable", b"X\xff\xff\xff\x3f"),
    "a storage that is none": ("not readable", op.table(w=op.text("0") + b"Q")),
    "an unknown storage type": ("asks for", op.table(w=op.storage("0", 4, "StolenStorage"))),
    "a storage on a device that is not there": ("", op.table(w=op.call(op.name("torch", "device"), op.text("gpu9")))),
}


def _zipped(pickled: bytes, folder: Path) -> Path:
    return op.zipped(folder / "w.pt", pickled, HELD)


def _dumped(content: Callable[[], Any], folder: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of quantized and nested tensors
        (folder / "w.pt").write_bytes(op.saved(content()))
    return folder / "w.pt"


def _with(name: str, make: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: {**weights(), name: make()}


def _broken(value: float, dtype: torch.dtype = torch.float32) -> Callable[[], Any]:
    def make() -> Any:
        head = weights()["3.weight"].to(dtype)
        head[1, 7] = value
        return {**weights(), "3.weight": head}

    return make


class Twin(torch.Tensor):
    """A kind of tensor of somebody's own."""


def _renamed(name: str) -> Callable[[], Any]:
    return lambda: {**{n: v for n, v in weights().items() if n != "3.bias"}, name: weights()["3.bias"]}


_SAVED: dict[str, tuple[str, Callable[[], Any]]] = {
    "NaN": ("3.weight holds NaN or infinity", _broken(torch.nan)),
    "infinity": ("3.weight holds NaN or infinity", _broken(torch.inf)),
    "infinity in half precision": ("3.weight holds NaN or infinity", _broken(-torch.inf, torch.float16)),
    "NaN in running statistics": (
        "1.running_var holds NaN",
        _with("1.running_var", lambda: torch.full((4,), torch.nan)),
    ),
    "float64 beyond float32": ("3.weight is too large for float32", _broken(1e300, torch.float64)),
    "complex": ("complex64", _with("3.bias", lambda: torch.ones(3, dtype=torch.complex64))),
    "8-bit floats": ("float8", _with("3.bias", lambda: torch.ones(3).to(torch.float8_e4m3fn))),
    "16-bit unsigned": ("uint16", _with("3.bias", lambda: torch.ones(3, dtype=torch.uint16))),
    "sparse": ("sparse", _with("3.bias", lambda: torch.ones(3).to_sparse())),
    "compressed rows": ("sparse_csr", _with("3.weight", lambda: torch.ones(3, 144).to_sparse_csr())),
    "quantized": ("qint8", _with("3.bias", lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8))),
    "meta": ("meta tensor", _with("3.bias", lambda: torch.ones(3, device="meta"))),
    "nested": ("", _with("3.bias", lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]))),
    "a subclass": ("Twin", _with("3.bias", lambda: torch.ones(3).as_subclass(Twin))),
    "an expanded view": ("a view of 432 values over 4 bytes", _with("3.weight", lambda: torch.ones(1).expand(3, 144))),
    "a whole number for weights": ("3.bias", _with("3.bias", lambda: torch.ones(3, dtype=torch.int64))),
    "a number": ("got a int", _with("3.bias", lambda: 3)),
    "a list of numbers": ("got a list", _with("3.bias", lambda: [0.0, 0.0, 0.0])),
    "text for a weight": ("got a str", _with("3.bias", lambda: "zero")),
    "None": ("got a NoneType", _with("3.bias", lambda: None)),
    "a missing weight": ("has no 3.bias", lambda: {n: v for n, v in weights().items() if n != "3.bias"}),
    "one weight too many": ("which the model does not know", _with("4.bias", lambda: torch.ones(3))),
    "another number of classes": ("(3, 144)", _with("3.weight", lambda: torch.ones(5, 144))),
    "another number of channels": ("(4, 1, 3, 3)", _with("0.weight", lambda: torch.ones(4, 3, 3, 3))),
    "an empty tensor": ("(3,)", _with("3.bias", lambda: torch.ones(0))),
    "a name with markup": ("3.bias", _renamed("<script>alert(1)</script>")),
    "a name that clears the screen": ("3.bias", _renamed("\x1b[2J\x1b]0;owned\x07")),
    "a name from right to left": ("3.bias", _renamed("\u202egro.live\u2066")),
    "a name of 300 characters": ("3.bias", _renamed("w" * 300)),
    "a name of line breaks": ("3.bias", _renamed("a\nb\r\nc\u2028d")),
    "an empty name": ("3.bias", _renamed("")),
    "a name that is half a pair": ("3.bias", _renamed("\ud800")),
    "a strange name for NaN": (r"\x1b[31m holds NaN", lambda: {"\x1b[31m": torch.tensor([torch.nan])}),
    "a formula for a name": ("3.bias", _renamed("=cmd|'/c calc'!A1")),
    "keys that are numbers": ("wanted weights by name", lambda: {1: torch.ones(2), 2: torch.ones(2)}),
    "keys of two kinds": ("wanted weights by name", lambda: {"0.weight": torch.ones(2), 2: torch.ones(2)}),
    "keys that are tensors": ("wanted weights by name", lambda: {torch.ones(1): torch.ones(1)}),
    "an empty dict": ("wanted weights by name", dict),
    "a list of tensors": ("wanted weights by name, got a list", lambda: list(weights().values())),
    "a tensor alone": ("wanted weights by name, got a Tensor", lambda: torch.ones(3)),
    "a number alone": ("wanted weights by name, got a int", lambda: 3),
    "an empty part": ("", lambda: {"state_dict": {}}),
    "an optimizer alone": ("", lambda: torch.optim.Adam([nn.Parameter(torch.ones(2))]).state_dict()),
    "a thousand views of one storage": (
        "of weights, got",
        lambda: dict.fromkeys([f"w{i}" for i in range(1000)], torch.ones(10**5)),
    ),
}

TENSORS = [
    *(Case(n, functools.partial(_zipped, pickled), "refused", why) for n, (why, pickled) in _ASSEMBLED.items()),
    *(Case(n, functools.partial(_dumped, make), "refused", why) for n, (why, make) in _SAVED.items()),
]
