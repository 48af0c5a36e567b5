"""Points of a line against networks made by hand; the ends are the ends, bit for bit."""

import numpy as np
import pytest
import torch
from torch import nn

from shiftprobe.core.errors import SpecError
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.train.adaptation import reestimate
from shiftprobe.train.path import Ground, along, between
from shiftprobe.train.watching import copied

CLASSES, SIDE, N = 3, 6, 40
PREPROCESS = Preprocess(SIDE, 1, (0.5,), (0.25,))


def network(seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, CLASSES)
        ).eval()


@pytest.fixture
def ground() -> Ground:
    drawn = np.random.default_rng(0)
    images, train = (drawn.integers(0, 256, (N, SIDE, SIDE, 1), np.uint8) for _ in range(2))
    return Ground(at="target", images=images, labels=drawn.integers(0, CLASSES, N), train=train)


def logits(model: nn.Module, images: np.ndarray) -> torch.Tensor:
    with torch.no_grad():
        answers: torch.Tensor = model(PREPROCESS.normalise(torch.from_numpy(images)))
    return answers


def test_the_ends_are_the_two_networks_bit_for_bit() -> None:
    start, end = copied(network(0)), copied(network(1))
    for alpha, wanted in ((0.0, start), (1.0, end)):
        found = between(start, end, alpha)
        assert all(torch.equal(found[name], wanted[name]) for name in wanted if name[-7:] != "tracked")
    assert torch.allclose(between(start, end, 0.3)["0.weight"], 0.7 * start["0.weight"] + 0.3 * end["0.weight"])


def test_agrees_with_networks_made_by_hand(ground: Ground) -> None:
    start, end = network(0), network(1)
    found = along(network(2), (copied(start), copied(end)), ground, PREPROCESS, head="4", device="cpu")
    assert found.wrong.shape == found.loss.shape == (11, N)
    labels = torch.from_numpy(ground.labels)
    middle = network(3)
    middle.load_state_dict({n: (v + end.state_dict()[n]) / 2 for n, v in start.state_dict().items()})
    for place, model in ((0, start), (5, middle), (10, end)):
        reestimate(model, ground.train, PREPROCESS, "cpu")
        wanted = logits(model, np.asarray(ground.images))
        loss = nn.functional.cross_entropy(wanted, labels, reduction="none").numpy()
        assert found.loss[place] == pytest.approx(loss, abs=1e-5)
        assert (found.wrong[place] == (wanted.argmax(1) != labels).numpy()).all()


def test_batch_statistics_are_those_of_the_training_images_whatever_the_states_say(ground: Ground) -> None:
    start, end = copied(network(0)), copied(network(1))
    broken = {name: value + 50 if "running" in name else value for name, value in start.items()}
    one, two = (
        along(network(2), (state, end), ground, PREPROCESS, head="4", device="cpu", alphas=(0.0, 0.5, 1.0))
        for state in (start, broken)
    )
    assert np.array_equal(one.loss, two.loss)


def test_turned_round_the_points_are_the_same(ground: Ground) -> None:
    ends = copied(network(0)), copied(network(1))
    there, back = (along(network(2), two, ground, PREPROCESS, head="4", device="cpu") for two in (ends, ends[::-1]))
    assert np.allclose(there.loss, back.loss[::-1], atol=1e-5)


def test_refuses_weights_of_two_networks() -> None:
    start = copied(network(0))
    other = {**start, "4.weight": torch.zeros(CLASSES + 1, 64)}
    with pytest.raises(SpecError, match=r"wanted two of one network, got others: 4\.weight"):
        between(start, other, 0.5)
    with pytest.raises(SpecError, match="wanted two of one network"):
        between({**start, "5.weight": torch.zeros(1)}, start, 0.5)
