"""Small files that would take for ever, or all memory, where a reader does what they ask."""

import functools
import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tests.hostile import opcodes as op
from tests.hostile.cases import Case
from tests.hostile.model import weights

DEPTH = 60  # pairs within pairs: 2^60 steps for whoever looks at each
HELD = {"0": op.floats(4)}
_UNFOLD, _KEY, _TENSORS = "unfold without end", "a key that is neither text nor a number", "at most 100,000 tensors"


def nested(depth: int = DEPTH) -> bytes:
    """A pair of one value twice, that pair twice, and so on."""
    return op.EMPTY + b"".join(b"q" + bytes([place]) + b"h" + bytes([place]) + b"\x86" for place in range(depth))


def nested_lists(depth: int = DEPTH) -> bytes:
    """The same of lists."""
    made = op.LIST + b"q\x00"
    for place in range(depth):
        made = op.LIST + made + b"a" + b"h" + bytes([place]) + b"a" + b"q" + bytes([place + 1])
    return made


def _weight(value: bytes) -> bytes:
    return op.table(w=value)


def _entry(key: bytes) -> bytes:
    return op.DICT + key + op.NONE + b"s"


def _stored(key: bytes, *more: bytes) -> bytes:
    return (
        op.several(op.text("storage"), op.name("torch", "FloatStorage"), key, op.text("cpu"), op.number(4), *more)
        + b"Q"
    )


def _shared(times: int, value: bytes, call: Callable[[bytes], bytes]) -> bytes:
    """One value, given to a call again and again."""
    return op.LIST + b"(" + value + b"q\x00" + b"".join(call(b"h\x00") for _ in range(times)) + b"e"


def _wrapped_again_and_again() -> bytes:
    """A hundred thousand names under each name that could hold weights, four parts deep: 2 x 10^9 looks."""
    many = op.DICT + b"(" + b"".join(op.text(f"{i:x}") + op.NONE for i in range(100_000)) + b"u"
    names = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "module", "ema", "model_ema")
    inner = many
    for place in range(4):
        inner += b"q" + bytes([place])
        inner += op.DICT + b"(" + b"".join(op.text(name) + b"h" + bytes([place]) for name in names) + b"u"
    return op.several(inner)[1:-1]


_PICKLES: dict[str, tuple[str, bytes]] = {
    "a key of pairs within pairs": (_KEY, _entry(nested())),
    "a key in a row of keys": (_KEY, op.DICT + b"(" + op.text("a") + op.NONE + nested() + op.NONE + b"u"),
    "a key of an OrderedDict": (_KEY, op.call(op.name("collections", "OrderedDict")) + nested() + op.NONE + b"s"),
    "a key of a Counter": (_KEY, op.call(op.name("collections", "Counter")) + nested() + op.NONE + b"s"),
    "a key that is a shape": ("a key that torch.Size makes", _entry(op.call(op.name("torch", "Size"), op.numbers(2)))),
    "a set of pairs within pairs": (_UNFOLD, _weight(op.call(op.name("builtins", "set"), op.LIST + nested() + b"a"))),
    "a Counter of pairs within pairs": (
        _UNFOLD,
        _weight(op.call(op.name("collections", "Counter"), op.LIST + nested() + b"a")),
    ),
    "attributes under pairs within pairs": (
        _UNFOLD,
        op.call(op.name("collections", "OrderedDict")) + op.LIST + nested() + op.NONE + b"\x86ab",
    ),
    "a storage under pairs within pairs": (_KEY, _weight(_stored(nested()))),
    "a storage with a window of pairs": (_KEY, _weight(_stored(op.text("0"), op.several(nested())))),
    "a call of pairs within pairs": (_UNFOLD, _weight(nested() + op.EMPTY + b"R")),
    "a new object of pairs within pairs": (_UNFOLD, _weight(nested() + op.EMPTY + b"\x81")),
    "a layout of pairs within pairs": (
        _UNFOLD,
        _weight(op.call(op.name("torch.serialization", "_get_layout"), nested())),
    ),
    "a call of lists within lists": (_UNFOLD, _weight(nested_lists() + op.EMPTY + b"R")),
    "a list that holds itself, called": (_UNFOLD, _weight(op.LIST + b"q\x00h\x00a" + op.EMPTY + b"R")),
    "pairs within pairs for a weight": ("got a tuple", _weight(nested())),
    "one long tuple made a set ten thousand times": (
        _UNFOLD,
        _shared(10_000, op.several(*[b"K\x01"] * 10_000), lambda it: op.call(op.name("builtins", "set"), it)),
    ),
    "one long text encoded ten thousand times": (
        _UNFOLD,
        _shared(
            10_000,
            op.text("a" * 100_000),
            lambda it: op.call(op.name("_codecs", "encode"), it, op.text("latin1")),
        ),
    ),
    "the same names under all names": ("held again and again", _wrapped_again_and_again()),
    "three million lists": ("more than 2,000,000 steps", op.LIST + b"]a" * 1_500_000),
    "three million things remembered": ("more than 2,000,000 steps", op.LIST + b"r\x00\x00\x00\x00" * 3_000_000),
    "a number of 2,000 bits": ("got a int", _weight(b"\x8a\xff" + b"\x7f" * 255)),
    "sets as later pickles make them": ("not readable", _weight(b"\x8f(" + nested() + b"\x90")),
    "frozen sets": ("not readable", _weight(b"(" + nested() + b"\x91")),
    "a number of eight million bits": ("not readable", _weight(b"\x8b" + struct.pack("<i", 10**6) + b"\x7f" * 10**6)),
    "a name of a million characters": ("names of at most 1,000 characters", op.table(**{"module." * 140_000: op.NONE})),
}


def _zipped(pickled: bytes, folder: Path) -> Path:
    return op.zipped(folder / "w.pt", pickled, HELD)


def _legacy(folder: Path, **replaced: bytes) -> Path:
    return op.legacy(folder / "w.pt", op.DICT, **replaced)


def _pickled(inside: bytes) -> bytes:
    return b"\x80\x02" + inside + op.STOP


def _old_version(folder: Path) -> Path:
    (folder / "w.pt").write_bytes(pickle.dumps(op.MAGIC, 2) + _pickled(nested()))
    return folder / "w.pt"


def _many_members(folder: Path) -> Path:
    """An archive of 200,000 empty members; every entry is the first one again."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a/data.pkl", b"\x80\x02}.")
    content = stream.getvalue()
    entry, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    (folder / "w.pt").write_bytes(content[:entry] + content[entry:end] * 200_000 + content[end:])
    return folder / "w.pt"


def _safetensors(count: int, folder: Path) -> Path:
    nothing = json.dumps({"dtype": "U8", "shape": [0], "data_offsets": [0, 0]})
    named = ", ".join(f'"{i:x}": {nothing}' for i in range(count))
    header = f"{{{named}}}".encode()
    (folder / "w.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    return folder / "w.safetensors"


def _halves(folder: Path) -> Path:
    """Four megabytes of float16, shown under two hundred names."""
    shown = torch.ones(2**21, dtype=torch.float16)
    (folder / "w.pt").write_bytes(op.saved({f"w{i}": shown.view(2**21) for i in range(200)}))
    return folder / "w.pt"


def _from_training(content: Callable[[], Any], folder: Path) -> Path:
    (folder / "w.pt").write_bytes(op.saved(content()))
    return folder / "w.pt"


_FILES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "an old file whose version unfolds": (_UNFOLD, _old_version),
    "an old file whose system has such a key": (_KEY, functools.partial(_legacy, system=_pickled(_entry(nested())))),
    "an old file whose names of storages unfold": (
        _UNFOLD,
        functools.partial(_legacy, keys=_pickled(op.LIST + nested() + b"a")),
    ),
    "an archive of 200,000 members": (_TENSORS, _many_members),
    "safetensors of 200,000 empty tensors": (_TENSORS, functools.partial(_safetensors, 200_000)),
    "safetensors of a million empty tensors": (
        "a safetensors header of at most",
        functools.partial(_safetensors, 10**6),
    ),
    "half precision shown two hundred times": ("", _halves),
}
_LONG: dict[str, Callable[[], Any]] = {
    "a history of 200,000 losses": lambda: {"model": weights(), "loss": [i / 7 for i in range(200_000)]},
    "numbers as keys beside it": lambda: {"model": weights(), "seen": {1: "a", None: 2, 0.5: 3, False: 4, b"k": 5}},
    "one part held twice": lambda: dict.fromkeys(("model", "best"), weights()),
}

ENDLESS = [
    *(Case(what, functools.partial(_zipped, pickled), "refused", why) for what, (why, pickled) in _PICKLES.items()),
    *(Case(what, build, "refused", why) for what, (why, build) in _FILES.items()),
    *(Case(f"genuine: {what}", functools.partial(_from_training, make), "accepted") for what, make in _LONG.items()),
]
