"""The one training loop: every arm and the source go through it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from shiftprobe.core import seeding
from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.models.batch_norms import batch_norms
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.sharing import no_room
from shiftprobe.spec.recipe import Course, Recipe
from shiftprobe.train.arithmetic import arithmetic
from shiftprobe.train.augment import mixed_loss
from shiftprobe.train.balance import class_weights
from shiftprobe.train.batching import Batch, epoch_batches
from shiftprobe.train.optimizer import Phase, learning, optimizer, set_rate
from shiftprobe.train.pixels import Labelled, Pixels
from shiftprobe.train.schedule import rate_factor
from shiftprobe.train.watching import Training, Watch, scored

LOOKED_AT = 1000  # training images that a finished network is asked about again


class DivergedError(ShiftprobeError):
    """A training whose loss is no longer a number."""


WHOLE = Phase("")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What stays the same in all epochs of a training."""

    model: nn.Module
    data: Pixels
    recipe: Recipe
    course: Course
    seed: int
    weight: Tensor | None  # (K,) what an image's loss weighs by its class; None: all alike


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """A phase under way."""

    phase: Phase
    optimizer: torch.optim.Optimizer
    epochs: Sequence[int]
    average: AveragedModel | None

    def step(self, course: Course, epoch: int) -> int:
        """The step of the phase with which an epoch begins."""
        return sum(course.in_epoch(one) for one in self.epochs if one < epoch)


def fit(
    model: nn.Module,
    data: Labelled,
    preprocess: Preprocess,
    recipe: Recipe,
    *,
    seed: int,
    device: str,
    phases: Sequence[Phase] = (WHOLE,),
    validation: Labelled | None = None,
    head: str = "",
) -> Training:
    """Train a model in place by a recipe.

    Args:
        model: on `device`; left there after the last epoch, in evaluation mode.
        data: N images; they are kept on the device as bytes where they fit, and normalised batch by batch.
        preprocess: bytes to what the network meets.
        recipe: optimiser, rate and schedule, length, batch, augmentation, loss, precision.
        seed: moves the order, what is drawn for each image, and dropout, nothing else.
        device: "cpu", "cuda" or "mps".
        phases: which part learns, and how fast, one phase after the other; they share the epochs, each with a schedule
            of its own.
        validation: images that judge every epoch and train nothing.
        head: module name of the classification head; only a decay per layer asks for it.

    Returns:
        Loss of each epoch, what the validation part said, and the weights of the best epoch.

    Raises:
        DivergedError: when the loss is not finite, after the last step too, with epoch and rate.
        RunError: when the device has no memory left; a batch is never made smaller silently.
        SpecError: when the recipe asks for a decay per layer and the network shows no layers.
    """
    try:
        pixels = Pixels(data, preprocess, device)
        course = recipe.course(len(pixels))
        run = _Run(
            model=model, data=pixels, recipe=recipe, course=course, seed=seed, weight=_weight(model, pixels, recipe)
        )
        return _fit(run, phases, Watch(validation, preprocess, device), head)
    except torch.OutOfMemoryError:
        raise no_room(
            f"training ran out of memory on {device} with a batch of {recipe.batch}; lower train.batch or "
            "model.preprocess.size, or use --device cpu"
        ) from None


def _fit(run: _Run, phases: Sequence[Phase], watch: Watch, head: str) -> Training:
    model, recipe = run.model, run.recipe
    model.to(memory_format=torch.channels_last)  # 1.5 x on a processor
    average = _average(model, recipe)
    kept = model if average is None else average.module
    with torch.random.fork_rng():
        torch.manual_seed(seeding.integer(run.seed, "dropout"))
        for phase, epochs in zip(phases, np.array_split(np.arange(run.course.epochs), len(phases)), strict=True):
            made = optimizer(model, phase, recipe, head)
            stage = _Stage(phase=phase, optimizer=made, epochs=epochs.tolist(), average=average)
            for epoch in stage.epochs:
                _set_mode(model, phase, recipe)
                with arithmetic(recipe.precision):
                    loss = _epoch(run, stage, epoch)
                watch.see(kept, _finite(float(loss), epoch, recipe.lr))
    if kept is not model:
        model.load_state_dict(kept.state_dict())
    model.requires_grad_(requires_grad=True).eval()
    last = scored(model, run.data, LOOKED_AT)  # the losses so far came each before its step
    _finite(last.minus_loss, run.course.epochs - 1, recipe.lr)
    return watch.training(last.accuracy)


def _weight(model: nn.Module, data: Pixels, recipe: Recipe) -> Tensor | None:
    if recipe.balance != "weights":
        return None
    with torch.inference_mode():
        classes = model.eval()(data.images(np.arange(1))).shape[1]
    return class_weights(data.answers, classes).to(data.device)


def _average(model: nn.Module, recipe: Recipe) -> AveragedModel | None:
    if not recipe.ema:
        return None
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema), use_buffers=True)  # type: ignore[no-untyped-call]


def _epoch(run: _Run, stage: _Stage, epoch: int) -> Tensor:
    """One pass over all images, or as many as the steps allow; their mean loss, still on the device."""
    recipe, course = run.recipe, run.course
    steps, began = sum(map(course.in_epoch, stage.epochs)), stage.step(course, epoch)
    total, met = torch.zeros((), device=run.data.device), 0
    for step, batch in enumerate(epoch_batches(run.data, recipe, course, seed=run.seed, epoch=epoch), began):
        set_rate(stage.optimizer, recipe.lr * rate_factor(recipe.sched, step, steps, course.warmup))
        stage.optimizer.zero_grad(set_to_none=True)
        loss = _loss(run, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        if recipe.clip_grad:
            nn.utils.clip_grad_norm_(learning(stage.optimizer), recipe.clip_grad)
        stage.optimizer.step()
        if stage.average is not None:
            stage.average.update_parameters(run.model)
        total += loss.detach() * len(batch.labels)
        met += len(batch.labels)
    return total / met


def _loss(run: _Run, batch: Batch) -> Tensor:
    with torch.autocast(run.data.device, torch.bfloat16, enabled=run.recipe.precision == "bf16"):
        logits, smoothing = run.model(batch.images), run.recipe.smoothing
        if batch.partners is None:
            return functional.cross_entropy(logits, batch.labels, run.weight, label_smoothing=smoothing)
        partners, share = batch.partners, batch.share
        each = mixed_loss(logits, batch.labels, partners=partners, share=share, smoothing=smoothing, weight=run.weight)
        return each.mean()


def _set_mode(model: nn.Module, phase: Phase, recipe: Recipe) -> None:
    """What does not learn stands still whole, its batch statistics too."""
    model.eval()
    _awaken(model.get_submodule(phase.part))
    if recipe.freeze_bn:
        for part in batch_norms(model):
            part.eval()


def _awaken(part: nn.Module) -> None:
    """Training mode for the parts of which every parameter learns."""
    if all(parameter.requires_grad for parameter in part.parameters()):
        part.train()
        return
    for child in part.children():
        if next(child.parameters(), None) is not None:
            _awaken(child)


def _finite(loss: float, epoch: int, rate: float) -> float:
    if not math.isfinite(loss):
        raise DivergedError(f"training diverged at epoch {epoch + 1}, lr {rate:g}; try a smaller train.lr")
    return loss
