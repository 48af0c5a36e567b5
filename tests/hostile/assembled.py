"""Pickles that would run code, written opcode by opcode: no pickler makes these."""

import functools
import gzip
import pickle
from collections.abc import Callable
from pathlib import Path

from tests.hostile import opcodes as op
from tests.hostile.cases import Case
from tests.hostile.payloads import MARKER, Call, python, shell
from torch import nn

_COMMAND = op.name("os", "system")


def _shell(marker: Path) -> bytes:
    return op.text(shell(marker))


def _run(marker: Path) -> bytes:
    return op.several(_shell(marker)) + b"R"


def _mapped(marker: Path) -> bytes:
    """Arguments of `map`: the command, and what it is called with."""
    return op.several(_COMMAND, op.LIST + _shell(marker) + b"a")


def _inst(marker: Path) -> bytes:
    return b"(" + _shell(marker) + b"ios\nsystem\n"


def _obj(marker: Path) -> bytes:
    return b"(" + _COMMAND + _shell(marker) + b"o"


def _stack_global(marker: Path) -> bytes:
    return op.text("os") + op.text("system") + b"\x93" + _run(marker)


def _newobj(marker: Path) -> bytes:
    """`bytes` reads a `map`, which calls the command."""
    return op.name("builtins", "bytes") + op.several(op.name("builtins", "map") + _mapped(marker) + b"\x81") + b"\x81"


def _newobj_ex(marker: Path) -> bytes:
    inner = op.name("builtins", "map") + _mapped(marker) + op.DICT + b"\x92"
    return op.name("builtins", "bytes") + op.several(inner) + op.DICT + b"\x92"


def _build(marker: Path) -> bytes:
    """An object is given a `__setstate__` of the attacker's, then a state."""
    plain = op.call(op.name("types", "SimpleNamespace"))
    return plain + op.table(__setstate__=_COMMAND) + b"b" + _shell(marker) + b"b"


def _memo(marker: Path) -> bytes:
    """The name is put aside in pieces and fetched back."""
    return op.text("os") + b"q\x010" + op.text("system") + b"q\x020" + b"h\x01h\x02\x93" + _run(marker)


def _decoys(marker: Path) -> bytes:
    """Values pushed and thrown away around the call."""
    return b"N0" + b"(K\x01K\x021" + _COMMAND + _run(marker)


def _frame(marker: Path) -> bytes:
    inside = _COMMAND + _run(marker)
    return b"\x95" + len(inside).to_bytes(8, "little") + inside


def _protocol_0(marker: Path) -> bytes:
    return b"cos\nsystem\n(S'" + shell(marker).encode() + b"'\ntR"


def _python_2(marker: Path) -> bytes:
    return op.call(op.name("__builtin__", "eval"), op.text(python(marker)))


def _as_key(marker: Path) -> bytes:
    return op.DICT + op.call(_COMMAND, _shell(marker)) + op.number(1) + b"s"


def _as_hooks(marker: Path) -> bytes:
    """In the place of a tensor's hooks."""
    rest = (op.number(0), op.numbers(2), op.numbers(1), op.FALSE, op.call(_COMMAND, _shell(marker)))
    return op.table(weight=op.call(op.name("torch._utils", "_rebuild_tensor_v2"), op.storage("0", 2), *rest))


def _as_state(marker: Path) -> bytes:
    """In the state of a tensor with attributes."""
    made = op.tensor(op.storage("0", 2), (2,), (1,))
    return op.table(weight=made + op.several(op.call(_COMMAND, _shell(marker))) + b"b")


def _as_storage(marker: Path) -> bytes:
    """As the type of a storage."""
    return op.several(op.text("storage"), op.call(_COMMAND, _shell(marker)), op.text("0")) + b"Q"


def _as_class(marker: Path) -> bytes:
    """torch's own rebuilding, told to call the command."""
    rebuild = op.name("torch._tensor", "_rebuild_from_type_v2")
    return op.call(rebuild, _COMMAND, op.name("torch", "Tensor"), op.several(_shell(marker)), op.NONE)


PICKLES: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "INST": ("not readable", _inst),
    "OBJ": ("os.system", _obj),
    "STACK_GLOBAL": ("not readable", _stack_global),
    "NEWOBJ": ("asks for map", _newobj),
    "NEWOBJ_EX": ("asks for map", _newobj_ex),
    "BUILD of a planted __setstate__": ("os.system", _build),
    "a name from the memo": ("not readable", _memo),
    "decoys on the stack": ("not readable", _decoys),
    "a frame": ("not readable", _frame),
    "protocol 0": ("os.system", _protocol_0),
    "a name of Python 2": ("asks for eval", _python_2),
    "a key": ("os.system", _as_key),
    "a tensor's hooks": ("os.system", _as_hooks),
    "a tensor's state": ("os.system", _as_state),
    "a storage's type": ("os.system", _as_storage),
    "torch's rebuilding": ("os.system", _as_class),
}


def _zipped(make: Callable[[Path], bytes], folder: Path) -> Path:
    return op.zipped(folder / "weights.pt", make(folder / MARKER), {"0": op.floats(2)})


def _system(folder: Path) -> bytes:
    return b"\x80\x02" + op.call(_COMMAND, _shell(folder / MARKER)) + op.STOP


def _in_the_magic(folder: Path) -> Path:
    path = folder / "weights.pt"
    path.write_bytes(_system(folder))
    return path


def _in_the_system(folder: Path) -> Path:
    return op.legacy(folder / "weights.pt", op.DICT, system=_system(folder))


def _in_the_keys(folder: Path) -> Path:
    return op.legacy(folder / "weights.pt", op.table(a=op.number(1)), keys=_system(folder))


def _in_the_weights(folder: Path) -> Path:
    return op.legacy(folder / "weights.pt", op.call(_COMMAND, _shell(folder / MARKER)))


def _newest_protocol(folder: Path) -> Path:
    path = folder / "weights.pkl"
    path.write_bytes(pickle.dumps({"state_dict": Call(exec, python(folder / MARKER))}, 5))
    return path


_FILES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "the magic number of an old file": ("os.system", _in_the_magic),
    "the system of an old file": ("os.system", _in_the_system),
    "the keys of an old file": ("os.system", _in_the_keys),
    "the weights of an old file": ("os.system", _in_the_weights),
    "a bare pickle of protocol 5": ("torch.save did not write", _newest_protocol),
}

ASSEMBLED = [
    *(
        Case(f"opcodes: {what}", functools.partial(_zipped, make), "refused", why)
        for what, (why, make) in PICKLES.items()
    ),
    *(Case(f"hidden in {what}", build, "refused", why) for what, (why, build) in _FILES.items()),
]


def _gzipped(folder: Path) -> Path:
    path = folder / "weights.pt"
    path.write_bytes(gzip.compress(_system(folder)))
    return path


def _whole_model(folder: Path) -> Path:
    path = folder / "model.pt"
    path.write_bytes(op.saved(nn.Sequential(nn.Linear(2, 2))))
    return path


HARMLESS = [  # refused alike, though nothing would run when it is loaded without care
    Case("gzip of a pickle that runs code", _gzipped, "refused", "a gzip file; unpack it first"),
    Case("a whole model", _whole_model, "refused", "torch.nn.modules.container.Sequential"),
]
