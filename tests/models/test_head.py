import pytest
import torch
from torch import nn

from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.models.build import build
from shiftprobe.models.head import head_name, with_head_of


def test_is_the_last_layer_with_as_many_outputs_as_classes() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3))
    assert head_name(model, 4) == "2"
    assert head_name(model, 3) == "4"


def test_may_be_a_convolution_of_one_pixel_but_no_larger() -> None:
    model = nn.Sequential(nn.Conv2d(1, 5, 1), nn.Conv2d(5, 5, 3))
    assert head_name(model, 5) == "0"


def test_refuses_a_model_without_such_a_layer() -> None:
    with pytest.raises(SpecError, match="1x1 Conv2d with 10 outputs, got none"):
        head_name(nn.Sequential(nn.Linear(4, 3)), 10)


def test_the_new_state_has_the_source_backbone_and_the_fresh_head() -> None:
    source, fresh = (build("small_cnn", classes=c, channels=1, size=16, seed=c).state_dict() for c in (4, 3))
    mixed = with_head_of(source, fresh, "head")
    assert list(mixed) == list(fresh)
    assert all(torch.equal(mixed[n], fresh[n]) for n in fresh if n.startswith("head."))
    assert all(torch.equal(mixed[n], source[n]) for n in fresh if not n.startswith("head."))


def test_a_name_that_begins_like_the_head_is_not_the_head() -> None:
    source, fresh = (
        {"fc.weight": torch.ones(1), "fc2.weight": torch.ones(1)},
        {"fc.weight": torch.zeros(1), "fc2.weight": torch.zeros(1)},
    )
    mixed = with_head_of(source, fresh, "fc")
    assert (mixed["fc.weight"], mixed["fc2.weight"]) == (torch.zeros(1), torch.ones(1))


@pytest.mark.parametrize("source", [{}, {"stem.weight": torch.ones(2)}])
def test_refuses_a_source_of_another_architecture(source: dict[str, torch.Tensor]) -> None:
    with pytest.raises(CheckpointError, match=r"wanted stem.weight \(3,\)"):
        with_head_of(source, {"stem.weight": torch.ones(3)}, "head")
