"""Networks in memory of all sorts are planned as what they are: in float32, answering logits."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from tests.specs import DIGITS
from torch import nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.engine.plan import Given, Plan, plan
from shiftprobe.models.logits import TAKEN
from shiftprobe.spec.loading import load_spec


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(16, 10))


class Odds(nn.Module):
    """A network in double precision that answers an object, which holds probabilities as its `.logits`."""

    def __init__(self) -> None:
        super().__init__()
        self.network = network().double()

    def forward(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        return SimpleNamespace(logits=self.network(pixel_values).softmax(dim=1))


def planned(model: nn.Module, out: Path) -> Plan:
    return plan(load_spec({**DIGITS, "source": {"classes": list("0123456789")}}), Given(out=out, model=model))


def test_probabilities_in_an_object_become_the_logits_of_the_network(tmp_path: Path) -> None:
    found = planned(Odds(), tmp_path)
    module, checkpoint = found.setup.module, found.facts.checkpoint
    assert module is not None
    assert checkpoint is not None
    images = torch.rand(3, 1, 8, 8)
    with torch.no_grad():
        right = network()(images).log_softmax(dim=1)
        assert torch.allclose(module(images), right, atol=1e-5)
    assert TAKEN in checkpoint.notes
    plain = planned(network(), tmp_path).facts.checkpoint
    assert plain is not None
    assert TAKEN not in plain.notes


def test_a_network_that_answers_nothing_usable_is_met_while_planning(tmp_path: Path) -> None:
    class Pair(Odds):
        def forward(self, pixel_values: torch.Tensor) -> SimpleNamespace:
            return SimpleNamespace(scores=pixel_values)

    with pytest.raises(CheckpointError, match=r"a model in memory: wanted logits for images .*: it answers a Simple"):
        planned(Pair(), tmp_path)
