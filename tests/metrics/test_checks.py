"""What the metrics ask of their arrays: taken right, or refused in one line."""

import numpy as np
import pytest
import torch

from shiftprobe.metrics import InputError
from shiftprobe.metrics.checks import as_features, as_labels
from shiftprobe.metrics.label_shift import bbse
from shiftprobe.metrics.unlabelled import possible
from shiftprobe.stats import break_point

TABLE = np.array([[1.0, 2.0], [3.0, 4.5]])


@pytest.mark.parametrize(
    "values",
    [
        torch.tensor(TABLE, requires_grad=True),
        torch.tensor(TABLE, dtype=torch.bfloat16),
        TABLE.tolist(),
        np.ma.masked_array(TABLE, mask=False),
        TABLE.astype(np.float16),
    ],
    ids=["with a gradient", "bfloat16", "lists", "nothing masked", "half"],
)
def test_features_of_any_kind_are_the_same_numbers(values: object) -> None:
    found = as_features(values, "x")  # type: ignore[arg-type] # what a user hands over
    assert found.dtype == np.float64
    assert found.tolist() == TABLE.tolist()


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match=r"x must be real numbers, got complex128"):
        as_features(TABLE + 1j, "x")
    with pytest.raises(InputError, match=r"x has masked entries"):
        as_features(np.ma.masked_array(TABLE, mask=[[True, False], [False, False]]), "x")


def test_class_numbers_of_any_whole_type_are_the_same_and_too_large_ones_are_refused() -> None:
    for values in (torch.tensor([0, 2]), np.array([0, 2], np.uint64), [0, 2]):
        assert as_labels(values, "y").tolist() == [0, 2]
    with pytest.raises(InputError, match=r"y must be class numbers, got 18446744073709551615"):
        as_labels(np.array([2**64 - 1], np.uint64), "y")


def test_weights_are_chances() -> None:
    for weight in (-0.1, 1.1, np.nan):
        with pytest.raises(InputError, match=r"weights are chances within \[0, 1\]"):
            possible([weight, 0.5], [0, 1], [0.5, 0.5])


def test_shares_are_not_told_from_a_class_with_few_labelled_images() -> None:
    rates = np.array([[0.9, 0.1], [0.1, 0.9]])
    found = bbse((rates * [[20], [400]]).round().astype(int), [300, 300])
    assert found.shares is None
    assert found.reason == "class 0 has 20 labelled images: at least 30 of each tell its mistakes"
    assert bbse((rates * [[30], [400]]).round().astype(int), [300, 300]).shares is not None


def test_a_dial_along_which_accuracy_is_shown_to_rise_says_so() -> None:
    rising = np.stack([np.arange(400) < 100, np.arange(400) < 390], axis=1)
    assert break_point([0.0, 1.0], rising, 0.5).rises
    assert not break_point([0.0, 1.0], rising[:, ::-1], 0.5).rises
