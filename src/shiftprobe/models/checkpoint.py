"""The one loader of weights, the one writer, and the one test whether weights fit a model.

Nothing in a file is run: state dicts and safetensors only, checked before torch sees them and after.
"""

import hashlib
import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from shiftprobe.errors import CheckpointError
from shiftprobe.models.container import SAVE_STATE, kind, read
from shiftprobe.models.head import in_head
from shiftprobe.show import show

BUDGET = 4 * 2**30
"""Bytes a checkpoint may take where the model it is for is not known yet."""

_WRAPPERS = ("state_dict", "model_state_dict", "model")
_PREFIXES = ("module.", "_orig_mod.")
_DTYPES = (
    torch.float16, torch.bfloat16, torch.float32, torch.float64,
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
)  # fmt: skip
_FOREIGN = re.compile(r"GLOBAL (\S+)")


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What came of fitting weights into a model."""

    head_loaded: bool  # False when the head had another number of classes and kept the model's own weights


def budget_for(model: nn.Module) -> int:
    """Bytes a checkpoint of this model may take: eight times the model, as optimisers travel along, and 64 MB."""
    values = model.state_dict().values()
    size: int = sum(v.numel() * v.element_size() for v in values)
    return 8 * size + 64 * 2**20


def load_state(path: Path, *, budget_bytes: int = BUDGET) -> dict[str, Tensor]:
    """Named weights of a `.pt`, `.pth` or `.safetensors` file, on the CPU; what it is, its bytes tell.

    A wrapping dict (`state_dict`, `model_state_dict`, `model`) and the prefixes `module.` and `_orig_mod.` are taken
    off. Names of a safetensors file come in alphabetical order, not in that of the modules.

    Args:
        path: a regular file.
        budget_bytes: most bytes of the file, of what it unpacks to, and of all tensors; see `budget_for`.

    Raises:
        CheckpointError: one line that names the file and what is wrong with it.
    """
    content = read(path, budget_bytes)
    if kind(path, content, budget_bytes) == "safetensors":
        loaded: object = _safetensors(path, content)
    else:
        loaded = _torch(path, content)
    state = _unwrapped(path, loaded)
    for name, value in state.items():
        _check_form(path, name, value)
    total = sum(value.numel() * value.element_size() for value in state.values())
    if total > budget_bytes:
        raise CheckpointError(f"{show(path)}: wanted at most {budget_bytes:,} bytes of weights, got {total:,}")
    for name, value in state.items():
        if not torch.isfinite(value).all():
            raise CheckpointError(f"{show(path)}: {show(name)} holds NaN or infinity; did its training diverge?")
    return {name: value.detach().contiguous() for name, value in state.items()}


def fit_state(model: nn.Module, state: Mapping[str, Tensor], head: str | None = None) -> LoadReport:
    """Put weights into a model; half and double precision become the model's own.

    Args:
        model: changed in place, and not at all when something does not fit.
        state: weights by name.
        head: path of the head, when weights for another number of classes may come; the model's own head then
            stays as it is. None: everything must fit.

    Raises:
        CheckpointError: naming the first weight that is missing, not known to the model, or of another shape.
    """
    own = model.state_dict()
    other_head = head is not None and any(
        name not in state or state[name].shape != value.shape for name, value in own.items() if in_head(name, head)
    )
    kept = {name for name in own if other_head and head is not None and in_head(name, head)}
    missing = [name for name in own if name not in state and name not in kept]
    unknown = [name for name in state if name not in own]
    if missing or unknown:
        what = f"has no {show(missing[0])}" if missing else f"holds {show(unknown[0])}, which the model does not know"
        raise CheckpointError(
            f"the checkpoint {what} ({len(missing)} missing, {len(unknown)} unexpected of {len(own)}); "
            "is it the same arch?"
        )
    for name in own:
        if name not in kept:
            _check_fit(name, state[name], own[name])
    model.load_state_dict({n: own[n] if n in kept else state[n].to(own[n].dtype) for n in own}, strict=True)
    return LoadReport(head_loaded=not other_head)


def save_state(weights: nn.Module | Mapping[str, Tensor]) -> bytes:
    """Safetensors bytes of a model or a state dict; equal weights give equal bytes."""
    state = weights.state_dict() if isinstance(weights, nn.Module) else weights
    # A copy each, because safetensors refuses tensors that share memory.
    return safetensors.torch.save({name: _plain(state[name]).clone() for name in sorted(state)})


def state_digest(state: Mapping[str, Tensor]) -> str:
    """SHA-256, in hex, of names, types, shapes and bytes, sorted by name."""
    digest = hashlib.sha256()
    for name in sorted(state):
        value = _plain(state[name])
        digest.update(f"{len(name)}:{name}{value.dtype}{tuple(value.shape)}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _plain(value: Tensor) -> Tensor:
    return value.detach().cpu().contiguous()


def _torch(path: Path, content: bytes) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of its own past formats
            return torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")
    except Exception as error:  # noqa: BLE001 - hostile bytes raise anything; torch's text advises unsafe ways
        foreign = _FOREIGN.search(str(error))
    if foreign:
        raise CheckpointError(
            f"{show(path)}: wanted weights alone, but it asks for {show(foreign[1])}, which is refused; "
            f"if it is a whole model that you trust, {SAVE_STATE}"
        )
    raise CheckpointError(f"{show(path)}: not readable as a PyTorch state dict; is it whole? If so, {SAVE_STATE}")


def _safetensors(path: Path, content: bytes) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load(content)
    except Exception as error:  # noqa: BLE001 - the binding raises several kinds
        raise CheckpointError(f"{show(path)}: a damaged safetensors file ({show(error)})") from None


def _unwrapped(path: Path, loaded: Any) -> dict[str, Any]:
    while isinstance(loaded, dict):
        inner = next((loaded[key] for key in _WRAPPERS if isinstance(loaded.get(key), dict)), None)
        if inner is None:
            break
        loaded = inner
    if not isinstance(loaded, dict) or not loaded or not all(isinstance(name, str) for name in loaded):
        raise CheckpointError(f"{show(path)}: wanted weights by name, got {_describe(loaded)}; {SAVE_STATE}")
    while prefix := next((p for p in _PREFIXES if all(name.startswith(p) for name in loaded)), None):
        loaded = {name.removeprefix(prefix): value for name, value in loaded.items()}
    return dict(loaded)


def _describe(loaded: Any) -> str:
    return "an empty or unnamed collection" if isinstance(loaded, dict) else f"a {type(loaded).__name__}"


def _check_form(path: Path, name: str, value: Any) -> None:
    """A dense tensor of a plain type whose bytes are all there; nothing is computed on it yet."""
    if type(value) not in (Tensor, nn.Parameter):
        got = f"a {type(value).__name__}"
    elif value.layout != torch.strided or value.device.type != "cpu" or value.dtype not in _DTYPES:
        got = f"a {value.device.type} tensor of {value.layout}, {value.dtype}"
    elif value.numel() * value.element_size() > value.untyped_storage().nbytes():
        got = f"a view of {value.numel():,} values over {value.untyped_storage().nbytes():,} bytes"
    else:
        return
    raise CheckpointError(
        f"{show(path)}: {show(name)}: wanted a dense tensor of plain numbers, got {got}; {SAVE_STATE}"
    )


def _check_fit(name: str, found: Tensor, wanted: Tensor) -> None:
    if found.shape != wanted.shape or found.is_floating_point() != wanted.is_floating_point():
        raise CheckpointError(
            f"weights of {show(name)}: the model wants {tuple(wanted.shape)} {wanted.dtype}, "
            f"the checkpoint has {tuple(found.shape)} {found.dtype}; is it the same arch, channels and size?"
        )
    if found.dtype == torch.float64 and not torch.isfinite(found.to(wanted.dtype)).all():
        raise CheckpointError(f"weights of {show(name)}: too large for {wanted.dtype}; did its training diverge?")
