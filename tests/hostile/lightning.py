"""What a Lightning training writes beside its weights, and every live payload put in the place of its settings."""

import functools
from collections.abc import Callable
from pathlib import Path

from tests.hostile import opcodes as op
from tests.hostile.assembled import PICKLES
from tests.hostile.cases import Case
from tests.hostile.model import weights
from tests.hostile.payloads import CODES, MARKER, SHELLS, WRITERS, Payload

from shiftprobe.models.formats.foreign import put

_CUT = ("torch's own shell", "torch.fx", "torch.hub", "numpy")
"""Payloads of names that a setting may have too: they are cut out and the weights are read."""


def trained(state: object, settings: object) -> dict[str, object]:
    """The parts of a Lightning checkpoint, whose module holds its network as `model`."""
    return {
        "epoch": 3,
        "global_step": 100,
        "pytorch-lightning_version": "2.4.0",
        "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"current": {"ready": 4, "completed": 3}}}},
        "callbacks": {"ModelCheckpoint{'monitor': 'val_loss'}": {"best_model_path": "", "best_k_models": {}}},
        "optimizer_states": [],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": settings,
    }


def _within(payload: Payload, folder: Path) -> Path:
    path = folder / "last.ckpt"
    state = {f"model.{name}": value for name, value in weights().items()}
    path.write_bytes(op.saved(trained(state, {"lr": 1e-3, "loss": payload.make(folder / MARKER)})))
    return path


def _assembled(make: Callable[[Path], bytes], folder: Path) -> Path:
    """The same opcode by opcode; a tuple of numbers stands for the weights, as nobody comes that far."""
    settings = op.table(lr=op.number(1), loss=make(folder / MARKER))
    pickled = op.table(state_dict=op.table(w=op.numbers(1)), hyper_parameters=settings)
    return op.zipped(folder / "last.ckpt", pickled, {"0": op.floats(2)})


def _case(payload: Payload) -> Case:
    name, build = f"within a training: {payload.name}", functools.partial(_within, payload)
    return Case(name, build, "accepted") if payload.name in _CUT else Case(name, build, "refused", payload.asks)


WITHIN = [
    *(_case(payload) for payload in (*SHELLS, *CODES, *WRITERS)),
    *(
        Case(f"within a training, opcodes: {what}", functools.partial(_assembled, make), "refused", why)
        for what, (why, make) in PICKLES.items()
    ),
]
"""Payloads that run where they are loaded without care, all but those of `_CUT` refused by their name."""


def _pretending(folder: Path) -> Path:
    """Text that looks like what stands for a name that was cut out."""
    path = folder / "w.pt"
    path.write_bytes(op.saved({"model": weights(), "note": ("foreign: os.system", ()), "args": "foreign: torch.load"}))
    return path


def _cut(inside: bytes, folder: Path) -> Path:
    """Weights of two numbers, and beside them opcodes that are done to a foreign name."""
    weight = op.tensor(op.storage("0", 2), (2,), (1,))
    return op.zipped(folder / "w.pt", op.table(state_dict=op.table(w=weight), x=inside), {"0": op.floats(2)})


_THING = op.name("their", "Thing")
_UNHASHABLE = op.call(op.name("builtins", "set"), op.LIST + op.call(_THING, op.DICT) + b"a")
_ODD: dict[str, tuple[str, bytes]] = {
    "a set of what cannot be hashed": ("not readable", _UNHASHABLE),
    "a storage of no type": ("not readable", op.several(op.text("storage"), op.text("their"), op.text("0")) + b"Q"),
    "a mark in the place of a foreign call's arguments": ("their.Thing, which is refused", _THING + b"(R"),
    "a foreign name torn": ("their.Thi", b"ctheir\nThi"),
    "text that stands for a name, called": ("not readable", put("os.system") + op.EMPTY + b"R"),
    "a name hidden behind a foreign module": ("os.system", op.call(_THING, op.name("os", "system"))),
}

ODD = [
    *(Case(f"cut out: {what}", functools.partial(_cut, it), "refused", why) for what, (why, it) in _ODD.items()),
    Case("cut out: text that pretends to be a name", _pretending, "accepted"),
]
"""Files that try what cutting out could get wrong."""
