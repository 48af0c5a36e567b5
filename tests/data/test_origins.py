import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shiftprobe.core.errors import UnknownNameError
from shiftprobe.data import ORIGINS, load
from shiftprobe.data.origins import listed

HERE = Path()


def test_every_origin_is_found() -> None:
    assert list(ORIGINS) == [
        "csv", "digits", "folder", "hf", "idx", "links", "parquet", "shapes", "torchvision", "wds", "wilds",
    ]  # fmt: skip


def test_every_origin_and_every_set_that_it_knows_is_listed_with_a_line() -> None:
    lines = {name: about for origin in ORIGINS for name, about in listed(ORIGINS[origin]).items()}
    assert {name.partition(":")[0] for name in lines} == set(ORIGINS)
    assert lines["digits:mnist"] == "5,000 real MNIST digits, 28 x 28 grey, offline"
    assert lines["folder:PATH"] == "a folder per class, or train/ and test/ (val/) with a folder per class"
    assert lines["shapes:count"] == "2,700 drawn images, 64 x 64 RGB: how many shapes there are, 1 to 5"
    assert lines["torchvision:USPS"] == "9,298 digits, 16 x 16 grey, 2 MB"
    assert len(lines) == 31


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("digits:mnits", "did you mean 'digits:mnist'"),
        ("digit:mnist", "did you mean 'digits:mnist'"),
        ("photos", "known: csv:FILE, digits:mnist, digits:uci, folder:PATH"),
        ("folder:", "ORIGIN:NAME"),
        ("", "ORIGIN:NAME"),
        ("web:\x1b[2J", r"\\x1b\[2J"),
    ],
)
def test_an_unknown_name_is_refused_with_what_there_is(name: str, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        load(name, HERE)


def test_importing_data_is_light() -> None:
    heavy = "('torch', 'sklearn', 'scipy', 'mlxtend', 'pandas', 'cv2', 'datasets', 'pyarrow')"
    code = f"import sys, shiftprobe.data.split; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_mnist_is_5000_balanced_digits_white_on_black() -> None:
    digits = load("digits:mnist", HERE)
    assert len(digits) == 5000
    assert digits.images[0].shape == (28, 28, 1)
    assert digits.images[0].dtype == np.uint8
    assert digits.classes == tuple("0123456789")
    assert np.bincount(digits.labels).tolist() == [500] * 10
    assert np.mean([image[0, 0, 0] for image in digits.images]) < 1
    assert min(image.max() for image in digits.images) > 200


def test_uci_levels_are_sixteenths_of_white() -> None:
    from sklearn.datasets import load_digits

    digits = load("digits:uci", HERE)
    raw = load_digits().images
    assert len(digits) == len(raw) == 1797
    assert digits.images[5].shape == (8, 8, 1)
    expected = [round(v * 255 / 16) for v in raw[5].ravel()]
    assert digits.images[5].ravel().tolist() == expected


def test_digits_are_closed_to_writing() -> None:
    with pytest.raises(ValueError, match="read-only"):
        load("digits:uci", HERE).images[0][0, 0, 0] = 1
