from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from numpy.typing import NDArray
from torch.utils.data import TensorDataset

from shiftprobe.core.errors import DataError
from shiftprobe.data import files
from shiftprobe.data.memory import MapDataset, from_dataset

RGB = np.random.default_rng(0).integers(0, 256, (6, 5, 3), dtype=np.uint8)
GREY = RGB[..., 0]


def tensor(image: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(image.copy()).permute(2, 0, 1)


class Named(list[tuple[object, object]]):
    classes = ("cat", "dog", "emu")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (RGB, RGB),
        (GREY, GREY[..., None]),
        (GREY[..., None], GREY[..., None]),
        (PIL.Image.fromarray(RGB), RGB),
        (PIL.Image.fromarray(GREY), GREY[..., None]),
        (tensor(RGB), RGB),
        (tensor(RGB) / 255, RGB),
        ((tensor(RGB) / 255).double(), RGB),
        (tensor(GREY[..., None]), GREY[..., None]),
    ],
    ids=["rgb", "grey 2d", "grey 3d", "pil", "pil grey", "uint8", "float", "double", "uint8 grey"],
)
def test_every_kind_of_image_gives_its_pixels(image: object, expected: NDArray[np.uint8]) -> None:
    bundle = from_dataset([(image, 0)], "mine")
    np.testing.assert_array_equal(bundle.images[0], expected)
    assert bundle.images[0].dtype == np.uint8


def test_reads_a_torch_dataset() -> None:
    data = TensorDataset(torch.stack([tensor(RGB), tensor(RGB[::-1])]), torch.tensor([1, 0]))
    bundle = from_dataset(data, "mine")
    assert bundle.labels.tolist() == [1, 0]
    assert bundle.classes == ("0", "1")


def test_class_names_come_from_the_argument_then_the_data_set_then_the_numbers() -> None:
    items = [(RGB, 2), (RGB, np.int64(0))]
    assert from_dataset(Named(items), "mine").classes == ("cat", "dog", "emu")
    assert from_dataset(Named(items), "mine", ["x", "y", "z"]).classes == ("x", "y", "z")
    numbered = from_dataset([(RGB, 7), (RGB, 3), (RGB, 7)], "mine")
    assert numbered.classes == ("3", "7")
    assert numbered.labels.tolist() == [1, 0, 1]


def test_a_mix_of_grey_and_colour_becomes_rgb() -> None:
    bundle = from_dataset([(GREY, 0), (RGB, 1)], "mine")
    assert {image.shape for image in bundle.images} == {(6, 5, 3)}


def test_pixels_are_copied() -> None:
    buffer = RGB.copy()
    bundle = from_dataset([(buffer, 0)], "mine")
    buffer[:] = 0
    np.testing.assert_array_equal(bundle.images[0], RGB)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ((tensor(RGB) / 255 - 0.5, 0), "item 0: wanted floats in .0, 1.*looks normalised; leave Normalize out"),
        ((tensor(RGB) * float("nan"), 0), "looks normalised"),
        ((tensor(RGB).long(), 0), "uint8 or float tensor, got torch.int64"),
        ((torch.from_numpy(RGB.copy()), 0), r"tensors \(C, H, W\), got shape \(6, 5, 3\)"),
        ((RGB.transpose(2, 0, 1), 0), r"got shape \(3, 6, 5\)"),
        ((RGB[0, :, 0], 0), r"got shape \(5,\)"),
        ((RGB[:0], 0), r"got shape \(0, 5, 3\)"),
        ((RGB / 255, 0), "got float64"),
        (("cat.png", 0), "got str"),
        ((PIL.Image.fromarray(RGB[..., 0].astype(np.float32)), 0), "pixel mode F"),
        ((RGB, 0.5), "whole number as label, got 0.5"),
        ((RGB, torch.tensor([0.0, 1.0])), "multi-label data"),
        (RGB, "wanted .image, label., got ndarray"),
        ((RGB, 9), "labels from 0 to 2, got 9 to 9"),
    ],
)
def test_refuses_items_it_cannot_read(item: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        from_dataset(Named([item]), "mine")  # type: ignore[list-item]


def test_refuses_streams_and_emptiness() -> None:
    stream: MapDataset = iter([(RGB, 0)])  # type: ignore[assignment]
    with pytest.raises(DataError, match="got a stream"):
        from_dataset(stream, "mine")
    with pytest.raises(DataError, match="wanted images, got none"):
        from_dataset([], "mine", ["a", "b"])


class Reading(list[tuple[NDArray[np.uint8], int]]):
    """How often each item was read."""

    def __init__(self, items: list[tuple[NDArray[np.uint8], int]]) -> None:
        super().__init__(items)
        self.read: list[int] = []

    def __getitem__(self, place: Any) -> Any:
        self.read.append(place)
        return super().__getitem__(place)


def test_a_data_set_that_is_large_is_read_again_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [(RGB, 0), (GREY, 1), (RGB[::-1], 0)]
    kept = from_dataset(Reading(items), "mine")
    monkeypatch.setattr(files, "KEEP_BYTES", 2 * RGB.nbytes)
    data = Reading(items)
    bundle = from_dataset(data, "mine")
    assert data.read == [0, 1, 2]
    assert (bundle.digest, bundle.channels) == (kept.digest, 3)
    data.read.clear()
    for i in (2, 1):
        np.testing.assert_array_equal(bundle.images[i], kept.images[i])
        assert not bundle.images[i].flags.writeable
    assert data.read == [2, 2, 1, 1]


def test_a_large_data_set_that_gives_other_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "KEEP_BYTES", 0)
    data = [(RGB, 0), (GREY, 1)]
    bundle = from_dataset(data, "mine")
    data[1] = (255 - GREY, 1)
    with pytest.raises(DataError, match=r"^mine, item 1 changed since it was first read"):
        bundle.images[1]
