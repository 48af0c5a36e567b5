"""Depths and factors: against timm's own groups, against counts by hand, and refused where nothing can be counted."""

import pytest
import torch
import torchvision
from torch import nn

from shiftprobe.core.errors import SpecError
from shiftprobe.models import timm_
from shiftprobe.models.build import build
from shiftprobe.models.head import head_name
from shiftprobe.train.layer_decay import factors, no_decay

CLASSES, DECAY = 7, 0.75
OF_TIMM = [
    "vit_tiny_patch16_224",
    "deit_tiny_distilled_patch16_224",
    "swin_tiny_patch4_window7_224",
    "convnext_atto",
    "resnet18",
    "efficientnet_b0",
]
OF_TORCHVISION = [  # blocks beside stem and head, counted in the papers' tables
    ("resnet18", 8),
    ("vit_b_16", 12),
    ("swin_t", 12),
    ("convnext_tiny", 18),
    ("efficientnet_b0", 16),
    ("mobilenet_v2", 17),
    ("densenet121", 58),
]


def without_weights(name: str) -> nn.Module:
    """A network of torchvision that takes no memory."""
    with torch.device("meta"):
        model: nn.Module = torchvision.models.get_model(name, num_classes=CLASSES)
    return model


@pytest.mark.skipif(not timm_.installed(), reason="NOT TESTED: timm is not installed")
@pytest.mark.parametrize("name", OF_TIMM)
def test_factors_and_decay_are_those_of_timms_parameter_groups(name: str) -> None:
    import timm
    from timm.optim._param_groups import param_groups_layer_decay

    with torch.device("meta"):
        model = timm.create_model(name, num_classes=CLASSES)
    own = getattr(model, "no_weight_decay", tuple)
    groups = param_groups_layer_decay(model, weight_decay=0.05, no_weight_decay_list=own(), layer_decay=DECAY)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    scale = {names[id(one)]: group["lr_scale"] for group in groups for one in group["params"]}
    still = {names[id(one)] for group in groups if not group["weight_decay"] for one in group["params"]}
    assert factors(model, head_name(model, CLASSES), DECAY) == pytest.approx(scale, rel=1e-12)
    assert no_decay(model) == still


@pytest.mark.parametrize(("name", "blocks"), OF_TORCHVISION)
def test_torchvisions_networks_have_a_stem_their_blocks_and_the_head(name: str, blocks: int) -> None:
    model = without_weights(name)
    head = head_name(model, CLASSES)
    found = factors(model, head, DECAY)
    assert set(found) == {name for name, _ in model.named_parameters()}
    assert sorted(set(found.values())) == pytest.approx([DECAY**k for k in range(blocks + 1, -1, -1)])
    assert found[next(iter(found))] == pytest.approx(DECAY ** (blocks + 1))
    assert found[f"{head}.weight"] == 1.0


def test_a_transformers_tokens_and_positions_are_at_the_images_and_its_last_norm_with_the_last_block() -> None:
    found = factors(without_weights("vit_b_16"), "heads.head", DECAY)
    assert found["class_token"] == found["encoder.pos_embedding"] == found["conv_proj.weight"] == DECAY**13
    assert found["encoder.layers.encoder_layer_0.ln_1.weight"] == DECAY**12
    assert found["encoder.ln.weight"] == found["encoder.layers.encoder_layer_11.mlp.0.weight"] == DECAY


def test_what_stands_between_two_blocks_goes_with_the_later_one() -> None:
    found = factors(without_weights("convnext_tiny"), "classifier.2", DECAY)
    assert found["features.1.2.block.0.weight"] == DECAY**16
    assert found["features.2.1.weight"] == found["features.3.0.block.0.weight"] == DECAY**15
    assert found["classifier.0.weight"] == 1.0


def test_the_embedded_network_has_six_blocks_and_the_head() -> None:
    model = build("small_cnn", classes=CLASSES, channels=1, size=28, seed=0)
    found = factors(model, "head", 0.5)
    assert [found[f"blocks.{i}.0.weight"] for i in range(6)] == [0.5**k for k in (6, 5, 4, 3, 2, 1)]
    assert found["blocks.3.1.bias"] == found["blocks.3.0.weight"]
    assert found["head.bias"] == 1.0


def test_a_network_without_blocks_counts_its_layers() -> None:
    found = factors(without_weights("vgg11"), "classifier.6", 0.5)
    assert found["features.0.weight"] == 0.5**10
    assert found["classifier.3.bias"] == 0.5


def test_the_order_of_registration_is_depth_and_a_wrapper_moves_nothing() -> None:
    inside = without_weights("resnet18")
    wrapped = nn.ModuleDict({"network": inside})
    bare, found = factors(inside, "fc", DECAY), factors(wrapped, "network.fc", DECAY)
    assert found == {f"network.{name}": factor for name, factor in bare.items()}


def test_without_decay_every_parameter_has_the_whole_rate_and_no_layer_is_needed() -> None:
    assert factors(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), "1", 1.0) == {"1.weight": 1.0, "1.bias": 1.0}


class Opaque(nn.Module):
    """One part below the head."""

    def __init__(self) -> None:
        super().__init__()
        self.below = nn.Parameter(torch.zeros(4, 4))
        self.head = nn.Linear(4, 2)


@pytest.mark.parametrize(
    ("model", "head"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), "1"),
        (nn.Sequential(nn.Linear(9, 4), nn.ReLU(), nn.Linear(4, 2)), "2"),
        (Opaque(), "head"),
    ],
)
def test_refuses_networks_whose_layers_cannot_be_told_apart(model: nn.Module, head: str) -> None:
    with pytest.raises(SpecError, match=f"layer_decay wanted two layers or more before the head {head}, got") as caught:
        factors(model, head, DECAY)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("decay", [0.0, -0.5, 1.01, float("nan")])
def test_refuses_a_factor_that_does_not_decay(decay: float) -> None:
    with pytest.raises(SpecError, match="layer_decay is a factor above 0 and at most 1, got"):
        factors(without_weights("resnet18"), "fc", decay)


def test_weight_decay_leaves_norms_biases_tokens_and_positions_alone() -> None:
    kept = no_decay(without_weights("vit_b_16"))
    assert {"class_token", "encoder.pos_embedding", "encoder.ln.weight", "heads.head.bias"} <= kept
    assert not {"conv_proj.weight", "heads.head.weight"} & kept
    assert len(kept) == 2 + 1 + 12 * (4 + 4) + 2 + 1  # tokens, stem's bias, norms and biases of blocks, last norm, head
