from pathlib import Path

import numpy as np
import pytest
from tests.tiny import tiny_spec

from shiftprobe import data
from shiftprobe.core.errors import SpecError
from shiftprobe.data.bundle import Bundle
from shiftprobe.engine.preprocessing import preprocess_for, suited
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.sizes import Sizes

GIVEN = {"size": 12, "channels": 1, "mean": [0.5], "std": [0.25]}
FITTED = Preprocess(28, 1, (0.25,), (0.5,))


def test_preprocessing_is_fitted_to_images_of_every_class() -> None:
    """The index comes ordered by class; here the classes differ in brightness."""
    labels = np.repeat(np.arange(3), 1500)
    images = tuple(np.full((8, 8, 1), 100 * label, np.uint8) for label in labels)
    bundle = Bundle(name="levels", images=images, labels=labels, classes=("a", "b", "c"))
    fitted = preprocess_for(tiny_spec(), bundle, np.arange(4500))
    assert fitted.mean[0] == pytest.approx(100 / 255, rel=1e-2)
    assert fitted.std[0] == pytest.approx(np.std([0, 100, 200]) / 255, rel=1e-2)


def test_preprocessing_of_the_spec_stands_as_it_is() -> None:
    spec = tiny_spec(model__preprocess=GIVEN)
    bundle = data.load("digits:uci", Path())
    assert preprocess_for(spec, bundle, np.arange(10)) == Preprocess(12, 1, (0.5,), (0.25,))
    assert suited(spec, FITTED, Sizes(10, 3, 7)) is FITTED


def test_means_of_other_channels_are_refused() -> None:
    spec = tiny_spec(model__preprocess={**GIVEN, "channels": 3})
    with pytest.raises(SpecError, match=r"model.preprocess: wanted 3 values in mean and in std"):
        preprocess_for(spec, data.load("digits:uci", Path()), np.arange(10))


def test_images_are_brought_to_what_a_checkpoint_was_made_for() -> None:
    spec = tiny_spec()
    assert suited(spec, FITTED, Sizes(10, 3, 3)) == Preprocess(28, 3, (0.25,) * 3, (0.5,) * 3)
    assert suited(spec, FITTED, Sizes(10, 1, 7)).size == 64
    assert suited(spec, FITTED, Sizes(10, 0, 0)) == FITTED
    colour = Preprocess(96, 3, (0.1, 0.2, 0.3), (0.25, 0.5, 0.75))
    grey = suited(spec, colour, Sizes(10, 1, 7))
    assert (grey.size, grey.channels, grey.std) == (96, 1, (0.5,))
    assert grey.mean[0] == pytest.approx(0.2)


@pytest.mark.parametrize(("n", "step"), [(1, 1), (2000, 1), (2001, 2), (4000, 2), (4001, 3)])
def test_at_most_2000_images_tell_the_preprocessing_evenly_spread(n: int, step: int) -> None:
    """The images that are to be looked at are bright, all others are not."""
    images = tuple(np.full((8, 8, 1), 255 if i % step == 0 else 0, np.uint8) for i in range(n + 1))
    bundle = Bundle(name="steps", images=images, labels=np.zeros(n + 1, np.int64), classes=("a",))
    assert preprocess_for(tiny_spec(), bundle, np.arange(n)).mean[0] == pytest.approx(1.0)


@pytest.mark.parametrize(("kernel", "size"), [(3, 28), (5, 28), (6, 28), (7, 64), (8, 64), (16, 64)])
def test_a_checkpoint_of_a_large_stem_meets_images_of_64_px_at_least(kernel: int, size: int) -> None:
    assert suited(tiny_spec(), FITTED, Sizes(10, 1, kernel)).size == size


def test_one_mean_for_three_channels_is_refused_whichever_is_short() -> None:
    bundle = data.load("digits:uci", Path())
    for short in ("mean", "std"):
        three = {"size": 12, "channels": 3, "mean": [0.5] * 3, "std": [0.25] * 3}
        with pytest.raises(SpecError, match="wanted 3 values"):
            preprocess_for(tiny_spec(model__preprocess={**three, short: [0.5]}), bundle, np.arange(10))
        assert preprocess_for(tiny_spec(model__preprocess=three), bundle, np.arange(10)).channels == 3
