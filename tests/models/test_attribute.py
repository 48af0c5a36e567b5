"""Maps against networks whose answer is known pixel by pixel, and against gradients taken by hand."""

from collections.abc import Iterator
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models import resnet18

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import View
from shiftprobe.models.attribute import curves, explain, grad_cam, integrated_gradients, last_map, occlusion

SIDE, CLASSES, N = 14, 3, 5
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (N, SIDE, SIDE, 3)).astype(np.uint8)
ANSWERS = np.array([0, 1, 2, 1, 0])


def normalise(batch: Tensor) -> Tensor:
    return batch.permute(0, 3, 1, 2).float() / 255 - 0.4


GIVEN = normalise(torch.from_numpy(IMAGES))


class Small(nn.Module):
    """Two convolutions, a normalisation and activations that may be in place."""

    def __init__(self, *, inplace: bool = True) -> None:
        super().__init__()
        self.one = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=inplace))
        self.two = nn.Conv2d(4, 6, 3, stride=2)
        self.act = nn.ReLU(inplace=inplace)
        self.head = nn.Linear(6, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.act(self.two(self.one(x))).mean(dim=(2, 3)))  # type: ignore[no-any-return] # a module's call is untyped


class OnePixel(nn.Module):
    """Looks at the red of one pixel."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([x[:, 0, 3, 4], -x[:, 0, 3, 4]], dim=1)


@pytest.fixture
def small() -> nn.Module:
    torch.manual_seed(0)
    return Small().eval()


@pytest.fixture
def linear() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, CLASSES)).eval()


def view(model: nn.Module | None, taps: tuple[str, ...] = (), images: np.ndarray | None = IMAGES) -> View:
    features = {tap: np.zeros((N, 1), np.float32) for tap in taps}
    logits = np.zeros((N, CLASSES), np.float32)
    return View(
        labels=ANSWERS, logits=logits, features=features, model=model, images=images,
        normalise=None if model is None else normalise,
    )  # fmt: skip


def test_gradients_of_a_linear_network_are_weight_times_distance_from_the_mean(linear: nn.Sequential) -> None:
    found, missed = integrated_gradients(linear, IMAGES, ANSWERS, normalise)
    weight = linear.get_parameter("1.weight").detach().reshape(CLASSES, 3, SIDE, SIDE)
    assert found == pytest.approx((weight[ANSWERS] * GIVEN).sum(dim=1).numpy(), abs=1e-5)
    assert (missed < 1e-3).all()


def test_maps_add_up_to_what_the_answer_gained(small: nn.Module) -> None:
    found, missed = integrated_gradients(small, IMAGES, ANSWERS, normalise)
    with torch.no_grad():
        gained = (small(GIVEN) - small(torch.zeros_like(GIVEN)))[torch.arange(N), torch.from_numpy(ANSWERS)].numpy()
    assert found.sum(axis=(1, 2)) == pytest.approx(gained, abs=0.02 * float(np.abs(gained).max()))
    assert missed == pytest.approx(np.abs(found.sum(axis=(1, 2)) - gained) / np.abs(gained).mean(), abs=1e-4)


def test_many_images_at_once_need_no_warning(linear: nn.Sequential) -> None:
    many = 65
    found, _ = integrated_gradients(linear, IMAGES[:1].repeat(many, 0), ANSWERS[:1].repeat(many), normalise)
    assert found == pytest.approx(found[:1].repeat(many, 0), abs=1e-6)


@pytest.mark.parametrize("tap", ["one", "two", "act"])
def test_grad_cam_agrees_with_gradients_taken_by_hand(tap: str) -> None:
    torch.manual_seed(0)
    free = Small(inplace=False).eval()
    kept: list[Tensor] = []
    handle = free.get_submodule(tap).register_forward_hook(lambda _m, _i, out: kept.append(out))
    answers = free(GIVEN)[torch.arange(N), torch.from_numpy(ANSWERS)]
    handle.remove()
    slope = torch.autograd.grad(answers.sum(), kept[0])[0]
    cam = torch.relu((slope.mean(dim=(2, 3), keepdim=True) * kept[0]).sum(dim=1, keepdim=True)).detach()
    expected = nn.functional.interpolate(cam, size=(SIDE, SIDE), mode="bilinear", align_corners=False)[:, 0].numpy()
    assert expected.max() > 0
    found = grad_cam(free, IMAGES, ANSWERS, normalise, tap=tap)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("method", ["ig", "gradcam"])
def test_activations_in_place_change_nothing(method: str) -> None:
    torch.manual_seed(0)
    network = resnet18(weights=None, num_classes=CLASSES).eval()
    free = deepcopy(network)
    for module in free.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    images = RNG.integers(0, 256, (1, 32, 32, 3)).astype(np.uint8)
    index = np.arange(1)
    taps = ("layer1", "layer2", "penultimate")
    maps, others = (explain(method, view(one, taps, images), index, ANSWERS[:1])[0] for one in (network, free))
    assert np.abs(others).max() > 0
    assert maps == pytest.approx(others, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("tap", ["one.0", "two"])
def test_a_tap_whose_map_is_rewritten_in_place_is_read_before(tap: str, small: nn.Module) -> None:
    free = Small(inplace=False).eval()
    free.load_state_dict(small.state_dict())
    expected = grad_cam(free, IMAGES, ANSWERS, normalise, tap=tap)
    assert grad_cam(small, IMAGES, ANSWERS, normalise, tap=tap) == pytest.approx(expected, rel=1e-4, abs=1e-7)


def test_occlusion_finds_the_one_pixel_that_counts() -> None:
    found = occlusion(OnePixel(), IMAGES, np.zeros(N, int), normalise)
    red = GIVEN[:, 0, 3, 4].numpy()
    patch = SIDE // 7
    assert found[:, 3, 4] == pytest.approx(red, abs=1e-6)  # every patch that holds it takes all of it away
    rows, columns = np.indices((SIDE, SIDE))
    far = np.maximum(abs(rows - 3), abs(columns - 4)) >= patch
    assert (found[:, far] == 0).all()
    assert (np.abs(found) <= np.abs(red)[:, None, None] + 1e-6).all()
    assert occlusion(OnePixel(), IMAGES, np.ones(N, int), normalise) == pytest.approx(-found)


def curves_by_hand(model: nn.Module, maps: np.ndarray, level: int) -> Iterator[tuple[float, float]]:
    for image, answer, one in zip(GIVEN, ANSWERS, maps, strict=True):
        first = np.argsort(-one.ravel(), kind="stable")[: round(one.size * level / 10)]
        taken = torch.from_numpy(np.isin(np.arange(one.size), first).reshape(one.shape))
        with torch.no_grad():
            chances = torch.softmax(model(torch.stack([image * ~taken, image * taken])), dim=1)[:, answer]
        yield float(chances[0]), float(chances[1])


def test_curves_run_between_the_whole_image_and_the_mean_one(small: nn.Module) -> None:
    maps = np.abs(RNG.normal(size=(N, SIDE, SIDE)).astype(np.float32))
    deletion, insertion = curves(small, IMAGES, ANSWERS, normalise, maps)
    assert deletion.shape == insertion.shape == (N, 11)
    with torch.no_grad():
        places = torch.arange(N), torch.from_numpy(ANSWERS)
        whole = torch.softmax(small(GIVEN), dim=1)[places].numpy()
        mean = torch.softmax(small(torch.zeros_like(GIVEN)), dim=1)[places].numpy()
    assert deletion[:, 0] == pytest.approx(whole, abs=1e-6)
    assert insertion[:, -1] == pytest.approx(whole, abs=1e-6)
    assert deletion[:, -1] == pytest.approx(mean, abs=1e-6)
    assert insertion[:, 0] == pytest.approx(mean, abs=1e-6)
    for level in (1, 3, 9):
        by_hand = np.array(list(curves_by_hand(small, maps, level)))
        assert np.stack([deletion[:, level], insertion[:, level]], axis=1) == pytest.approx(by_hand, abs=1e-6)


def test_curves_know_maps_by_their_order(small: nn.Module) -> None:
    maps = RNG.random((N, SIDE, SIDE)).astype(np.float32)
    found, scaled = (curves(small, IMAGES, ANSWERS, normalise, one) for one in (maps, np.exp(maps)))
    assert np.array_equal(found, scaled)


@pytest.mark.parametrize("method", ["ig", "gradcam", "occlusion", "curves"])
def test_a_network_is_left_as_it_was_found(method: str, small: nn.Module) -> None:
    small.one[1].train()  # type: ignore[index,union-attr] # a module by its place
    small.get_parameter("two.weight").requires_grad = False
    modes = [module.training for module in small.modules()]
    wanted = [parameter.requires_grad for parameter in small.parameters()]
    state = deepcopy(small.state_dict())
    if method == "curves":
        curves(small, IMAGES, ANSWERS, normalise, np.ones((N, SIDE, SIDE), np.float32))
    else:
        explain(method, view(small, ("one", "two")), np.arange(N), ANSWERS)
    assert [module.training for module in small.modules()] == modes
    assert [parameter.requires_grad for parameter in small.parameters()] == wanted
    assert all(parameter.grad is None for parameter in small.parameters())
    assert all(torch.equal(value, small.state_dict()[name]) for name, value in state.items())
    assert not any(module._forward_hooks or module._backward_hooks for module in small.modules())


def test_images_are_left_as_they_were_found(small: nn.Module) -> None:
    locked = IMAGES.copy()
    locked.flags.writeable = False
    explain("ig", view(small, images=locked), np.arange(N), ANSWERS)
    assert np.array_equal(locked, IMAGES)


def test_the_deepest_map_is_taken(small: nn.Module) -> None:
    assert last_map(small, IMAGES[0], normalise, ("one", "two", "head", "penultimate")) == "two"
    assert last_map(small, IMAGES[0], normalise, ("one", "head")) == "one"
    cam = grad_cam(small, IMAGES[1:3], ANSWERS[1:3], normalise, tap="two")
    maps, missed = explain("gradcam", view(small, ("one", "two")), np.array([1, 2]), ANSWERS[1:3])
    assert np.array_equal(maps, cam)
    assert missed is None


def test_grad_cam_needs_a_map(linear: nn.Sequential) -> None:
    with pytest.raises(NotAvailableError, match="needs a convolution's map"):
        explain("gradcam", view(linear, ("0", "1")), np.arange(N), ANSWERS)


def test_tokens_hide_the_places_of_the_map_before_them(small: nn.Module) -> None:
    small.tokens = nn.Sequential(nn.Flatten(2), nn.Identity())

    def forward(x: Tensor) -> Tensor:
        return small.head(small.tokens(small.two(small.one(x))).mean(dim=2))  # type: ignore[no-any-return,operator] # by its place

    small.forward = forward
    assert last_map(small, IMAGES[0], normalise, ("one", "two")) == "two"
    with pytest.raises(NotAvailableError, match="needs a convolution's map"):
        last_map(small, IMAGES[0], normalise, ("one", "two", "tokens"))


@pytest.mark.parametrize("method", ["ig", "gradcam", "occlusion"])
def test_gradients_that_are_switched_off_around_it_do_not_matter(method: str, small: nn.Module) -> None:
    expected = explain(method, view(small, ("one", "two")), np.arange(N), ANSWERS)[0]
    for off in (torch.no_grad(), torch.inference_mode()):
        with off:
            assert np.array_equal(explain(method, view(small, ("one", "two")), np.arange(N), ANSWERS)[0], expected)
            assert not torch.is_grad_enabled()


def test_maps_need_a_network_and_images(small: nn.Module) -> None:
    with pytest.raises(NotAvailableError, match="need the network itself"):
        explain("ig", view(None), np.arange(N), ANSWERS)
    with pytest.raises(NotAvailableError, match="need the images themselves"):
        explain("ig", view(small, images=None), np.arange(N), ANSWERS)
