"""A recipe: everything that one training does to a network beside its data, resolved to numbers."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

Optimizer: TypeAlias = Literal["adam", "adamw", "sgd"]
Schedule: TypeAlias = Literal["constant", "cosine", "step"]
Augmentation: TypeAlias = Literal["none", "crop_flip", "trivial"]
Balance: TypeAlias = Literal["none", "weights", "sampling"]
Precision: TypeAlias = Literal["float32", "tf32", "bf16"]


def batches(n: int, size: int) -> int:
    """How many batches an epoch of n images has; they differ by one image at most, so none holds a single one."""
    return max(1, min(math.ceil(n / size), n // 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How long a training is: its optimiser steps, and the epochs that they fill; the last one may be cut short."""

    per_epoch: int  # steps of a whole epoch
    steps: int  # of all epochs together
    warmup: int  # steps of a phase over which the rate rises from nearly nothing

    @property
    def epochs(self) -> int:
        """How many epochs are begun."""
        return -(-self.steps // self.per_epoch)

    def in_epoch(self, epoch: int) -> int:
        """The steps of an epoch, counted from 0."""
        return min(self.per_epoch, self.steps - epoch * self.per_epoch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a network is trained; the defaults are those of `plain`."""

    name: str = "plain"
    opt: Optimizer = "adam"  # adam and adamw with betas .9 and .999, sgd with momentum .9
    lr: float = 2e-3  # of the whole batch, at the end of the warm-up
    weight_decay: float = 0.0  # never on norms and biases
    sched: Schedule = "constant"  # after the warm-up; step: a tenth after .4, .6 and .8 of the steps
    warmup: int | float | None = None  # steps, or below 1 a share of all; None: one epoch
    epochs: int = 20
    steps: int | None = None  # exactly so many, whatever the epochs
    min_steps: int = 0  # more epochs where there would be fewer
    batch: int = 64
    aug: Augmentation = "none"
    scale: float = 1.0  # area of the smallest crop, a fraction of the image's
    flip: bool = False  # left and right, in half of the images
    mixup: float = 0.0  # alpha of the Beta distribution; 0: off
    cutmix: float = 0.0
    smoothing: float = 0.0
    layer_decay: float = 1.0  # factor of the rate per block, from the head down
    ema: float = 0.0  # decay of the weights' moving average; 0: off
    clip_grad: float = 0.0  # largest norm of a gradient; 0: off
    freeze_bn: bool = False  # batch statistics of a checkpoint stand still
    balance: Balance = "none"
    precision: Precision = "float32"

    def course(self, n: int) -> Course:
        """How long a training on n images is."""
        per_epoch = batches(n, self.batch)
        epochs = max(self.epochs, -(-self.min_steps // per_epoch))
        steps = self.steps if self.steps is not None else epochs * per_epoch
        return Course(per_epoch=per_epoch, steps=steps, warmup=self._warmup(per_epoch, steps))

    def _warmup(self, per_epoch: int, steps: int) -> int:
        if self.warmup is None:
            return per_epoch
        return round(self.warmup * steps) if 0 < self.warmup < 1 else int(self.warmup)
