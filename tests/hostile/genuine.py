"""Checkpoints as people really have them: odd, old, wrapped, and every one of them fits."""

import argparse
import functools
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from tests.hostile import opcodes as op
from tests.hostile.archives import good, packed, put
from tests.hostile.cases import Case
from tests.hostile.model import network, weights
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel


def _cast(dtype: torch.dtype) -> dict[str, Tensor]:
    return {name: v.to(dtype) if v.is_floating_point() else v for name, v in weights().items()}


def _prefixed(prefix: str) -> dict[str, Tensor]:
    return {prefix + name: value for name, value in weights().items()}


def _trained() -> dict[str, Any]:
    """Beside an optimizer that has stepped, a schedule, random states and the usual small things."""
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model(torch.ones(2, 1, 8, 8)).sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    return {
        "epoch": 90,
        "arch": "resnet18",
        "best_acc1": torch.tensor(0.9),
        "state_dict": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": schedule.state_dict(),
        "rng": torch.get_rng_state(),
        "commit": b"4d7a3f",
        "seen": {1, 2, 3},
        "lr": complex(1e-3),
    }


def _large() -> dict[str, Any]:
    """Nine megabytes of another part beside a small network."""
    return {"model": weights(), "buffer": torch.zeros(9 * 2**18)}


def _attributes() -> dict[str, Any]:
    """Parameters that carry attributes, as some libraries leave them."""
    model = network()
    for parameter in model.parameters():
        parameter.no_decay = True  # type: ignore[attr-defined]
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


def _views() -> dict[str, Tensor]:
    """Weights that are windows into one long tensor."""
    flat = torch.cat([value.float().flatten() for value in weights().values()])
    state, at = {}, 0
    for name, value in weights().items():
        part = flat[at : at + value.numel()].view(value.shape)
        state[name], at = part.to(value.dtype), at + value.numel()
    return state


def _averaged() -> dict[str, Tensor]:
    return dict(AveragedModel(network()).state_dict())


def _last_layout() -> dict[str, Tensor]:
    return dict(network().to(memory_format=torch.channels_last).state_dict())


def _transposed() -> dict[str, Tensor]:
    return {**weights(), "3.weight": weights()["3.weight"].T.contiguous().T}


def _uncounted() -> dict[str, Tensor]:
    return {name: value for name, value in weights().items() if "num_batches" not in name}


_STATES: dict[str, Callable[[], Any]] = {
    "a state dict": weights,
    "an OrderedDict with versions": lambda: network().state_dict(),
    "a plain dict": lambda: dict(weights()),
    "in state_dict": lambda: {"state_dict": weights(), "epoch": 3},
    "flags beside weights": lambda: {"model": weights(), "args": argparse.Namespace(lr=0.1, out=Path("runs"))},
    "in model": lambda: {"model": weights()},
    "in model_state_dict": lambda: {"model_state_dict": weights(), "loss": 0.1},
    "two wrappers": lambda: {"model": {"state_dict": weights()}},
    "arguments of timm's train.py": lambda: {"state_dict": weights(), "args": argparse.Namespace(model="x", lr=0.1)},
    "EMA beside the plain weights": lambda: {"model": weights(), "model_ema": weights()},
    "EMA alone": lambda: {"state_dict_ema": weights()},
    "of DataParallel": lambda: _prefixed("module."),
    "of torch.compile": lambda: _prefixed("_orig_mod."),
    "of both": lambda: {"state_dict": _prefixed("_orig_mod.module.")},
    "of Lightning": lambda: {
        "state_dict": _prefixed("model."),
        "pytorch-lightning_version": "2.5.0",
        "hyper_parameters": {},
    },
    "of torch's averaging": _averaged,
    "half precision": lambda: _cast(torch.float16),
    "bfloat16": lambda: _cast(torch.bfloat16),
    "double precision": lambda: _cast(torch.float64),
    "a whole training": _trained,
    "nine megabytes beside it": _large,
    "parameters": lambda: {n: nn.Parameter(v, requires_grad=False) for n, v in weights().items()},
    "parameters with attributes": _attributes,
    "windows into one tensor": _views,
    "channels last": _last_layout,
    "a transposed weight": _transposed,
    "no counters of batches": _uncounted,
    "names in another order": lambda: dict(reversed(weights().items())),
    "class names beside it": lambda: {"model": weights(), "classes": ["cat", "<b>dog</b>", "\u202egro"]},
    "zeros": lambda: {name: torch.zeros_like(value) for name, value in weights().items()},
    "the smallest and largest numbers": lambda: {**weights(), "3.bias": torch.tensor([1e-45, -3e38, 0.0])},
}


def _saved(make: Callable[[], Any], folder: Path, *, new: bool = True) -> Path:
    return put(folder / "weights.pth", op.saved(make(), new=new))


def _attribute_over_method(folder: Path) -> Path:
    """Attributes named as methods are attributes and no more."""
    state = op.table(items=op.name("builtins", "complex"), keys=op.NONE, get=op.text("x"), values=op.number(1))
    return op.zipped(folder / "w.pt", op.ordered(state, **_pickled()), _records())


def _tensors_with_attributes(folder: Path) -> Path:
    rebuild = op.name("torch._tensor", "_rebuild_from_type_v2")
    state = op.table(
        numel=op.name("builtins", "set"), detach=op.NONE, dtype_of_old=op.text("x"), contiguous=op.number(3)
    )
    made = {name: _attributed(rebuild, name, key, state) for key, name in enumerate(weights())}
    return op.zipped(folder / "w.pt", op.table(**made), _records())


def _attributed(rebuild: bytes, name: str, key: int, state: bytes) -> bytes:
    value = weights()[name]
    hooks = op.call(op.name("collections", "OrderedDict"))
    held = op.storage(str(key), value.numel(), "LongStorage" if value.dtype == torch.int64 else "FloatStorage")
    inside = op.several(held, op.number(0), op.numbers(*value.shape), op.numbers(*value.stride()), op.FALSE, hooks)
    return op.call(rebuild, op.name("torch._utils", "_rebuild_tensor_v2"), op.name("torch", "Tensor"), inside, state)


def _pickled() -> dict[str, bytes]:
    made = {}
    for key, (name, value) in enumerate(weights().items()):
        kind = "LongStorage" if value.dtype == torch.int64 else "FloatStorage"
        held = op.storage(str(key), value.numel(), kind)
        made[name] = op.tensor(held, tuple(value.shape), value.stride(), more=op.DICT)
    return made


def _records() -> dict[str, bytes]:
    return {str(key): value.numpy().tobytes() for key, value in enumerate(weights().values())}


def _compressed(folder: Path) -> Path:
    """Unpacked and packed again by somebody's tool."""
    return packed(folder / "w.pt", good(), zipfile.ZIP_DEFLATED)


def _commented(folder: Path) -> Path:
    path = packed(folder / "w.pt", good())
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"weights of March"
    return path


def _safetensors(metadata: dict[str, str] | None, folder: Path, *, name: str = "w.safetensors") -> Path:
    return put(folder / name, save(weights(), metadata=metadata))


def _linked(folder: Path) -> Path:
    real = _saved(weights, folder)
    (folder / "latest.pt").symlink_to(real.name)
    return folder / "latest.pt"


def _named(name: str, folder: Path) -> Path:
    return put(folder / name, op.saved(weights()))


_OTHERS: dict[str, Callable[[Path], Path]] = {
    "before torch 1.6": functools.partial(_saved, weights, new=False),
    "a whole training of before torch 1.6": functools.partial(_saved, _trained, new=False),
    "a compressed archive": _compressed,
    "an archive with a comment": _commented,
    "safetensors": functools.partial(_safetensors, None),
    "safetensors with metadata": functools.partial(_safetensors, {"format": "pt", "note": "<b>\x1b[2J"}),
    "safetensors called .pt": functools.partial(_safetensors, None, name="w.pt"),
    "behind a link": _linked,
    "a name in Chinese": functools.partial(_named, "权重 🎯.pt"),
    "a name with markup": functools.partial(_named, "<img src=x onerror=alert(1)>.pt"),
    "no suffix": functools.partial(_named, "weights"),
    "attributes called as methods": _attribute_over_method,
    "tensors with attributes called as methods": _tensors_with_attributes,
}

GENUINE = [
    *(Case(f"genuine: {what}", functools.partial(_saved, make), "accepted") for what, make in _STATES.items()),
    *(Case(f"genuine: {what}", build, "accepted") for what, build in _OTHERS.items()),
]
