import dataclasses

import numpy as np
import pytest
from tests.locate.planting import digits, photos, plant

from shiftprobe.core.errors import DataError, UnknownNameError
from shiftprobe.locate import Choice, Located, fit, locate
from shiftprobe.locate.image_statistics import describe
from shiftprobe.locate.resample import Sureness
from shiftprobe.locate.space import scale_of
from shiftprobe.locate.statistics_cache import Chain, StatisticsCache

SOME = ("gaussian_blur", "gaussian_noise", "contrast", "rotation")
EACH = 50


def found(chain: Chain, seed: int = 0) -> Located:
    images = digits()
    return locate(list(images[:EACH]), list(plant(images[EACH : 2 * EACH], chain, 1000)), shifts=SOME, seed=seed)


@pytest.mark.parametrize("chain", [(("gaussian_blur", 0.3),), (("rotation", 0.6),), (("gaussian_noise", 0.5),)])
def test_one_planted_shift_is_found_with_its_dose(chain: Chain) -> None:
    located = found(chain)
    assert [shift.name for shift in located.shifts] == [chain[0][0]]
    assert located.shifts[0].severity == pytest.approx(chain[0][1], abs=0.1)
    assert located.shifts[0].low is not None
    assert located.shifts[0].high is not None
    assert located.shifts[0].low <= located.shifts[0].severity <= located.shifts[0].high
    assert located.explained > 0.9
    assert located.families[0].names == (chain[0][0],)


def test_two_planted_shifts_are_found_in_their_order() -> None:
    located = found((("gaussian_noise", 0.5), ("gaussian_blur", 0.3)))
    assert [shift.name for shift in located.shifts] == ["gaussian_noise", "gaussian_blur"]
    assert [shift.severity for shift in located.shifts] == pytest.approx([0.5, 0.3], abs=0.1)


def test_other_images_of_the_source_are_no_shift() -> None:
    located = found(())
    assert located.shifts == ()
    assert located.p_value > 0.01
    assert located.explained == 0


def test_what_no_family_does_is_left_as_something_else() -> None:
    images = digits()
    other = np.roll(images[EACH : 2 * EACH, ::-1].swapaxes(1, 2), 5, axis=1)  # turned by 90 degrees and moved
    located = locate(list(images[:EACH]), list(other), shifts=SOME)
    assert located.explained < 0.7
    assert located.p_value == 0.001


def test_a_fit_is_repeatable_whatever_the_order_of_the_names() -> None:
    images = photos()
    source, target = list(images[:20]), list(plant(images[20:40], (("hue", 0.5),), 1000))
    names = ("hue", "to_grey")
    once, again = (locate(source, target, shifts=order, seed=3) for order in (names, names[::-1]))
    assert once == again
    assert once.shifts[0].name == "hue"


def test_colour_is_left_out_on_grey_images_and_it_is_said() -> None:
    images = digits()
    located = locate(list(images[:20]), list(images[20:40]), shifts=("hue", "fog"))
    assert located.notes == ("left out, for they need colour: hue",)


@pytest.mark.parametrize(("names", "error"), [(("hue",), DataError), ((), DataError), (("blurr",), UnknownNameError)])
def test_names_that_cannot_be_used_are_refused(names: tuple[str, ...], error: type[Exception]) -> None:
    images = list(digits()[:40])
    with pytest.raises(error):
        locate(images[:20], images[20:], shifts=names)


class Counts:
    """A monitor that remembers."""

    def __init__(self) -> None:
        self.stages: list[list[int]] = []

    def begin(self, what: str, total: int) -> None:
        assert what
        self.stages.append([total, 0])

    def step(self) -> None:
        self.stages[-1][1] += 1


def test_the_monitor_is_told_of_every_step() -> None:
    images, counts = digits(), Counts()
    target = plant(images[30:60], (("rotation", 0.5), ("contrast", 0.5)), 1000)
    locate(list(images[:30]), list(target), shifts=("rotation", "contrast"), monitor=counts)
    assert counts.stages
    assert all(done == total for total, done in counts.stages)


def test_a_shelf_gives_the_same_rows_at_once_and_piece_by_piece() -> None:
    images = digits()[:30]
    scale = scale_of(describe(images))
    chain: Chain = (("gaussian_noise", 0.3), ("rotation", 0.2))
    whole, grown = StatisticsCache(images, scale, 0, 1), StatisticsCache(images, scale, 0, 2)
    grown.fill([chain], 10)
    assert np.allclose(grown.rows(chain, 30), whole.rows(chain, 30), atol=1e-4)
    assert dataclasses.is_dataclass(scale)


@pytest.mark.parametrize(("tilts", "split"), [(79, True), (80, False)])
def test_fewer_than_80_percent_of_the_resamples_are_a_split(
    tilts: int, split: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = (Choice(names=("haze",), share=1 - tilts / 100), Choice(names=("tilt",), share=tilts / 100))
    families = (Choice(names=("fog",), share=1 - tilts / 100), Choice(names=("rotation",), share=tilts / 100))
    sure = Sureness(doses=((0.5, 0.7),), explained=(0.8, 0.9), families=families, kinds=kinds)
    monkeypatch.setattr(fit, "resampled", lambda *_: sure)
    located = found((("rotation", 0.6),))
    assert (located.split, located.kind_share, located.family_share) == (split, tilts / 100, tilts / 100)
    assert (located.shifts[0].low, located.low) == ((None, None) if split else (0.5, 0.8))


def test_what_is_found_alone_is_agreed_upon_by_all_resamples() -> None:
    located = found((("gaussian_blur", 0.3),))
    assert (located.split, located.kind_share, located.family_share) == (False, 1.0, 1.0)
