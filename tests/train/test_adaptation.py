"""Batch statistics estimated anew: plain means over batches, worked out by hand, and nothing else moves."""

import numpy as np
import pytest
import torch
from torch import nn

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.train.adaptation import has_batch_norm, reestimate

PLAIN = Preprocess(8, 1, (0.0,), (1.0,))


class Normed(nn.Module):
    """Two batch norms of unlike momentum, one without statistics, and dropout that would show."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.BatchNorm2d(1, momentum=0.3)
        self.second = nn.BatchNorm2d(1, momentum=None)
        self.bare = nn.BatchNorm2d(1, track_running_stats=False)
        self.dropout = nn.Dropout(0.9)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        normed: torch.Tensor = self.bare(self.second(self.dropout(self.first(images))))
        return normed


def noise(n: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    levels = np.linspace(0, 200, n)[:, None, None, None]  # so that batches differ
    return (levels + rng.integers(0, 50, (n, 8, 8, 1))).astype(np.uint8)


@pytest.mark.parametrize(("n", "sizes"), [(2, [2]), (63, [63]), (127, [127]), (128, [64, 64]), (200, [67, 67, 66])])
def test_statistics_are_plain_means_over_batches_of_64_or_a_few_more(n: int, sizes: list[int]) -> None:
    images, model = noise(n), Normed()
    model.first.running_mean.fill_(9.0)  # type: ignore[union-attr] # of another domain, to be forgotten
    model.first.num_batches_tracked.fill_(7)  # type: ignore[union-attr] # and how much of it was seen
    reestimate(model, images, PLAIN, "cpu")
    pixels = np.split(images / 255.0, np.cumsum(sizes)[:-1])
    assert float(model.first.running_mean) == pytest.approx(np.mean([part.mean() for part in pixels]), rel=1e-5)  # type: ignore[arg-type]
    assert float(model.first.running_var) == pytest.approx(np.mean([part.var(ddof=1) for part in pixels]), rel=1e-4)  # type: ignore[arg-type]
    assert int(model.first.num_batches_tracked or 0) == len(sizes)
    assert float(model.second.running_mean) == pytest.approx(0.0, abs=1e-5)  # type: ignore[arg-type] # of what the first normalised
    assert float(model.second.running_var) == pytest.approx(1.0, rel=1e-2)  # type: ignore[arg-type]


def test_nothing_else_moves() -> None:
    model = Normed()
    for norm in (model.first, model.second):
        norm.weight.data.fill_(1.5)
    reestimate(model, noise(70), PLAIN, "cpu")
    assert (model.first.momentum, model.second.momentum, model.bare.momentum) == (0.3, None, 0.1)
    assert not any(part.training for part in model.modules())
    assert model.first.weight == model.second.weight == 1.5
    assert model.first.bias == 0.0
    assert model.bare.running_mean is None


def test_a_network_holds_statistics_where_any_part_does() -> None:
    assert has_batch_norm(Normed())
    assert has_batch_norm(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))
    assert not has_batch_norm(nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2)))
    assert not has_batch_norm(nn.Sequential(nn.BatchNorm1d(2, track_running_stats=False)))


def test_a_share_mixes_layer_by_layer_as_the_network_is_passed() -> None:
    """The second norm meets what the first gives with mixed statistics: worked out by hand, one batch."""
    images, model, share = noise(60), Normed(), 0.25
    model.first.running_mean.fill_(2.0)  # type: ignore[union-attr]
    model.second.running_mean.fill_(-1.0)  # type: ignore[union-attr]
    reestimate(model, images, PLAIN, "cpu", share=share)
    pixels = images / 255.0
    mean, var = 0.75 * 2.0 + 0.25 * pixels.mean(), 0.75 * 1.0 + 0.25 * pixels.var()
    given = (pixels - mean) / np.sqrt(var + 1e-5)
    assert float(model.first.running_mean) == pytest.approx(mean, rel=1e-5)  # type: ignore[arg-type]
    assert float(model.first.running_var) == pytest.approx(0.75 + 0.25 * pixels.var(ddof=1), rel=1e-5)  # type: ignore[arg-type]
    assert float(model.second.running_mean) == pytest.approx(0.75 * -1.0 + 0.25 * given.mean(), rel=1e-4)  # type: ignore[arg-type]


def test_all_but_the_whole_share_is_nearly_the_whole_share() -> None:
    whole, nearly = Normed(), Normed()
    reestimate(whole, noise(200), PLAIN, "cpu")
    reestimate(nearly, noise(200), PLAIN, "cpu", share=1 - 1e-6)
    for one, other in ((whole.first, nearly.first), (whole.second, nearly.second)):
        assert float(one.running_var) == pytest.approx(float(other.running_var), rel=1e-3)  # type: ignore[arg-type]
    assert not any(part._forward_pre_hooks for part in nearly.modules())


def test_a_share_of_nothing_leaves_statistics_alone() -> None:
    model = Normed()
    model.first.running_mean.fill_(2.0)  # type: ignore[union-attr]
    reestimate(model, noise(70), PLAIN, "cpu", share=0.0)
    assert (float(model.first.running_mean), float(model.first.running_var)) == (2.0, 1.0)  # type: ignore[arg-type]
