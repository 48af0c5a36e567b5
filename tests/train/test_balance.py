"""Class weights and balanced sampling, as pure functions of labels, seed and epoch."""

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from shiftprobe.core.errors import DataError
from shiftprobe.train.balance import balanced_order, class_weights

LABELS = np.repeat([0, 1, 2], [60, 30, 7])


def test_weights_are_those_of_scikit_learn_and_keep_the_mean_at_one() -> None:
    found = class_weights(LABELS, 3)
    wanted = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-6)
    assert found[torch.from_numpy(LABELS)].mean() == pytest.approx(1.0)
    assert found.dtype == torch.float32


def test_equal_classes_weigh_one_and_an_absent_one_nothing() -> None:
    assert class_weights(np.array([0, 1, 3, 0, 1, 3]), 5).tolist() == [1.0, 1.0, 0.0, 1.0, 0.0]


def test_an_epoch_meets_every_class_as_often_and_every_image_of_a_rare_one_before_one_comes_again() -> None:
    order = balanced_order(LABELS, seed=3, epoch=0)
    counts = np.bincount(LABELS[order])
    assert len(order) == len(LABELS)
    assert counts.max() - counts.min() <= 1
    times = np.bincount(order, minlength=len(LABELS))
    assert set(times[:60]) == {0, 1}  # the common class: no image twice
    rare = times[90:]
    assert rare.max() - rare.min() <= 1
    assert rare.sum() >= len(LABELS) // 3


def test_an_order_is_drawn_from_seed_and_epoch_alone() -> None:
    first = balanced_order(LABELS, 0, 0)
    assert first.tolist() == balanced_order(LABELS, 0, 0).tolist()
    assert first.tolist() != balanced_order(LABELS, 0, 1).tolist()
    assert first.tolist() != balanced_order(LABELS, 1, 0).tolist()


def test_over_epochs_every_image_of_the_common_class_is_met_and_odd_draws_go_round() -> None:
    met = np.concatenate([balanced_order(LABELS, 0, epoch) for epoch in range(30)])
    assert set(met) == set(range(len(LABELS)))
    by_class = np.bincount(LABELS[met])
    assert by_class.max() - by_class.min() < 30


def test_equal_classes_are_met_image_by_image() -> None:
    labels = np.arange(40) % 4
    assert sorted(balanced_order(labels, 0, 0)) == list(range(40))


def test_refuses_no_images_and_classes_that_are_not_there() -> None:
    with pytest.raises(DataError, match="classes 0 to 1"):
        class_weights(LABELS, 2)
    with pytest.raises(DataError, match="got none"):
        balanced_order(LABELS[:0], 0, 0)
