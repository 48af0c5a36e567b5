from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.auditing.estimate_cases import Checkpoint, made

from shiftprobe.auditing.estimate.accuracy import AccuracyEstimate, Known, Predictions, estimate, estimates
from shiftprobe.auditing.estimate.methods import part
from shiftprobe.metrics import InputError

Labels = NDArray[np.int64]

CLASSES, WIDTH, N = 5, 12, 400
SIZE = 1.0  # of the differences between classes, in spreads
FAMILIES = {"noise": 0, "fade": 1, "push": 2, "mix": 3}
DOSES = (0.25, 0.5, 0.75, 1.0)


def features(labels: Labels, family: str, severity: float, *, seed: int) -> NDArray[np.float32]:
    """What a network makes of images: a centre for each class and a spread, which a shift blurs, fades or moves."""
    rng = np.random.default_rng(seed)
    centres = SIZE * np.random.default_rng(7).normal(size=(CLASSES, WIDTH))
    drawn = centres[labels] + rng.normal(size=(len(labels), WIDTH))
    changed = {
        "identity": drawn,
        "noise": drawn * (1.0 - 0.7 * severity) + 0.7 * severity * rng.normal(size=drawn.shape),
        "fade": drawn * (1.0 - 0.8 * severity),
        "push": drawn * (1.0 - 0.6 * severity) + 0.6 * severity * np.random.default_rng(8).normal(size=WIDTH),
        "mix": drawn * (1.0 - 0.7 * severity) + 0.6 * severity * rng.permuted(drawn, axis=0),
        "far": drawn + 300.0 * severity,
        "piled": drawn * (1 - severity) + severity * centres[0],  # every image becomes one of the first class
    }
    seen: NDArray[np.float32] = changed[family].astype(np.float32)
    return seen


def predictions(labels: Labels, family: str = "identity", severity: float = 0.0, *, seed: int = 0) -> Predictions:
    seen = features(labels, family, severity, seed=seed)
    centres = SIZE * np.random.default_rng(7).normal(size=(CLASSES, WIDTH))
    logits = seen @ centres.T - np.square(centres).sum(axis=1) / 2  # the best there is on untouched images
    return Predictions(logits=logits.astype(np.float32), features=seen)


def labelled(n: int = N) -> Labels:
    return np.arange(n) % CLASSES


def grid(n: int = N) -> list[Known]:
    doses = [("identity", 0.0), *((family, dose) for family in FAMILIES for dose in DOSES)]
    return [
        Known(predictions=predictions(labelled(n), *dose, seed=1), labels=labelled(n), shift=dose[0], severity=dose[1])
        for dose in doses
    ]


def truth(one: Predictions, labels: Labels) -> float:
    return float((one.logits.argmax(axis=1) == labels).mean())


def held(found: AccuracyEstimate, value: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= value <= found.high


PLANTED = [("identity", 0.0), *((family, dose) for family in FAMILIES for dose in (0.3, 0.6))]


@cache
def answered() -> dict[tuple[str, float], AccuracyEstimate]:
    """Planted targets, estimated at once."""
    looks = [predictions(labelled(), *one, seed=2) for one in PLANTED]
    return dict(zip(PLANTED, estimates(grid(), looks, confidence=0.9, seed=0), strict=True))


@pytest.mark.parametrize("planted", PLANTED)
def test_the_truth_of_other_images_lies_in_the_interval(planted: tuple[str, float]) -> None:
    found = answered()[planted]
    assert found.answered, found.reason
    assert held(found, truth(predictions(labelled(), *planted, seed=2), labelled()))
    assert found.n == N
    assert [one.name for one in found.methods] == [
        "ATC", "difference of confidences", "agreement", "COT", "COTT", "nuclear norm",
    ]  # fmt: skip


def test_every_method_says_something_of_its_own_and_measured_its_error() -> None:
    for one in answered()["noise", 0.3].methods:
        assert one.value is not None
        assert one.low is not None
        assert one.high is not None
        assert one.low <= one.value <= one.high
        assert one.error is not None
        assert 0 < one.error < 0.3


def test_mixtures_are_as_near_as_single_shifts() -> None:
    """Half of the images untouched and half under a shift: what today's deployments often are."""
    half, mixed = np.arange(N) < N // 2, []
    for family in FAMILIES:
        parts = predictions(labelled(), seed=2), predictions(labelled(), family, 0.8, seed=2)
        logits, seen = (
            np.where(half[:, None], *pair)
            for pair in zip(*((one.logits, one.penultimate) for one in parts), strict=True)
        )
        mixed.append(Predictions(logits=logits, features=seen))
    found = estimates(grid(), mixed, confidence=0.9, seed=0)
    assert all(held(one, truth(target, labelled())) for one, target in zip(found, mixed, strict=True))


def second(look: Predictions, share: float, seed: int) -> Labels:
    """Another network's answers: those of the first on a share of the images, the next class on others."""
    same = np.random.default_rng(seed).random(N) < share
    return np.asarray(np.where(same, look.answers, (look.answers + 1) % CLASSES), np.int64)


def paired(agrees: Callable[[float], float]) -> tuple[list[Known], Labels, Predictions]:
    """The grid and a target as two networks answer them, who agree as their accuracy tells."""
    rights = [truth(one.predictions, one.labels) for one in grid()]
    known = [
        replace(one, second=second(one.predictions, agrees(right), seed))
        for seed, (one, right) in enumerate(zip(grid(), rights, strict=True))
    ]
    target = predictions(labelled(), "noise", 0.4, seed=2)
    return known, second(target, agrees(truth(target, labelled())), 99), target


def test_agreement_with_a_second_network_joins_where_it_rises_with_accuracy() -> None:
    known, other, target = paired(lambda right: right)
    found = estimate(known, target, second=other, seed=0)
    right = truth(target, labelled())
    assert held(found, right)
    assert found.methods[-1].name == "agreement with the baseline"
    assert found.methods[-1].value == pytest.approx(right, abs=0.06)
    assert found.value != estimate(grid(), target, seed=0).value


def test_a_second_network_that_did_not_see_the_target_is_left_out() -> None:
    known, _, target = paired(lambda right: right)
    assert estimate(known, target, seed=0) == estimate(grid(), target, seed=0)


def test_agreement_with_a_second_network_is_silent_where_it_does_not_rise_with_accuracy() -> None:
    known, other, target = paired(lambda right: 0.9 - 0.8 * right)
    found, alone = estimate(known, target, second=other, seed=0), estimate(grid(), target, seed=0)
    assert found.methods[-1].value is None
    assert "agreement is not on the line: the line is flat" in found.methods[-1].reason
    assert (found.value, found.low, found.high) == (alone.value, alone.low, alone.high)


def test_neither_the_order_of_target_images_nor_a_constant_per_image_matters() -> None:
    target = predictions(labelled(), "noise", 0.4, seed=2)
    turned = part(target, np.random.default_rng(3).permutation(N))
    moved = replace(target, logits=target.logits + np.linspace(-5, 5, N, dtype=np.float32)[:, None])
    expected, *others = estimates(grid(), [target, turned, moved], confidence=0.9, seed=0)
    for other in others:
        assert (other.value, other.low, other.high) == pytest.approx(
            (expected.value, expected.low, expected.high), abs=0.01
        )


def test_the_same_seed_gives_the_same_numbers() -> None:
    target = predictions(labelled(), "mix", 0.5, seed=2)
    assert estimate(grid(), target, seed=4) == estimate(grid(), target, seed=4)


def test_several_targets_are_estimated_as_if_alone() -> None:
    targets = [
        predictions(labelled(), "noise", 0.4, seed=2),
        predictions(labelled(49)),
        predictions(labelled(), "far", 1.0),
    ]
    broken = replace(targets[0], logits=np.full_like(targets[0].logits, np.nan))
    found = estimates(grid(), [broken, *targets], confidence=0.9, seed=0)
    assert found[3] == estimate(grid(), targets[2], seed=0)
    assert found[1] == estimate(grid(), targets[0], seed=0)
    assert "NaN" in found[0].reason


def test_higher_confidence_is_never_narrower() -> None:
    target = predictions(labelled(), "noise", 0.4, seed=2)
    narrow, wide = (estimate(grid(), target, confidence=level, seed=0) for level in (0.6, 0.9))
    ends = [wide.low, narrow.low, narrow.high, wide.high]
    assert ends == sorted(ends, key=lambda end: end if end is not None else np.nan)
    assert ends[0] != ends[1]


def test_fewer_target_images_leave_a_wider_interval() -> None:
    target = predictions(labelled(), "noise", 0.3, seed=2)
    some = part(target, np.arange(60))
    few, all_of_them = estimates(grid(), [some, target], confidence=0.9, seed=0)
    widths = [max(m.high - m.low for m in one.methods if m.high and m.low) for one in (few, all_of_them)]
    assert widths[0] > widths[1]


def test_classes_in_other_proportions_are_told_from_a_failure() -> None:
    rare = np.random.default_rng(0).choice(CLASSES, N, p=[0.6, 0.3, 0.06, 0.02, 0.02])
    target = predictions(rare, seed=2)
    found = estimate(grid(), target, seed=0)
    assert found.zone is not None
    assert found.zone.shares_changed
    assert held(found, truth(target, rare))


def test_a_network_that_piles_up_on_one_class_is_never_called_good() -> None:
    """Every confidence is high here: the network is sure of each answer, and four of five are wrong."""
    target = predictions(labelled(), "piled", 0.9, seed=2)
    assert truth(target, labelled()) < 0.25
    found = estimate(grid(), target, seed=0)
    assert not found.answered or (found.high is not None and found.high < 0.5)


ABSTAINS: dict[str, Callable[[], AccuracyEstimate]] = {
    "49 images of the target are too few": lambda: estimate(grid(), predictions(labelled(49)), seed=0),
    "40 images of the labelled data are too few": lambda: estimate(grid(40), predictions(labelled()), seed=0),
    "outside of the calibrated zone": lambda: estimate(grid(), predictions(labelled(), "far", 1.0), seed=0),
    "3 shifts or more, there are 2": lambda: estimate(grid()[:9], predictions(labelled()), seed=0),
    "5 looks are too few to calibrate an interval of 90%": lambda: estimate(
        [grid()[0], *grid()[1::4]], predictions(labelled()), seed=0
    ),
    "no feature varies": lambda: estimate([dead(one) for one in grid()], predictions(labelled()), seed=0),
}


def dead(one: Known) -> Known:
    return replace(one, predictions=replace(one.predictions, features=np.ones_like(one.predictions.features)))


@pytest.mark.parametrize("reason", ABSTAINS)
def test_it_abstains_with_a_reason_and_without_a_number(reason: str) -> None:
    found = ABSTAINS[reason]()
    assert reason in found.reason
    assert not found.answered
    assert (found.value, found.low, found.high) == (None, None, None)


def test_without_a_second_opinion_the_other_methods_remain() -> None:
    one_class = np.zeros(N, np.int64)
    known = [replace(one, labels=one_class) for one in grid()]
    found = estimate(known, predictions(labelled(), seed=2), seed=0)
    assert found.methods[2].value is None
    assert "second opinion" in found.methods[2].reason
    assert found.methods[0].value is not None


REFUSED: dict[str, Callable[[], AccuracyEstimate]] = {
    "confidence is a fraction": lambda: estimate(grid(), predictions(labelled()), confidence=90, seed=0),
    r"untouched labelled images \(severity 0\)": lambda: estimate(grid()[1:], predictions(labelled()), seed=0),
    "the same labelled images in one order, noise does not": lambda: estimate(
        [grid()[0], replace(grid()[1], labels=labelled()[::-1].copy())], predictions(labelled()), seed=0
    ),
    "labels must lie between 0 and 4": lambda: estimate(
        [replace(one, labels=one.labels + 1) for one in grid()], predictions(labelled()), seed=0
    ),
    r"wanted logits \(N, 5\)": lambda: estimate(
        grid(), replace(predictions(labelled()), logits=predictions(labelled()).logits[:, :4]), seed=0
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_does_not_fit_together_is_refused(message: str) -> None:
    with pytest.raises(InputError, match=message):
        REFUSED[message]()


@pytest.mark.slow
def test_planted_targets_lie_in_their_intervals(tmp_path: Path) -> None:
    """A small part of benchmarks/validate_estimates.py with seeds and shifts of its own."""
    told, answered, right, cases = [], 0, 0, 0
    for one in (
        Checkpoint(pair="mnist", images=1000, epochs=4, seed=30),
        Checkpoint(pair="uci", images=500, epochs=8, seed=31),
    ):
        known, targets = made(one, ("perspective", "impulse_noise", "glass_blur", "shear"), (0.3, 0.7), tmp_path)
        looks = [target.predictions for target in targets]
        for target, found in zip(targets, estimates(known, looks, confidence=0.9, seed=0), strict=True):
            cases, answered = cases + 1, answered + found.answered
            right += held(found, target.truth)
            told.append((one.pair, target.kind, target.name, target.truth, found.low, found.high, found.reason))
    assert cases == 28
    assert answered >= 0.7 * cases, told
    assert right >= 0.85 * answered, told
