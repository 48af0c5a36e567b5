"""What is noted of a training: the best epoch, its weights, and scores that are those of all images."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.train.pixels import Labelled, Pixels
from shiftprobe.train.watching import EpochScore, Training, Watch, copied, scored

PLAIN = Preprocess(8, 1, (0.0,), (1.0,))


class Fixed(nn.Module):
    """Says class 0 with a strength that is its one weight."""

    def __init__(self, strength: float) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.tensor(strength))

    def forward(self, images: Tensor) -> Tensor:
        zero = torch.zeros(len(images))
        return torch.stack([zero + self.strength, zero], dim=1)


def labelled(*labels: int) -> Labelled:
    return Labelled(np.zeros((len(labels), 8, 8, 1), np.uint8), np.array(labels, np.int64))


def watched(strengths: list[float], validation: Labelled | None) -> Training:
    watch = Watch(validation, PLAIN, "cpu")
    for epoch, strength in enumerate(strengths):
        model = Fixed(strength).train()
        watch.see(model, 10.0 - epoch)
        assert validation is None or not len(validation.labels) or not model.training
    return watch.training()


def test_weights_of_the_best_epoch_are_kept_when_later_ones_are_worse() -> None:
    found = watched([0.5, 2.0, 1.0], labelled(0, 0, 0))
    assert found.loss == (10.0, 9.0, 8.0)
    assert found.best_epoch == 2
    assert found.best is not None
    assert found.best["strength"] == 2.0
    assert [score.accuracy for score in found.scores] == [1.0] * 3


def test_where_the_last_epoch_is_the_best_nothing_is_kept_beside_it() -> None:
    found = watched([0.5, 1.0, 2.0], labelled(0, 0, 0))
    assert (found.best_epoch, found.best) == (3, None)


def test_of_equal_epochs_the_first_is_the_best() -> None:
    found = watched([1.0, 2.0, 2.0, 2.0], labelled(0, 0))
    assert found.best_epoch == 2
    assert found.best is not None
    assert found.best["strength"] == 2.0
    assert watched([2.0, 2.0], labelled(0)).best_epoch == 1


@pytest.mark.parametrize("validation", [None, labelled()])
def test_without_judges_only_losses_are_noted(validation: Labelled | None) -> None:
    assert watched([1.0, 2.0], validation) == Training(loss=(10.0, 9.0), scores=(), best=None)
    assert watched([1.0, 2.0], validation).best_epoch is None


def test_accuracy_comes_before_loss() -> None:
    assert EpochScore(0.5, -9.0) > EpochScore(0.4, -0.1)
    assert EpochScore(0.5, -0.1) > EpochScore(0.5, -0.2)


@pytest.mark.parametrize("n", [1, 5, 256, 257, 600])
def test_a_score_is_that_of_all_images_however_many(n: int) -> None:
    rng = np.random.default_rng(n)
    data = Labelled(rng.integers(0, 256, (n, 8, 8, 1), dtype=np.uint8), rng.integers(0, 3, n))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Flatten(), nn.Linear(64, 3), nn.Dropout(0.9))
    found = scored(model.train(), Pixels(data, PLAIN, "cpu"))
    assert not model.training
    with torch.no_grad():
        logits = model(torch.from_numpy(data.images).permute(0, 3, 1, 2) / 255)
    assert found.accuracy == pytest.approx(np.mean(logits.argmax(1).numpy() == data.labels))
    assert -found.minus_loss == pytest.approx(float(functional.cross_entropy(logits, torch.from_numpy(data.labels))))


def test_no_pass_of_judging_is_larger_than_its_batch() -> None:
    met: list[int] = []

    class Noting(Fixed):
        def forward(self, images: Tensor) -> Tensor:
            met.append(len(images))
            return super().forward(images)

    scored(Noting(1.0), Pixels(labelled(*[0] * 513), PLAIN, "cpu"))
    assert met == [171, 171, 171]


def test_a_copy_stays_when_the_network_moves_on() -> None:
    model = Fixed(1.0)
    kept = copied(model)
    model.strength.data.fill_(5.0)
    assert kept["strength"] == 1.0
    assert not kept["strength"].requires_grad
