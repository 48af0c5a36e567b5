"""The one loader of weights, the one writer, and the one test whether weights fit a model.

Nothing in a file is run: state dicts and safetensors only, checked before torch sees them and after.
"""

import hashlib
import io
import json
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import safetensors.torch
import torch
from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.models.container import SAVE_STATE, check_count, kind, read
from shiftprobe.models.head import COUNTER, guides, in_head
from shiftprobe.models.pickled import plain, without_foreign
from shiftprobe.models.timm_args import args_in
from shiftprobe.models.values import checked
from shiftprobe.models.ways_out import cut_out, refused_name
from shiftprobe.models.wrapping import PREFIXES, TORCHS_OWN, aligned, unwrapped

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


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What came of fitting weights into a model."""

    head_loaded: bool  # False when the head had another number of classes and kept the model's own weights
    notes: tuple[str, ...] = ()  # a sentence for each weight that was left out or begins anew


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
    given, notes = _known(aligned(state, own), own)
    other_head = head is not None and any(
        name not in given or given[name].shape != value.shape for name, value in own.items() if in_head(name, head)
    )
    kept = {name for name in own if other_head and head is not None and in_head(name, head)}
    missing = [name for name in own if name not in given and name not in kept]
    unknown = [name for name in given if name not in own]
    if missing or unknown:
        what = (
            f"has no {escape(missing[0])}" if missing else f"holds {escape(unknown[0])}, which the model does not know"
        )
        raise CheckpointError(
            f"the checkpoint {what} ({len(missing)} missing, {len(unknown)} unexpected of {len(own)}); "
            "is it the same arch?"
        )
    for name in own:
        if name not in kept:
            _check_fit(name, given[name], own[name])
            own[name] = given[name].to(own[name].dtype)
    model.load_state_dict(own, strict=True)  # the model's own dict: some modules ask for the version noted in it
    return LoadReport(head_loaded=not other_head, notes=notes)


def _known(state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """The weights without those that only guide training and the model lacks; with counters that old files lack."""
    left = [name for name in state if guides(name) and name not in own]
    counters = [name for name in own if name.endswith(COUNTER) and name not in state]
    given = {name: value for name, value in state.items() if name not in left}
    given |= {name: torch.zeros_like(own[name]) for name in counters if name.removesuffix(COUNTER) + ".weight" in given}
    more = " and so on" if len(left) > 1 else ""
    notes = [f"what only guides training ({escape(left[0])}{more}) was left out"] if left else []
    if counters:
        notes.append(f"counters of batches ({len(counters)}) are not in the file and begin at 0")
    return given, tuple(notes)


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
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - hostile bytes raise anything; torch's text advises unsafe ways
        foreign = _FOREIGN.search(str(error))
    if foreign:
        raise CheckpointError(f"{escape(path)}: {refused_name(foreign[1])}")
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


def _check_fit(name: str, found: Tensor, wanted: Tensor) -> None:
    if found.shape != wanted.shape or found.is_floating_point() != wanted.is_floating_point():
        raise CheckpointError(
            f"weights of {escape(name)}: the model wants {tuple(wanted.shape)} {wanted.dtype}, "
            f"the checkpoint has {tuple(found.shape)} {found.dtype}; is it the same arch, channels and size?"
        )
    if found.dtype == torch.float64 and not torch.isfinite(found.to(wanted.dtype)).all():
        raise CheckpointError(f"weights of {escape(name)}: too large for {wanted.dtype}; did its training diverge?")
