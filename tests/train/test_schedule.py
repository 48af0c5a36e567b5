"""What one training does, step by step: its rates, its optimiser, its loss, against a loop written by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.batching import order
from shiftprobe.train.loop import WHOLE, fit
from shiftprobe.train.optimizer import Phase
from shiftprobe.train.pixels import Labelled

PLAIN = Preprocess(8, 1, (0.0,), (1.0,))


def some(n: int) -> Labelled:
    rng = np.random.default_rng(0)
    return Labelled(rng.integers(0, 256, (n, 8, 8, 1), dtype=np.uint8), np.arange(n) % 3)


def linear() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 3))


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> list[list[float]]:
    """The rate of every step, a list per optimiser."""
    noted: list[list[float]] = []

    class Noting(torch.optim.Adam):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[arg-type]
            noted.append([])

        def step(self, *arguments: object, **options: object) -> None:  # type: ignore[override]
            noted[-1].append(self.param_groups[0]["lr"])
            super().step(*arguments, **options)

    monkeypatch.setattr(torch.optim, "Adam", Noting)
    return noted


def test_the_rate_rises_in_equal_steps_over_the_first_epoch_and_then_stays(rates: list[list[float]]) -> None:
    fit(linear(), some(8), PLAIN, Recipe(epochs=3, batch=2, lr=0.1), seed=0, device="cpu")
    assert rates == [pytest.approx([0.025, 0.05, 0.075, 0.1] + [0.1] * 8)]


def test_every_phase_warms_up_anew_and_the_phases_share_the_epochs(rates: list[list[float]]) -> None:
    train = Recipe(epochs=5, batch=4, lr=0.2)
    fit(linear(), some(8), PLAIN, train, seed=0, device="cpu", phases=[Phase("1"), WHOLE])
    assert rates == [pytest.approx([0.1] + [0.2] * 5), pytest.approx([0.1] + [0.2] * 3)]


def by_hand(model: nn.Module, data: Labelled, parts: list[list[int]], rate: float) -> list[float]:
    """Adam as Kingma and Ba write it, over two parts per epoch, the first epoch at half the rate and then the whole."""
    images = torch.from_numpy(data.images).permute(0, 3, 1, 2) / 255
    labels = torch.from_numpy(data.labels)
    moments = [(torch.zeros_like(one), torch.zeros_like(one)) for one in model.parameters()]
    losses = []
    for step, part in enumerate(parts, 1):
        lr = rate / 2 if step == 1 else rate
        loss = nn.functional.cross_entropy(model(images[part]), labels[part])
        losses.append(loss.item())
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        for one, gradient, (mean, square) in zip(model.parameters(), gradients, moments, strict=True):
            mean.mul_(0.9).add_(0.1 * gradient)
            square.mul_(0.999).add_(0.001 * gradient**2)
            change = lr * (mean / (1 - 0.9**step)) / ((square / (1 - 0.999**step)).sqrt() + 1e-8)
            one.data.sub_(change)
    return losses


def test_a_training_is_the_loop_that_the_textbook_writes() -> None:
    """Five images in batches of three and two: the loss of an epoch is a mean over images, not over batches."""
    ours, theirs, data = linear(), linear(), some(5)
    training = fit(ours, data, PLAIN, Recipe(epochs=2, batch=3, lr=0.01), seed=4, device="cpu")
    parts = [part for epoch in (0, 1) for half in (order(5, 4, epoch),) for part in (half[:3], half[3:])]
    losses = by_hand(theirs, data, [part.tolist() for part in parts], 0.01)
    expected = [(3 * losses[0] + 2 * losses[1]) / 5, (3 * losses[2] + 2 * losses[3]) / 5]
    assert training.loss == pytest.approx(expected, rel=1e-5)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_dropout_draws_anew_at_every_step_and_by_the_seed() -> None:
    dropped: list[bytes] = []

    class Dropping(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = linear()

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            if self.training:
                dropped.append(nn.functional.dropout(torch.ones(64)).numpy().tobytes())
            logits: torch.Tensor = self.head(images)
            return logits

    for seed in (0, 0, 1):
        fit(Dropping(), some(4), PLAIN, Recipe(epochs=2, batch=4), seed=seed, device="cpu")
    assert dropped[:2] == dropped[2:4]
    assert len(set(dropped)) == 4


def test_a_network_that_was_frozen_learns_whole() -> None:
    model = linear()
    model.requires_grad_(requires_grad=False)
    before = [one.detach().clone() for one in model.parameters()]
    fit(model, some(6), PLAIN, Recipe(epochs=1, batch=2), seed=0, device="cpu")
    assert all(one.requires_grad for one in model.parameters())
    assert all(not torch.equal(one, old) for one, old in zip(model.parameters(), before, strict=True))


def test_what_does_not_learn_is_given_no_gradient() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.Linear(8, 3))
    fit(model, some(6), PLAIN, Recipe(epochs=1, batch=2), seed=0, device="cpu", phases=[Phase("2")])
    assert [one.grad is None for one in model.parameters()] == [True, True, False, False]
