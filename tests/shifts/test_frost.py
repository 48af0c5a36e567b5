import numpy as np
import pytest

from shiftprobe.shifts.frost import PANE, ends, freezing, frost, grow, pane

GREY = np.full((96, 96, 3), 40, np.uint8)


def test_the_border_freezes_before_the_middle_and_each_dose_its_share() -> None:
    order = np.mean([freezing(np.random.default_rng(i)) for i in range(60)], axis=0)
    assert order[24:40, 24:40].mean() > order[[0, -1]].mean() + 0.1
    one = freezing(np.random.default_rng(0))
    assert [(one < part).mean() for part in (0.25, 0.5, 0.75)] == pytest.approx([0.25, 0.5, 0.75], abs=0.001)


def test_half_a_dose_freezes_half_of_the_image_and_leaves_the_rest_untouched() -> None:
    for i in range(3):
        half, full = (np.asarray(frost(part)(GREY, np.random.default_rng(i)), int) for part in (0.5, 1.0))
        frozen = (half - 40).sum() / (full - 40).sum()
        assert frozen == pytest.approx(0.5, abs=0.1)
        assert (half == 40).all(-1).mean() > 0.25


def test_the_pane_is_the_same_whenever_it_is_grown_and_cannot_be_scratched() -> None:
    assert np.array_equal(pane.__wrapped__(), pane())
    assert pane().shape == (PANE, PANE)
    assert (pane().min(), pane().max()) == (0, 1)
    with pytest.raises(ValueError, match="read-only"):
        pane()[0, 0] = 0


def test_twigs_stand_on_their_stem_about_60_degrees_off() -> None:
    stem = np.array([[0.2, 0.3, 0.0, 0.5]])
    twigs = grow(stem, 200, 0.4, np.random.default_rng(0))
    assert twigs[:, 1] == pytest.approx(np.full(400, 0.3))
    assert (twigs[:, 0].min() > 0.2, twigs[:, 0].max() < 0.7) == (True, True)
    assert np.abs(twigs[:, 2]).mean() == pytest.approx(np.pi / 3, abs=0.03)
    assert np.corrcoef(twigs[:, 0], twigs[:, 3])[0, 1] < -0.7  # shorter towards the tip
    assert np.hypot(*np.diff(ends(twigs), axis=1)[:, 0].T) == pytest.approx(twigs[:, 3])
