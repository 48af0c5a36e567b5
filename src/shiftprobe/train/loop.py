"""The one training loop: every arm and the source go through it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from shiftprobe.core import seeding
from shiftprobe.core.errors import RunError, ShiftprobeError
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.schema import Train
from shiftprobe.train.pixels import Labelled, Pixels
from shiftprobe.train.watching import Training, Watch


class DivergedError(ShiftprobeError):
    """A training whose loss is no longer a number."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a training in which one part of the network learns."""

    part: str  # module path; "" is the whole network
    factors: Mapping[str, float] = field(default_factory=dict)  # of the rate, by parameter; 0 stands still


WHOLE = Phase("")


def order(n: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The order in which n images are met in one epoch; the same in every arm of a seed."""
    return seeding.generator(seed, "order", epoch).permutation(n)


def batches(n: int, size: int) -> int:
    """How many batches an epoch has; they differ by one image at most, so batch norm never meets a single one."""
    return max(1, min(math.ceil(n / size), n // 2))


def fit(
    model: nn.Module,
    data: Labelled,
    preprocess: Preprocess,
    train: Train,
    *,
    seed: int,
    device: str,
    phases: Sequence[Phase] = (WHOLE,),
    validation: Labelled | None = None,
) -> Training:
    """Train a model in place with Adam: a linear warm-up over the first epoch of a phase, then a constant rate.

    Args:
        model: on `device`; left there after the last epoch, in evaluation mode.
        data: N images; they are kept on the device as bytes where they fit, and normalised batch by batch.
        preprocess: bytes to what the network meets.
        train: epochs, batch size, rate, precision.
        seed: moves the order and dropout, nothing else.
        device: "cpu", "cuda" or "mps".
        phases: which part learns, and how fast, one phase after the other; they share the epochs.
        validation: images that judge every epoch and train nothing.

    Returns:
        Loss of each epoch, what the validation part said, and the weights of the best epoch.

    Raises:
        DivergedError: when the loss is not finite, after the last step too, with epoch and rate.
        RunError: when the device has no memory left; a batch is never made smaller silently.
    """
    try:
        return _fit(model, Pixels(data, preprocess, device), train, seed, phases, Watch(validation, preprocess, device))
    except torch.OutOfMemoryError:
        raise RunError(
            f"training ran out of memory on {device} with a batch of {train.batch}; lower train.batch or "
            "model.preprocess.size, or use --device cpu"
        ) from None


def _fit(  # noqa: PLR0917 - what `fit` was given
    model: nn.Module, data: Pixels, train: Train, seed: int, phases: Sequence[Phase], watch: Watch
) -> Training:
    model.to(memory_format=torch.channels_last)  # 1.5 x on a processor
    with torch.random.fork_rng():
        torch.manual_seed(seeding.integer(seed, "dropout"))
        for phase, epochs in zip(phases, np.array_split(np.arange(train.epochs), len(phases)), strict=True):
            optimizer = torch.optim.Adam(_learning(model, phase), lr=train.lr)
            for epoch in epochs.tolist():
                _set_mode(model, phase)
                warming = epoch == epochs[0]
                loss = _epoch(model, optimizer, data, train, seed=seed, epoch=epoch, warming=warming)
                watch.see(model, _finite(loss, epoch, train.lr))
    model.requires_grad_(requires_grad=True).eval()
    with torch.inference_mode():  # the losses so far came each before its step; this one sees what the last step left
        some = np.arange(min(len(data), train.batch))
        last = functional.cross_entropy(model(data.images(some)), data.labels(some))
    _finite(last, train.epochs - 1, train.lr)
    return watch.training()


def _epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    data: Pixels,
    train: Train,
    *,
    seed: int,
    epoch: int,
    warming: bool,
) -> Tensor:
    """One pass over all images; their mean loss, still on the device."""
    count = batches(len(data), train.batch)
    total = torch.zeros((), device=data.device)
    for step, part in enumerate(np.array_split(order(len(data), seed, epoch), count)):
        for group in optimizer.param_groups:
            group["lr"] = group["factor"] * train.lr * ((step + 1) / count if warming else 1.0)
        images, labels = data.images(part), data.labels(part)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(data.device, torch.bfloat16, enabled=train.precision == "bf16"):
            loss = functional.cross_entropy(model(images), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total += loss.detach() * len(part)
    return total / len(data)


def _learning(model: nn.Module, phase: Phase) -> list[dict[str, object]]:
    """What learns in a phase, as an optimizer takes it, in groups of one factor; all else is frozen."""
    names = {parameter: name for name, parameter in model.named_parameters()}
    model.requires_grad_(requires_grad=False)
    groups: dict[float, list[nn.Parameter]] = {}
    for parameter in model.get_submodule(phase.part).parameters():
        factor = phase.factors.get(names[parameter], 1.0)
        if factor > 0:
            parameter.requires_grad = True
            groups.setdefault(factor, []).append(parameter)
    return [{"params": some, "factor": factor} for factor, some in groups.items()]


def _set_mode(model: nn.Module, phase: Phase) -> None:
    """What does not learn stands still whole, its batch statistics too."""
    model.eval()
    _awaken(model.get_submodule(phase.part))


def _awaken(part: nn.Module) -> None:
    """Training mode for the parts of which every parameter learns."""
    if all(parameter.requires_grad for parameter in part.parameters()):
        part.train()
        return
    for child in part.children():
        if next(child.parameters(), None) is not None:
            _awaken(child)


def _finite(loss: Tensor, epoch: int, rate: float) -> float:
    value = float(loss)
    if not math.isfinite(value):
        raise DivergedError(f"training diverged at epoch {epoch + 1}, lr {rate:g}; try a smaller train.lr")
    return value
