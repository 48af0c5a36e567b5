import math

import numpy as np
import pytest
from scipy import stats

from shiftprobe.core.errors import SpecError
from shiftprobe.train.augment import Augment, Draws, digest, draw

CROPS = Augment(kind="crop_flip", scale=0.2, flip=True)
MANY = 4000
RARELY = 1e-4  # a right distribution fails its test this often; the seed is fixed


def drawn(augment: Augment, n: int = MANY, seed: int = 0, epoch: int = 0) -> Draws:
    return draw(augment, n, seed=seed, epoch=epoch)


def test_an_image_keeps_its_row_however_many_train_beside_it() -> None:
    all_parts = Augment(kind="trivial", scale=0.2, flip=True, mixup=0.3, cutmix=0.7)
    few, many = drawn(all_parts, 30), drawn(all_parts, 300)
    for name in ("width", "height", "left", "top", "flip", "operation", "level", "negative", "cut", "weight"):
        assert np.array_equal(getattr(few, name), getattr(many, name)[:30])


def test_rows_are_those_of_the_images_in_the_order_asked_for() -> None:
    whole = drawn(CROPS, 9)
    some = whole.rows(np.array([7, 2]))
    assert len(some) == 2
    assert some.width.tolist() == [whole.width[7], whole.width[2]]
    assert some.partner.tolist() == [whole.partner[7], whole.partner[2]]


def test_seed_and_epoch_move_the_draws() -> None:
    widths = [drawn(CROPS, 5, seed, epoch).width.tolist() for seed in (0, 1) for epoch in (0, 1)]
    assert len({tuple(one) for one in widths}) == 4


def test_a_part_that_is_added_leaves_the_other_draws_alone() -> None:
    more = Augment(kind="trivial", scale=0.2, flip=True, mixup=1.0)
    for name in ("width", "left", "top", "flip"):
        assert np.array_equal(getattr(drawn(CROPS), name), getattr(drawn(more), name))


def test_areas_are_uniform_and_shapes_log_uniform_within_the_image() -> None:
    crops = drawn(CROPS)
    area, shape = crops.width * crops.height, np.log(crops.width / crops.height)
    assert stats.kstest(area, stats.uniform(0.2, 0.8).cdf).pvalue > RARELY
    assert np.abs(shape).max() <= math.log(4 / 3) + 1e-12
    small = shape[area < 0.75]  # where every shape fits
    assert stats.kstest(small, stats.uniform(-math.log(4 / 3), 2 * math.log(4 / 3)).cdf).pvalue > RARELY
    for start, extent in ((crops.left, crops.width), (crops.top, crops.height)):
        assert start.min() >= 0
        assert (start + extent).max() <= 1
        assert stats.kstest((start / (1 - extent))[extent < 0.99], "uniform").pvalue > RARELY


def test_every_second_image_is_flipped_where_flips_are_on() -> None:
    assert stats.binomtest(int(drawn(CROPS).flip.sum()), MANY).pvalue > RARELY
    assert not drawn(Augment(kind="crop_flip", scale=0.2)).flip.any()


def test_operations_and_strengths_are_uniform() -> None:
    varied = drawn(Augment(kind="trivial"))
    for values, kinds in ((varied.operation, 14), (varied.level, 31), (varied.negative, 2)):
        assert stats.chisquare(np.bincount(values, minlength=kinds)).pvalue > RARELY


def test_a_partner_is_any_other_image_of_the_training_set() -> None:
    partners = np.stack([drawn(Augment(mixup=1.0), 7, 0, epoch).partner for epoch in range(600)])
    counts = np.stack([np.bincount(partners[:, i], minlength=7) for i in range(7)])
    assert np.diag(counts).tolist() == [0] * 7
    assert stats.chisquare(counts[~np.eye(7, dtype=bool)], np.full(42, 100)).pvalue > RARELY
    assert drawn(Augment(mixup=1.0), 1).partner.tolist() == [0]


@pytest.mark.parametrize("alpha", [0.1, 0.4, 1.0, 3.0])
def test_weights_follow_their_beta_distribution(alpha: float) -> None:
    for augment in (Augment(mixup=alpha), Augment(cutmix=alpha)):
        found = drawn(augment)
        assert stats.kstest(found.weight, stats.beta(alpha, alpha).cdf).pvalue > RARELY
        assert found.cut.all() == (augment.cutmix > 0)


def test_with_both_ways_to_mix_each_image_gets_one_of_them() -> None:
    found = drawn(Augment(mixup=0.1, cutmix=3.0))
    assert stats.binomtest(int(found.cut.sum()), MANY).pvalue > RARELY
    assert stats.kstest(found.weight[found.cut], stats.beta(3, 3).cdf).pvalue > RARELY
    assert stats.kstest(found.weight[~found.cut], stats.beta(0.1, 0.1).cdf).pvalue > RARELY


def test_the_digest_tells_trainings_with_other_draws_apart_and_no_others() -> None:
    def hashed(augment: Augment = CROPS, n: int = 20, seed: int = 0, epochs: int = 3) -> str:
        return digest(augment, n, seed=seed, epochs=range(epochs))

    others = [hashed(n=21), hashed(seed=1), hashed(epochs=4), hashed(Augment(kind="crop_flip", scale=0.3, flip=True))]
    assert hashed() == hashed()
    assert len({hashed(), *others}) == 5
    ignored = Augment(scale=0.2, flip=True)
    assert hashed(ignored) == hashed(Augment()) == hashed(Augment(), seed=1, epochs=9)


def test_no_augmentation_is_what_stands_when_nothing_is_said() -> None:
    assert not Augment().changes
    assert not Augment(scale=0.3, flip=True).changes
    assert Augment(mixup=0.2).changes
    assert Augment(mixup=0.2).mixes
    assert not CROPS.mixes


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "flip"}, "train.aug: wanted one of none, crop_flip, trivial, got"),
        ({"scale": 0.0}, "train.scale: wanted a share of the area above 0 and up to 1, got"),
        ({"scale": 1.1}, "train.scale"),
        ({"scale": math.nan}, "train.scale"),
        ({"mixup": -0.1}, "train.mixup: wanted a number from 0"),
        ({"cutmix": math.inf}, "train.cutmix: wanted a number from 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        Augment(**wrong)  # type: ignore[arg-type]
