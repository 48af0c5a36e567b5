"""The network that every checkpoint of the catalogue is for, and the door that it goes through."""

from pathlib import Path

import torch
from torch import Tensor, nn

from shiftprobe.models.fitting import fit_state
from shiftprobe.models.formats.checkpoint import budget_for, load_state


def network() -> nn.Module:
    """A few hundred weights of three kinds: a convolution, running statistics, a head."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 36, 3))


def weights() -> dict[str, Tensor]:
    """Weights that fit it."""
    return dict(network().state_dict())


def door(path: Path) -> None:
    """Read a checkpoint and put it into the network, as every command does."""
    model = network()
    fit_state(model, load_state(path, budget_bytes=budget_for(model)))
    with torch.no_grad():
        assert torch.isfinite(model.eval()(torch.ones(1, 1, 8, 8))).all()
