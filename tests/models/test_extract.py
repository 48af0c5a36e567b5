import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shiftprobe.core.errors import DataError, NotAvailableError, ResourceError, SpecError
from shiftprobe.core.types import View
from shiftprobe.models import extract as extracting
from shiftprobe.models.build import build
from shiftprobe.models.extract import extract
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.taps import tap_names

PREPROCESS = Preprocess(12, 1, (0.4,), (0.3,))


def pixels(n: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (n, 12, 12, 1), dtype=np.uint8)


def look(model: nn.Module, n: int = 70, **options: Any) -> View:
    how: dict[str, Any] = {"taps": tap_names(model, "head"), "head": "head"} | options
    return extract(model, pixels(n), np.arange(n) % 3, PREPROCESS, **how)


@pytest.fixture
def model() -> nn.Module:
    return build("small_cnn", classes=3, channels=1, size=12, seed=0)


class InPlace(nn.Module):
    """A convolution whose output an in-place ReLU rewrites."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.relu = nn.ReLU(inplace=True)
        self.skipped = nn.Linear(2, 2)
        self.head = nn.Linear(4, 3)

    def forward(self, images: Tensor) -> Tensor:
        out: Tensor = self.head(self.relu(self.relu(self.conv(images))).mean((2, 3)))
        return out


def test_agrees_with_a_plain_forward_pass(model: nn.Module) -> None:
    view = look(model)
    model.eval()
    with torch.no_grad():
        batch = PREPROCESS.normalise(torch.from_numpy(pixels(70)))
        maps = nn.Sequential(*list(model.get_submodule("blocks").children())[:3])(batch)
        logits = model(batch)
    assert np.allclose(view.logits, logits.numpy(), atol=1e-5)
    assert np.allclose(view.features["blocks.2"], maps.mean((2, 3)).numpy(), atol=1e-5)
    head = model.get_submodule("head")
    with torch.no_grad():
        again = head(torch.from_numpy(view.features["penultimate"])).numpy()
    assert np.allclose(view.logits, again, atol=1e-5)


def test_gives_float32_rows_per_tap_in_depth_order(model: nn.Module) -> None:
    view = look(model)
    assert tuple(view.features) == tap_names(model, "head")
    assert all(values.dtype == np.float32 and len(values) == 70 for values in view.features.values())
    assert view.labels.dtype == np.int64
    assert view.logits.dtype == np.float32
    assert view.logits.shape == (70, 3)
    assert view.model is model
    assert np.array_equal(view.images, pixels(70))  # type: ignore[arg-type]


def test_the_same_batches_give_the_same_bits(model: nn.Module) -> None:
    one, two = look(model), look(model)
    first = look(model, 64)
    assert one.logits.tobytes() == two.logits.tobytes()
    assert one.logits[:64].tobytes() == first.logits.tobytes()
    assert one.features["blocks.4"].tobytes() == two.features["blocks.4"].tobytes()


def test_reads_a_map_before_an_in_place_operation_rewrites_it() -> None:
    torch.manual_seed(0)  # weights with which the map has values below 0, which the ReLU would remove
    model = InPlace()
    view = look(model, taps=("conv",))
    with torch.no_grad():
        wanted = model.conv(PREPROCESS.normalise(torch.from_numpy(pixels(70)))).mean((2, 3))
    assert np.allclose(view.features["conv"], wanted.numpy(), atol=1e-5)
    assert view.features["conv"].min() < 0


def test_reads_a_module_that_is_called_twice_at_its_first_call() -> None:
    assert look(InPlace(), taps=("relu",)).features["relu"].shape == (70, 4)


def test_leaves_modes_statistics_and_hooks_as_they_were(model: nn.Module) -> None:
    model.train()
    model.get_submodule("blocks.1").eval()
    modes = [module.training for module in model.modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    look(model)
    assert modes == [module.training for module in model.modules()]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize("taps", [("blocks.0", "nowhere"), ("blocks.0", "blocks.9")])
def test_refuses_unknown_taps_and_leaves_no_hook_behind(model: nn.Module, taps: tuple[str, ...]) -> None:
    with pytest.raises(SpecError, match="no module"):
        look(model, taps=taps)
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())


def test_refuses_a_tap_that_is_never_reached() -> None:
    with pytest.raises(SpecError, match="tap skipped is not reached"):
        look(InPlace(), taps=("skipped",))


def test_names_the_first_tap_that_is_not_finite(model: nn.Module) -> None:
    model.get_submodule("blocks.3").get_parameter("0.weight").data[0] = torch.nan
    with pytest.raises(NotAvailableError, match=r"NaN or infinity at blocks\.3"):
        look(model)


def test_names_the_logits_when_only_they_are_not_finite(model: nn.Module) -> None:
    model.get_parameter("head.bias").data[0] = torch.inf
    with pytest.raises(NotAvailableError, match="at logits"):
        look(model)


def test_takes_memory_mapped_images(model: nn.Module, tmp_path: Path) -> None:
    np.save(tmp_path / "set.npy", pixels(5))
    mapped = np.load(tmp_path / "set.npy", mmap_mode="r")
    taps = tap_names(model, "head")
    view = extract(model, mapped, np.zeros(5, dtype=np.int64), PREPROCESS, taps=taps, head="head")
    assert np.array_equal(view.logits, look(model, 5).logits)


@pytest.mark.parametrize(("n", "labels"), [(0, 0), (3, 2)])
def test_refuses_images_without_labels(model: nn.Module, n: int, labels: int) -> None:
    with pytest.raises(DataError, match="as many labels as images"):
        extract(model, pixels(n), np.zeros(labels, dtype=np.int64), PREPROCESS, taps=(), head="head")


class Hungry(nn.Module):
    """Runs out of memory with more than `limit` images at once."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit, self.sizes = limit, list[int]()
        self.head = nn.Linear(144, 3)

    def forward(self, images: Tensor) -> Tensor:
        self.sizes.append(len(images))
        if len(images) > self.limit:
            raise torch.OutOfMemoryError("CUDA out of memory")
        out: Tensor = self.head(images.flatten(1))
        return out


def test_out_of_memory_halves_the_batch_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    model = Hungry(20)
    with caplog.at_level(logging.WARNING):
        view = look(model, taps=("penultimate",))
    assert model.sizes == [64, 32, 16, 16, 16, 16, 6]
    assert view.logits.shape == (70, 3)
    assert "batches of 16" in caplog.text


def test_refuses_when_not_even_one_image_fits() -> None:
    with pytest.raises(ResourceError, match="does not fit into the memory of cpu"):
        look(Hungry(0), taps=("penultimate",))


def test_features_that_are_large_together_are_mapped_from_files_and_the_same(
    model: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = look(model)
    monkeypatch.setattr(extracting, "MOST_IN_MEMORY", 1)
    after = look(model)
    for tap, features in after.features.items():
        assert isinstance(features.base, np.memmap)
        np.testing.assert_array_equal(features, before.features[tap])
    np.testing.assert_array_equal(after.logits, before.logits)
