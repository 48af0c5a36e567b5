"""What a training is seen to do, epoch by epoch: loss, and accuracy on images that train nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.train.pixels import Labelled, Pixels

BATCH = 256


@dataclass(frozen=True, slots=True, order=True)
class EpochScore:
    """How an epoch did on the validation part; the larger the better."""

    accuracy: float  # fraction
    minus_loss: float  # nats; decides between epochs of equal accuracy


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How a training went."""

    loss: tuple[float, ...]  # mean of each epoch, nats
    scores: tuple[EpochScore, ...]  # of each epoch; empty without a validation part
    best: Mapping[str, Tensor] | None  # the weights after the best epoch, on the CPU; None where it is the last one
    train_accuracy: float | None = None  # of the last epoch's network, on training images as they are

    @property
    def best_epoch(self) -> int | None:
        """The first epoch of the best score, from 1; None without a validation part."""
        return 1 + self.scores.index(max(self.scores)) if self.scores else None


class Watch:
    """Looks at a network after every epoch and keeps the weights of the best one."""

    def __init__(self, validation: Labelled | None, preprocess: Preprocess, device: str) -> None:
        empty = validation is None or not len(validation.labels)
        self._data = None if empty or validation is None else Pixels(validation, preprocess, device)
        self._loss: list[float] = []
        self._scores: list[EpochScore] = []
        self._best: Mapping[str, Tensor] | None = None

    def see(self, model: nn.Module, loss: float) -> None:
        """One epoch has ended with this training loss; the model is left in evaluation mode."""
        self._loss.append(loss)
        if self._data is None:
            return
        score = scored(model, self._data)
        if not self._scores or score > max(self._scores):
            self._best = copied(model)
        self._scores.append(score)

    def training(self, train_accuracy: float | None = None) -> Training:
        """All that was seen, and how the last network does on training images."""
        loss, scores = tuple(self._loss), tuple(self._scores)
        seen = Training(loss=loss, scores=scores, best=None, train_accuracy=train_accuracy)
        earlier = seen.best_epoch is not None and seen.best_epoch < len(self._scores)
        return replace(seen, best=self._best) if earlier else seen


def scored(model: nn.Module, data: Pixels, most: int | None = None) -> EpochScore:
    """Accuracy and loss of a network on some images, of them `most` at most, in float32."""
    model.eval()
    said: list[Tensor] = []
    n = min(len(data), most or len(data))
    with torch.inference_mode():
        for images, labels in data.batches(np.array_split(np.arange(n), -(-n // BATCH))):
            logits = model(images)
            right = (logits.argmax(1) == labels).sum()
            said.append(torch.stack([right.float(), functional.cross_entropy(logits, labels, reduction="sum")]))
        each = torch.stack(said).tolist()  # the one time that the device is waited for
    return EpochScore(sum(right for right, _ in each) / n, -sum(loss for _, loss in each) / n)


def copied(model: nn.Module) -> dict[str, Tensor]:
    """A network's weights and buffers, on the CPU, for keeping."""
    return {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
