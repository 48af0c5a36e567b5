"""The one loader of weights, and the one writer.

Nothing in a file is run: state dicts and safetensors only, checked before torch sees them and after.
"""

import hashlib
import io
import json
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import safetensors.torch
import torch
from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.models.formats.container import SAVE_STATE, check_count, kind, read
from shiftprobe.models.formats.pickled import not_of_torch, plain, without_foreign
from shiftprobe.models.formats.values import checked
from shiftprobe.models.formats.ways_out import cut_out, of_python, refused_name
from shiftprobe.models.formats.wrapping import PREFIXES, TORCHS_OWN, unwrapped
from shiftprobe.models.timm_args import args_in

BUDGET = 4 * 2**30
"""Bytes a checkpoint may take where the model it is for is not known yet."""

Format: TypeAlias = Literal["torch", "torch (legacy)", "safetensors"]

_FOREIGN = re.compile(r"GLOBAL (\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The weights of a file, and all that is known of it."""

    state: Mapping[str, Tensor]  # finite, on the CPU, float32 but for whole numbers
    sha256: str  # of the file's bytes, in hex
    bytes: int
    format: Format
    classes: tuple[str, ...] | None  # by position, where the file itself names them
    dtypes: tuple[str, ...]  # as they stood in the file
    notes: tuple[str, ...]  # a sentence for each step between the file and the weights
    args: Mapping[str, object] | None = None  # of timm's train.py, where it wrote the file


def budget_for(model: nn.Module) -> int:
    """Bytes a checkpoint of this model may take: eight times the model, as optimisers travel along, and 64 MB."""
    values = model.state_dict().values()
    size: int = sum(v.numel() * v.element_size() for v in values)
    return 8 * size + 64 * 2**20


def load_checkpoint(
    path: Path,
    *,
    budget_bytes: int = BUDGET,
    part: str | None = None,
    prefixes: Iterable[str] = PREFIXES,
    lone: str | None = None,
) -> Loaded:
    """Named weights of a `.pt`, `.pth` or `.safetensors` file, on the CPU; what it is, its bytes tell.

    What wraps the weights is taken off: a dict (`state_dict`, `model`, `ema` and their kin) and prefixes that all names
    share (`module.`, `_orig_mod.`, `model.`, `net.`). Names of a safetensors file come in alphabetical order, not in
    that of the modules.

    Args:
        path: a regular file.
        budget_bytes: most bytes of the file, of what it unpacks to, and of all tensors; see `budget_for`.
        part: key of the part to read, such as "model_ema"; None takes the plain weights.
        prefixes: which prefixes may be taken off.
        lone: what a tensor is called that is all there is; None where it is refused.

    Raises:
        CheckpointError: one line that names the file and what is wrong with it.
    """
    return _loaded(path, budget_bytes, part, prefixes, lone)


def load_state(path: Path, *, budget_bytes: int = BUDGET) -> dict[str, Tensor]:
    """The weights alone, as `load_own` finds them."""
    return dict(load_own(path, budget_bytes=budget_bytes).state)


def load_own(path: Path, *, budget_bytes: int = BUDGET) -> Loaded:
    """As `load_checkpoint`, but only prefixes that torch itself puts are taken off.

    Args:
        path: a regular file.
        budget_bytes: as there.

    Raises:
        CheckpointError: one line that names the file and what is wrong with it.
    """
    return _loaded(path, budget_bytes, None, TORCHS_OWN)


def _loaded(
    path: Path, budget_bytes: int, part: str | None, prefixes: Iterable[str], lone: str | None = None
) -> Loaded:
    content = read(path, budget_bytes)
    found: Format = kind(path, content, budget_bytes)
    foreign: tuple[str, ...] = ()
    if found == "safetensors":
        loaded, beside = _safetensors(path, content)
    else:
        cut, foreign = without_foreign(path, content)
        loaded, beside = plain(path, _torch(path, cut), cut), {}
        found = "torch" if content.startswith(b"PK") else "torch (legacy)"
    inner = unwrapped(path, loaded, part=part, prefixes=prefixes, beside=beside, lone=lone)
    weights = checked(path, inner.values, budget_bytes)
    return Loaded(
        state=weights.state,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        format=found,
        classes=inner.classes,
        dtypes=weights.dtypes,
        notes=(*cut_out(foreign), *inner.notes, *weights.notes),
        args=args_in(loaded),
    )


def save_state(weights: nn.Module | Mapping[str, Tensor], classes: Sequence[str] | None = None) -> bytes:
    """Safetensors bytes of a model or a state dict; equal weights give equal bytes.

    Args:
        weights: by name.
        classes: (C,) what its outputs are called, which the file then says; None says nothing.
    """
    state = weights.state_dict() if isinstance(weights, nn.Module) else weights
    # A copy each, because safetensors refuses tensors that share memory.
    beside = None if classes is None else {"class_names": json.dumps(list(classes))}
    return safetensors.torch.save({name: _plain(state[name]).clone() for name in sorted(state)}, beside)


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
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - hostile bytes raise anything; torch's text advises unsafe ways
        foreign = _FOREIGN.search(str(error))
    if foreign:
        raise CheckpointError(f"{escape(path)}: {refused_name(foreign[1])}")
    asked = None if content.startswith(b"PK") else not_of_torch(content)
    if asked is not None:
        raise CheckpointError(f"{escape(path)}: {of_python(asked)}")
    raise CheckpointError(f"{escape(path)}: not readable as a PyTorch state dict; is it whole? If so, {SAVE_STATE}")


def _safetensors(path: Path, content: bytes) -> tuple[object, dict[str, str]]:
    """Its weights, and what its header says beside them."""
    try:
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")], object_pairs_hook=_distinct)
        check_count(path, len(header))
        state = safetensors.torch.load(content)
    except CheckpointError:
        raise
    except Exception as error:  # the binding raises several kinds
        if isinstance(error, MemoryError):
            raise
        raise CheckpointError(f"{escape(path)}: a damaged safetensors file ({escape(error)})") from None
    return state, header.get("__metadata__") or {}


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object whose names differ; of two with one name, each reader takes its own."""
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a name stands there twice")
    return found
