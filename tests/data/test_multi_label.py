"""Data in which images have several classes is refused by its name, and what is supported leads on."""

from pathlib import Path

import numpy as np
import pytest
from tests.data.noise_pictures import draw, fill

from shiftprobe.core.errors import DataError, UnknownNameError
from shiftprobe.data import load
from shiftprobe.data.memory import from_dataset


@pytest.mark.parametrize(
    "table",
    [
        "path,label\n0.png,cat|dog\n1.png,cat\n2.png,dog\n",  # NIH's chest X-rays
        "path,cat,dog\n0.png,1,1\n1.png,1,0\n2.png,0,1\n",  # CelebA's and CheXpert's
        "path,label\n0.png,cat\n0.png,dog\n1.png,cat\n",  # a row per label
    ],
)
def test_a_manifest_with_several_classes_is_refused_by_name(tmp_path: Path, table: str) -> None:
    fill(tmp_path, [draw(number) for number in range(3)])
    (tmp_path / "list.csv").write_text(table)
    with pytest.raises(DataError, match="multi-label data"):
        load("list.csv", tmp_path)
    for advised in ("path,label\n1.png,cat\n2.png,dog\n", "path,label\n0.png,yes\n1.png,yes\n2.png,no\n"):
        (tmp_path / "list.csv").write_text(advised)
        assert len(load("list.csv", tmp_path).classes) == 2


def test_bars_in_names_and_flags_beside_a_label_are_no_labels(tmp_path: Path) -> None:
    fill(tmp_path, [draw(number) for number in range(2)])
    (tmp_path / "list.csv").write_text("path,label,male,young\n0.png,a|b,1,1\n1.png,c,0,1\n")
    assert load("list.csv", tmp_path).classes == ("a|b", "c")


def test_vectors_as_labels_and_sets_of_torchvision_are_told_apart() -> None:
    for label in (np.array([1, 0, 1]), [0, 1, 1]):
        with pytest.raises(DataError, match=r"memory:x, item 0: wanted one class .*multi-label data"):
            from_dataset([(draw(0), label)], "memory:x")
    with pytest.raises(UnknownNameError, match=r"torchvision:CelebA.* multi-label data"):
        load("torchvision:CelebA", Path())
    with pytest.raises(UnknownNameError, match=r"torchvision:CocoDetection.* not one class for every image"):
        load("torchvision:CocoDetection", Path())
