"""Colour channels in another order, and what few images can show of a repair."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.repairs.attempt import Attempt, Patient, Site
from shiftprobe.repairs.bench import Bench
from shiftprobe.repairs.interventions import INTERVENTIONS
from shiftprobe.repairs.judging import judge
from shiftprobe.repairs.treated import Treated
from shiftprobe.repairs.trying import RepairPlace, TriedRepair, try_repair
from shiftprobe.results.diagnosis import Experiment, Lack

PREPROCESS = Preprocess(size=8, channels=3, mean=(0.5,) * 3, std=(0.25,) * 3)


class Reddest(nn.Module):
    """Knows a class by the channel that is brightest; without colour it is lost."""

    def __init__(self, muddled: float = 0.0) -> None:
        super().__init__()
        self.body, self.head = nn.Flatten(2), nn.Linear(3, 3)
        with torch.no_grad():
            self.head.weight.copy_(torch.eye(3) * (1.0 - 2 * muddled))
            self.head.bias.zero_()

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.body(images).mean(2))
        return logits


def site(order: tuple[int, ...], n: int = 240) -> Site:
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 3
    images = rng.integers(60, 150, (n, 8, 8, 3))
    images[np.arange(n), :, :, labels] += 40
    pixels: NDArray[np.uint8] = np.clip(images, 0, 255).astype(np.uint8)[..., list(order)]
    return Site(at="target", pixels=lambda _: pixels, labels=labels, classes=("r", "g", "b"), columns=(0, 1, 2))


def tried(order: tuple[int, ...], model: nn.Module) -> TriedRepair:
    patient = Patient(model=model.eval(), head="head", preprocess=PREPROCESS)
    place = RepairPlace.begun(Bench(site(order), seed=0), Treated(patient=patient))
    return try_repair(place, INTERVENTIONS["channel_order"], place.rights())


def test_swapped_channels_are_told_from_colours_that_mislead() -> None:
    found = tried((2, 1, 0), Reddest())

    before, after, sham = (None if one is None else float(one.mean()) for one in _arrays(found.attempt))
    assert before == pytest.approx(1 / 3, abs=0.01)
    assert after == 1.0
    assert sham == pytest.approx(1 / 3, abs=0.1)  # without colour nothing is known
    assert found.attempt.details == ("channels in the order BGR",)


def test_the_right_order_is_left_alone() -> None:
    found = tried((0, 1, 2), Reddest())
    assert found.attempt.sham is None
    before, after, _ = _arrays(found.attempt)
    assert before is not None
    assert after is not None
    assert np.array_equal(before, after)


def _arrays(one: Attempt) -> tuple[NDArray[np.float64] | None, ...]:
    return one.before, one.after, one.sham


def made(name: str, gained: int, n: int = 160) -> TriedRepair:
    """A repair that puts so many of n images right, of 100 that were wrong, beside a sham that does nothing."""
    before = (np.arange(n) >= 100).astype(np.float64)
    after = before + (np.arange(n) < gained)
    method = INTERVENTIONS[name]
    attempt = Attempt(name=name, cause=method.causes["target"], title=name, before=before, after=after, sham=before)
    return TriedRepair(attempt=attempt, method=method)


def judged(gained: int) -> tuple[Experiment, bool]:
    """What ten repairs of which one works come to, and whether it is kept."""
    others = [made(name, 0) for name in INTERVENTIONS if "target" in INTERVENTIONS[name].causes and name != "inverted"]
    lack = Lack(at="target", now=0.375, reach=0.425, n=160)
    found = judge([made("inverted", gained), *others], lack, 0, 0.95)
    return found.experiments[0], found.winner is not None


def test_what_only_holm_does_not_hold_is_suggestive_and_not_kept() -> None:
    told, kept = judged(9)

    assert told.p is not None
    assert told.p_holm is not None
    assert told.p < 0.05 < told.p_holm
    assert (told.outcome, kept) == ("suggestive", False)
    assert "corrected for all that was tried beside it" in told.reason


def test_what_holm_holds_is_kept() -> None:
    told, kept = judged(30)
    assert (told.outcome, kept) == ("suggestive", True)  # halves of 80 images
    assert "its halves hold 80 images" in told.reason
