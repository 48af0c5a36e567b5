"""Whether what stands under a name in a checkpoint is a weight: form before size, size before arithmetic."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.models.formats.container import SAVE_STATE
from shiftprobe.models.formats.foreign import maker

_DTYPES = (
    torch.float16, torch.bfloat16, torch.float32, torch.float64,
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
)  # fmt: skip
_FREE, _SHARED = 64 * 2**20, 8  # bytes that may always be shown again, and how often all of them may


class CheckedWeights(NamedTuple):
    """Dense, finite tensors on the CPU, float32 where they are no whole numbers; what they were, and what was done."""

    state: dict[str, Tensor]
    dtypes: tuple[str, ...]  # as they stood in the file, "float16", sorted
    notes: tuple[str, ...]


def checked(path: Path, values: Mapping[str, object], budget_bytes: int) -> CheckedWeights:
    """Values that are weights, all of one precision.

    Args:
        path: of the file, for messages.
        values: by name, not looked at yet.
        budget_bytes: most bytes of all of them.

    Raises:
        CheckpointError: naming the first that is no dense tensor of plain numbers, or is not finite.
    """
    tensors = {name: _dense(path, name, value) for name, value in values.items()}
    total = sum(value.numel() * value.element_size() for value in tensors.values())
    if total > budget_bytes:
        raise CheckpointError(f"{escape(path)}: wanted at most {budget_bytes:,} bytes of weights, got {total:,}")
    held = {value.untyped_storage().data_ptr(): value.untyped_storage().nbytes() for value in tensors.values()}
    if total > _FREE + _SHARED * sum(held.values()):
        raise CheckpointError(
            f"{escape(path)}: its tensors show {sum(held.values()):,} bytes as {total:,}, again and again; {SAVE_STATE}"
        )
    _check_finite(path, tensors, "holds NaN or infinity; did its training diverge?")
    dtypes = tuple(sorted({spelled(value.dtype) for value in tensors.values()}))
    state = {name: _single(value) for name, value in tensors.items()}
    _check_finite(path, state, "is too large for float32; did its training diverge?")
    return CheckedWeights(state, dtypes, widened(dtypes))


def widened(dtypes: Iterable[str]) -> tuple[str, ...]:
    """That weights of other precisions became float32, in words; nothing where there are none."""
    other = [dtype for dtype in sorted(dtypes) if "float" in dtype and dtype != "float32"]
    return (f"weights in {' and '.join(other)} became float32",) if other else ()


def _single(value: Tensor) -> Tensor:
    wide = value.detach().contiguous()
    return wide.float() if wide.is_floating_point() else wide


def spelled(dtype: torch.dtype) -> str:
    """'float16'."""
    return str(dtype).removeprefix("torch.")


def _check_finite(path: Path, values: Mapping[str, Tensor], why: str) -> None:
    broken = [name for name, value in values.items() if not torch.isfinite(value).all()]
    if broken:
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        raise CheckpointError(f"{escape(path)}: {escape(broken[0])}{more} {why}")


def _dense(path: Path, name: str, value: object) -> Tensor:
    """A dense tensor of a plain type whose bytes are all there; nothing is computed on it yet."""
    if not isinstance(value, Tensor) or type(value) not in (Tensor, nn.Parameter):
        by = maker(value)
        got = f"a {type(value).__name__}" if by is None else f"what {escape(by, 80)} makes"
    elif value.layout != torch.strided or value.device.type != "cpu" or value.dtype not in _DTYPES:
        got = f"a {value.device.type} tensor of {value.layout}, {value.dtype}"
    elif value.numel() * value.element_size() > value.untyped_storage().nbytes():
        got = f"a view of {value.numel():,} values over {value.untyped_storage().nbytes():,} bytes"
    else:
        return value
    raise CheckpointError(
        f"{escape(path)}: {escape(name)}: wanted a dense tensor of plain numbers, got {got}; {SAVE_STATE}"
    )
