"""Maps of networks with tokens, against gradients taken by hand; and what a control that was never trained is."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models.vision_transformer import VisionTransformer

from shiftprobe.core.types import View
from shiftprobe.engine.networks import redrawn
from shiftprobe.models.attribute import explain, grad_cam, last_map
from shiftprobe.models.taps import tap_names

SIDE, PATCH, CLASSES, N = 24, 8, 3, 4
GRID = SIDE // PATCH
IMAGES = np.random.default_rng(0).integers(0, 256, (N, SIDE, SIDE, 3)).astype(np.uint8)
ANSWERS = np.array([0, 1, 2, 1])


def normalise(batch: Tensor) -> Tensor:
    return batch.permute(0, 3, 1, 2).float() / 255 - 0.4


class Tokens(nn.Module):
    """Patches, some tokens before them, two blocks, and a head that reads the first token, or the mean of patches."""

    def __init__(self, *, before: int, mean: bool) -> None:
        super().__init__()
        self.mean, self.before = mean, before
        self.patches = nn.Conv2d(3, 16, PATCH, PATCH)
        self.first = nn.Parameter(torch.randn(1, before, 16))
        self.blocks = nn.Sequential(
            *(nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True, norm_first=True) for _ in range(2))
        )
        self.norm = nn.LayerNorm(16)
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        patches = self.patches(x).flatten(2).transpose(1, 2)
        tokens = self.norm(self.blocks(torch.cat([self.first.expand(len(x), -1, -1), patches], 1)))
        return self.head(tokens[:, self.before :].mean(1) if self.mean else tokens[:, 0])  # type: ignore[no-any-return] # a module's call is untyped


class Last(nn.Module):
    """Channels come last, as in a swin, and no module turns them."""

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.norm, self.head = nn.Conv2d(3, 16, PATCH, PATCH), nn.LayerNorm(16), nn.Linear(16, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.patches(x).movedim(1, 3)).square().mean((1, 2)))  # type: ignore[no-any-return] # the same


def made(kind: str) -> nn.Module:
    torch.manual_seed(0)
    if kind == "torchvision":
        network: nn.Module = VisionTransformer(SIDE, PATCH, 2, 2, 16, 32, num_classes=CLASSES)
        nn.init.normal_(network.get_parameter("heads.head.weight"))
        return network.eval()
    if kind == "last":
        return Last().eval()
    return Tokens(before={"class": 1, "registers": 2, "mean": 0}[kind], mean=kind == "mean").eval()


PLACES = {  # where each is read
    "torchvision": "encoder.layers.encoder_layer_1.ln_1", "class": "blocks.1.norm1", "registers": "blocks.1.norm1",
    "mean": "norm", "last": "norm",
}  # fmt: skip


@pytest.mark.parametrize("kind", PLACES)
def test_tokens_are_read_where_their_places_still_move_the_answer(kind: str) -> None:
    network = made(kind)
    assert last_map(network, IMAGES[0], normalise, tap_names(network, "head")) == PLACES[kind]


@pytest.mark.parametrize("kind", PLACES)
def test_maps_of_tokens_agree_with_gradients_taken_by_hand(kind: str) -> None:
    network, kept = made(kind), list[Tensor]()
    handle = network.get_submodule(PLACES[kind]).register_forward_hook(lambda _m, _i, out: kept.append(out))
    answers = network(normalise(torch.from_numpy(IMAGES)))[torch.arange(N), torch.from_numpy(ANSWERS)]
    handle.remove()
    slope, values = torch.autograd.grad(answers.sum(), kept[0])[0], kept[0].detach()
    slope, values = (one.reshape(N, -1, 16)[:, -GRID * GRID :] for one in (slope, values))
    cam = torch.relu((slope.mean(1, keepdim=True) * values).sum(2)).reshape(N, 1, GRID, GRID)
    expected = nn.functional.interpolate(cam, size=(SIDE, SIDE), mode="bilinear", align_corners=False)[:, 0]
    found = grad_cam(network, IMAGES, ANSWERS, normalise, tap=PLACES[kind])
    assert expected.max() > 0
    assert found == pytest.approx(expected.numpy(), rel=1e-4, abs=1e-6)


def test_a_map_marks_the_patch_that_speaks_for_the_answer() -> None:
    network = made("mean")
    assert isinstance(network, Tokens)
    images = np.full((2, SIDE, SIDE, 3), 102, np.uint8)
    images[0, :PATCH, 2 * PATCH :], images[1, PATCH : 2 * PATCH, :PATCH] = 255, 255
    with torch.no_grad():
        for block in range(2):  # no token sees another
            network.get_parameter(f"blocks.{block}.self_attn.out_proj.weight").zero_()
        given = normalise(torch.from_numpy(images))
        answers = network(given).argmax(1).numpy()
        network.head.weight[int(answers[0])] += network.norm(network.patches(given)[0, :, 0, 2])
    maps = grad_cam(network, images, answers[[0, 0]], normalise, tap="norm")
    places = [np.unravel_index(one.argmax(), one.shape) for one in maps]
    assert [(int(row) // PATCH, int(column) // PATCH) for row, column in places] == [(0, 2), (1, 0)]


def view(network: nn.Module) -> View:
    taps: dict[str, Any] = dict.fromkeys(tap_names(network, "heads.head"), np.zeros((N, 1), np.float32))
    logits = np.zeros((N, CLASSES), np.float32)
    return View(labels=ANSWERS, logits=logits, features=taps, model=network, images=IMAGES, normalise=normalise)


def test_the_control_of_a_transformer_keeps_nothing_that_was_trained() -> None:
    network = made("torchvision")
    control = redrawn(network, 7).eval()
    scales = {name for name, value in network.named_parameters() if "ln" in name or (value == 0).all()}
    for name, value in network.named_parameters():
        assert name in scales or not torch.equal(value, control.get_parameter(name)), name
    shuffled = [(one.get_parameter("encoder.pos_embedding")).flatten().sort().values for one in (network, control)]
    assert torch.equal(*shuffled)
    maps, others = (explain("gradcam", view(one), np.arange(N), ANSWERS)[0] for one in (network, control))
    assert maps.std() > 0 < others.std()
    assert not np.allclose(maps, others)
