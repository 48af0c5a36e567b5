"""Units that never fire, brought back: their bias is moved until they fire as often as their neighbours do."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.types import PENULTIMATE
from shiftprobe.repairs.attempt import Attempt, Patient, Site
from shiftprobe.repairs.readouts import INPUT, Matrix, answers_right, dealt, features_at
from shiftprobe.repairs.tap_readouts import CONSTANT, TapReadouts

if TYPE_CHECKING:
    from torch import Tensor, nn

NAME = "revive"


def revive(patient: Patient, site: Site, found: TapReadouts, taps: Sequence[str], *, seed: int = 0) -> Attempt:
    """Move the bias of dead units; the sham moves that of as many living units of the same layers in the same way.

    The mean of a dead unit before its activation becomes what is usual among living ones, in its own standard
    deviations. Each half of the images is judged by what the other half moved; no label is used.

    Args:
        patient: the checkpoint.
        site: labelled images that the head knows.
        found: readouts of the site.
        taps: dead ones, in depth order.
        seed: of the halves and of the units of the sham.

    Returns:
        Without arrays where no bias can be moved or the head does not know the classes.
    """
    title, sham = "the bias of dead units moved until they fire", "the bias of as many living units moved alike"
    attempt = Attempt(name=NAME, cause="dead_units", title=title, sham_title=sham, details=tuple(taps))
    if found.head is None or site.columns is None:
        return replace(attempt, reason="the head does not know these classes")
    images = site.pixels(patient.preprocess)
    half = dealt(site.labels, 2, seeding.generator(seed, NAME, "halves"))
    after, beside = np.zeros(len(images)), np.zeros(len(images))
    for one in (0, 1):
        fits, judges = images[half == one], half != one
        for alike, answers in ((False, after), (True, beside)):
            other = _moved(patient, fits, found.taps, taps, seed if alike else None)
            if other is None:
                return replace(attempt, reason="no layer with a bias is dead that could be moved")
            answers[judges] = _right(other, images[judges], site, judges)
    return replace(attempt, before=found.head, after=after, sham=beside)


def _moved(
    patient: Patient, images: NDArray[np.uint8], order: Sequence[str], taps: Sequence[str], sham: int | None
) -> Patient | None:
    """A copy with the biases moved, tap after tap; None where nothing could be moved."""
    twin, any_moved = replace(patient, model=copy.deepcopy(patient.model)), False
    for tap in taps:
        layer = biased_layer(twin.model, order, tap, twin.head)
        if layer is None:
            continue
        mean, spread = _before_activation(twin, images, layer)
        dead = _silent(twin, images, tap)
        if len(mean) != len(dead) or dead.all() or not dead.any():
            continue
        any_moved = _shift(twin.model.get_submodule(layer), mean, spread, dead, sham) or any_moved
    return twin if any_moved else None


def biased_layer(model: "nn.Module", order: Sequence[str], tap: str, head: str) -> str | None:
    """The last layer with a bias that a tap is read after and the tap before it is not; None where there is none.

    Args:
        model: registers its modules in the order in which they run.
        order: all taps in depth order.
        tap: one of them.
        head: is no such layer.
    """
    names = [name for name, _ in model.named_modules()]
    ends = {
        one: max((i for i, name in enumerate(names) if f"{name}.".startswith(f"{one}.")), default=-1) for one in order
    }
    ends[PENULTIMATE] = names.index(head) - 1 if head in names else len(names)
    start = max((ends[one] for one in order[: order.index(tap)] if one != INPUT), default=-1)
    between = [name for name in names[start + 1 : ends[tap] + 1] if name and name != head]
    biased = [name for name in between if getattr(model.get_submodule(name), "bias", None) is not None]
    return biased[-1] if biased else None


def _before_activation(patient: Patient, images: NDArray[np.uint8], layer: str) -> tuple[Matrix, Matrix]:
    """Mean and standard deviation of a layer's outputs per channel, over images and positions."""
    import torch

    values: list[torch.Tensor] = []
    module = patient.model.get_submodule(layer)
    handle = module.register_forward_hook(lambda _, __, out: values.append(_channels(out.detach().double())))
    try:
        with torch.inference_mode():
            for start in range(0, len(images), 64):
                batch = torch.from_numpy(np.ascontiguousarray(images[start : start + 64]))
                patient.model(patient.preprocess.normalise(batch))
    finally:
        handle.remove()
    sums = torch.stack([one.sum(dim=0) for one in values]).sum(dim=0)
    n = sum(len(one) for one in values)
    mean = sums / n
    variance = torch.stack([(one - mean).square().sum(dim=0) for one in values]).sum(dim=0) / n
    return mean.numpy(), variance.sqrt().numpy()


def _channels(out: "Tensor") -> "Tensor":
    """(rows, C): positions are rows, channels stand second in a map and last elsewhere."""
    return out.movedim(1, -1).flatten(0, -2) if out.ndim == 4 else out.flatten(0, -2)  # noqa: PLR2004 - a map


def _silent(patient: Patient, images: NDArray[np.uint8], tap: str) -> NDArray[np.bool_]:
    """(D,) whether each unit of a tap says the same of every image."""
    unlabelled = Site(at="", pixels=lambda _: images, labels=np.zeros(len(images), np.int64), classes=(), columns=None)
    x = features_at(patient, unlabelled, (tap,))[tap].astype(np.float64)
    return np.asarray(x.std(axis=0) <= CONSTANT * np.sqrt(np.square(x).mean(axis=0)))


def _shift(module: "nn.Module", mean: Matrix, spread: Matrix, dead: NDArray[np.bool_], sham: int | None) -> bool:
    """Move the bias of dead units, or of as many living ones; whether any was moved."""
    import torch

    living = np.flatnonzero(~dead)
    usual = float(np.median(mean[living] / np.maximum(spread[living], 1e-12)))
    chosen = np.flatnonzero(dead & (spread > 0))
    if not len(chosen):
        return False
    if sham is not None:
        chosen = np.sort(seeding.generator(sham, NAME, "units").permutation(living)[: len(chosen)])
    bias = module.bias
    if not isinstance(bias, torch.Tensor):
        return False
    with torch.no_grad():
        bias[torch.from_numpy(chosen)] += torch.from_numpy((usual * spread - mean)[chosen]).to(bias.dtype)
    return True


def _right(patient: Patient, images: NDArray[np.uint8], site: Site, judges: NDArray[np.bool_]) -> Matrix:
    part = replace(site, pixels=lambda _: images, labels=site.labels[judges])
    right = answers_right(patient, part)
    return np.zeros(len(images)) if right is None else right
