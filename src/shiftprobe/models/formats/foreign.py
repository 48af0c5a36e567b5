"""Names in a pickle that no weights need: which are cut out before torch sees them, and what stands there instead.

A training writes its settings, paths and losses beside the weights, as objects of classes that we neither have nor
import. What such a name makes becomes text and tuples; whatever it is, nothing of it can run.
"""

import struct
import sys
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

_MARK = "foreign: "  # how the text begins that stands for a name
_DEEPEST = 20  # calls upon what a call made
_TORCHS = frozenset(
    {"", "_tensor", "_utils", "cuda", "cuda.sparse", "nn.parameter", "serialization", "sparse", "storage"}
)
"""Modules within torch of whose names torch judges: storages, types, and what puts a tensor together."""

_KNOWN = frozenset(
    {"_codecs.encode", "builtins.bytearray", "builtins.complex", "builtins.set", "collections.Counter",
     "collections.OrderedDict"}
)  # fmt: skip
_TYPES = frozenset(
    {"bool", "bytes", "dict", "float", "frozenset", "int", "list", "object", "range", "slice", "str", "tuple", "type"}
)
_DATA = frozenset(
    {"argparse.Namespace", "collections.defaultdict", "collections.deque", "copyreg._reconstructor",
     "functools.partial", "logging.getLogger", "re._compile", "types.SimpleNamespace"}
)  # fmt: skip
_OF_DATA = frozenset({"datetime", "decimal", "enum", "fractions", "pathlib", "typing", "uuid", "zoneinfo"})


class RefusedNameError(Exception):
    """A name that holds no data and is nobody's setting: it opens, imports or runs."""


def judged(module: str, name: str) -> bool:
    """Whether torch itself is to judge a name; otherwise it is cut out.

    Args:
        module: as it stands in the pickle, by its name in Python 2 too.
        name: within it.

    Raises:
        RefusedNameError: with the name, when it is of Python itself and no plain type or holder of data.
    """
    module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
    whole, (top, _, rest) = f"{module}.{name}", module.partition(".")
    if whole in _KNOWN or (top == "torch" and rest in _TORCHS):
        return True
    if top == "builtins":
        holds_data = module == top and name in _TYPES
    else:
        holds_data = top not in sys.stdlib_module_names or top in _OF_DATA or whole in _DATA
    if not holds_data:
        raise RefusedNameError(whole.removeprefix("builtins."))
    return False


def put(name: str) -> bytes:
    """The opcode of the text that stands for a name."""
    text = (_MARK + name).encode()
    return b"X" + struct.pack("<I", len(text)) + text


def maker(value: object) -> str | None:
    """The name that would have made a value which was cut out; None of any other value."""
    for _ in range(_DEEPEST):
        if isinstance(value, str):
            return value.removeprefix(_MARK) if _is_name(value) else None
        parts = value if isinstance(value, tuple) else ()
        value = next((part for part in parts if isinstance(part, tuple) or _is_name(part)), None)
    return None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.startswith(_MARK)


def attributes(value: object) -> dict[str, object]:
    """What an object that was cut out kept by name; nothing where it kept nothing, or was none.

    Args:
        value: as it was loaded, such as an `argparse.Namespace` of a training's flags.
    """
    state = value[-1] if isinstance(value, tuple) and maker(value) is not None else None
    return {key: kept for key, kept in state.items() if isinstance(key, str)} if isinstance(state, dict) else {}
