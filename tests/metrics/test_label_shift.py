"""Class shares: distances against their definition, estimates against planted shares, reasons, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from shiftprobe.metrics import InputError, bbse, confusion, label_shift
from shiftprobe.metrics.label_shift import LabelShift, TargetShares

QUICK = 200
FULL = 2000

Floats = NDArray[np.float64]

SHARES = {  # class shares of two sets
    "equal": (np.full(10, 0.1), np.full(10, 0.1)),
    "small": (np.full(10, 0.1), np.array([0.12] * 5 + [0.08] * 5)),
    "large": (np.full(10, 0.1), np.array([0.3, *[0.7 / 9] * 9])),
    "other classes": (np.array([0.5, 0.5, 0.0, 0.0]), np.array([0.0, 0.0, 0.5, 0.5])),
    "100 classes, equal": (np.full(100, 0.01), np.full(100, 0.01)),
}


def shifted(name: str, n: int, m: int, rng: np.random.Generator, permutations: int = 99) -> LabelShift:
    p, q = SHARES[name]
    sides = rng.choice(len(p), n, p=p), rng.choice(len(q), m, p=q)
    return label_shift(*sides, len(p), permutations=permutations, rng=rng)


def held(name: str, n: int, m: int, draws: int) -> tuple[float, float]:
    """How often the interval holds the true distance, and how often p is at most .05."""
    rng = np.random.default_rng([n, m, draws])
    truth = float(np.abs(np.subtract(*SHARES[name])).sum()) / 2
    found = [shifted(name, n, m, rng) for _ in range(draws)]
    return (
        float(np.mean([one.low <= truth <= one.high for one in found])),
        float(np.mean([one.p <= 0.05 for one in found])),
    )


def rates(classes: int, accuracy: float) -> Floats:
    """How each true class (row) is answered: mistakes fall mostly on the next class."""
    table = np.full((classes, classes), (1 - accuracy) / 2 / classes)
    table[np.arange(classes), (np.arange(classes) + 1) % classes] += (1 - accuracy) / 2
    table[np.arange(classes), np.arange(classes)] += accuracy
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def planted(truth: Floats, accuracy: float, sizes: tuple[int, int], rng: np.random.Generator) -> TargetShares:
    """What is found for a target of these shares, from as many labelled images per class and predictions."""
    table = rates(len(truth), accuracy)
    counts = np.array([rng.multinomial(sizes[0], row) for row in table])
    return bbse(counts, rng.multinomial(sizes[1], truth @ table))


def inside(truth: Floats, accuracy: float, sizes: tuple[int, int], draws: int) -> tuple[float, float]:
    """How often an interval of one class holds its true share, and how often there is an answer."""
    rng = np.random.default_rng([*sizes, draws])
    found = [planted(truth, accuracy, sizes, rng) for _ in range(draws)]
    answers = [
        (one.low <= truth) & (truth <= one.high) for one in found if one.low is not None and one.high is not None
    ]
    return float(np.mean(answers)), len(answers) / draws


@given(st.lists(st.integers(0, 4), min_size=1, max_size=50), st.lists(st.integers(0, 4), min_size=1, max_size=50))
def test_the_distance_is_the_largest_gap_of_any_group_of_classes(x: list[int], y: list[int]) -> None:
    found = label_shift(x, y, 5, permutations=9, rng=np.random.default_rng(0))
    p, q = (np.bincount(side, minlength=5) / len(side) for side in (x, y))
    groups = (np.array([mask >> k & 1 for k in range(5)]) for mask in range(32))
    assert found.distance == pytest.approx(max(abs(float(group @ (p - q))) for group in groups))
    assert 0.0 <= found.low <= found.high <= 1.0
    assert (found.n, found.m) == (len(x), len(y))
    turned = label_shift(y[::-1], x, 5, permutations=9, rng=np.random.default_rng(0))
    assert (turned.distance, turned.low, turned.high) == pytest.approx((found.distance, found.low, found.high))


def test_p_is_near_that_of_a_chi_square_test() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.choice(3, 400, p=[0.4, 0.3, 0.3]), rng.choice(3, 300, p=[0.32, 0.34, 0.34])
    found = label_shift(x, y, 3, permutations=5000, rng=rng)
    other = scipy_stats.chi2_contingency([np.bincount(x), np.bincount(y)]).pvalue
    assert found.p == pytest.approx(other, abs=0.03)
    same = label_shift(x, x, 3, permutations=99, rng=rng)
    assert (same.distance, same.p, same.low) == (0.0, 1.0, 0.0)
    none = label_shift([0] * 50, [1] * 50, 2, permutations=99, rng=rng)
    assert (none.distance, none.p, none.high) == (1.0, 0.01, 1.0)


@pytest.mark.parametrize("name", ["equal", "small", "large"])
def test_the_interval_holds_the_distance(name: str) -> None:
    covered, found = held(name, 300, 500, QUICK)
    assert covered >= 0.94
    if name == "equal":
        assert found <= 0.09
    if name == "large":
        assert found > 0.95


def test_with_exact_counts_the_shares_come_back() -> None:
    truth = np.array([0.5, 0.3, 0.15, 0.05])
    table = rates(4, 0.8)
    found = bbse(np.rint(table * 1e6).astype(int), np.rint(truth @ table * 1e6).astype(int))
    assert found.shares == pytest.approx(truth, abs=1e-4)
    assert found.distance == pytest.approx(0.3, abs=1e-4)
    assert found.reason == ""


def test_a_perfect_checkpoint_counts() -> None:
    found = bbse(np.diag([50, 60, 70]), [30, 60, 10])
    assert found.shares == pytest.approx([0.3, 0.6, 0.1])
    assert found.low is not None
    assert found.high is not None
    labelled = np.array([50, 60, 70])
    likely = np.array([51, 1, 1]) / (labelled + 3)  # called class 0, with one made-up image in each cell
    variance = 0.3 * 0.7 / 100 + (np.array([0.3, 0.6, 0.1]) ** 2 / labelled * likely * (1 - likely)).sum()
    assert found.high[0] - found.low[0] == pytest.approx(2 * 1.959964 * np.sqrt(variance), rel=1e-6)


def test_class_names_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    counts = np.array([rng.multinomial(80, row) for row in rates(5, 0.8)])
    seen = rng.multinomial(400, [0.4, 0.3, 0.1, 0.1, 0.1])
    order = rng.permutation(5)
    found, renamed = bbse(counts, seen), bbse(counts[np.ix_(order, order)], seen[order])
    assert found.shares is not None
    assert renamed.shares == pytest.approx(found.shares[order])
    assert renamed.distance == pytest.approx(found.distance)


def test_the_shares_add_up_even_where_some_were_below_0() -> None:
    found = bbse(np.array([[60, 40], [20, 80]]) * 10, [1000, 0])
    assert found.shares is not None
    assert found.shares.tolist() == [1.0, 0.0]


def test_uses_the_counts_that_confusion_makes() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 900)
    answers = np.where(rng.random(900) < 0.9, labels, (labels + 1) % 3)
    found = bbse(confusion(labels, answers, 3), np.bincount(answers, minlength=3))
    assert found.shares == pytest.approx(np.bincount(labels) / 900)


@pytest.mark.parametrize("accuracy", [0.7, 0.95])
def test_planted_shares_lie_in_their_intervals(accuracy: float) -> None:
    truth = np.array([0.4, 0.2, *[0.05] * 8])
    covered, answered = inside(truth, accuracy, (100, 1000), QUICK)
    assert covered >= 0.93
    assert answered == 1.0


@pytest.mark.parametrize(
    ("counts", "seen", "reason"),
    [
        ([[9, 1], [0, 0]], [50, 50], "class 1 has no labelled image"),
        ([[9, 1], [1, 9]], [3, 4], "7 predictions for 2 classes: at least 10 are needed"),
        ([[30, 30], [31, 29]], [50, 50], "the confusions cannot be undone: their smallest singular value"),
        ([[10, 0], [10, 0]], [50, 0], "cannot be undone"),
        ([[9, 1], [1, 9]], [5, 5], "chance leaves the share of class 0 open by ±44 points"),
    ],
)
def test_says_why_predictions_do_not_tell(counts: list[list[int]], seen: list[int], reason: str) -> None:
    found = bbse(counts, seen)
    assert reason in found.reason
    assert (found.shares, found.low, found.high, found.distance) == (None, None, None, None)


def test_refuses_what_are_no_counts_or_classes() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match=r"one row per class, got \(2, 2\) for 3 classes"):
        bbse([[9, 1], [1, 9]], [5, 5, 5])
    with pytest.raises(InputError, match="predicted holds counts of images from 0, got float64"):
        bbse([[9, 1], [1, 9]], [0.5, 0.5])
    with pytest.raises(InputError, match="confusion holds counts"):
        bbse([[9, -1], [1, 9]], [5, 5])
    with pytest.raises(InputError, match="x of 2 classes run from 0 to 1, got 0 to 2"):
        label_shift([0, 2], [0, 1], 2, rng=rng)
    with pytest.raises(InputError, match="y must be whole numbers"):
        label_shift([0, 1], [], 2, rng=rng)
    with pytest.raises(InputError, match="permutations must be at least 1"):
        label_shift([0, 1], [1], 2, permutations=0, rng=rng)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize(("n", "m"), [(200, 200), (1000, 300)])
def test_full_distances(n: int, m: int, name: str) -> None:
    covered, found = held(name, n, m, FULL)
    assert covered >= 0.95
    if "equal" in name:
        assert found <= 0.065


@pytest.mark.slow
@pytest.mark.parametrize("accuracy", [0.6, 0.8, 0.95])
@pytest.mark.parametrize("sizes", [(30, 200), (100, 1000)])
def test_full_shares(sizes: tuple[int, int], accuracy: float) -> None:
    truth = np.array([0.4, 0.2, *[0.05] * 8])
    assert inside(truth, accuracy, sizes, FULL)[0] >= 0.93


@pytest.mark.parametrize("accuracy", [0.9, 0.97])
def test_a_class_with_few_labelled_images_and_many_predictions_keeps_its_interval(accuracy: float) -> None:
    """As if mistakes that were not seen were impossible: 0.60 and 0.73."""
    truth, labelled = np.array([0.6, 0.1, 0.1, 0.1, 0.1]), [30, 300, 300, 300, 300]
    rates = np.full((5, 5), (1.0 - accuracy) / 4)
    np.fill_diagonal(rates, accuracy)
    rng, held, answered = np.random.default_rng(0), np.zeros(5), 0
    for _ in range(400):
        confusions = np.stack([rng.multinomial(n, row) for n, row in zip(labelled, rates, strict=True)])
        found = bbse(confusions, rng.multinomial(5000, truth @ rates))
        if found.low is not None and found.high is not None:
            held += (found.low <= truth) & (truth <= found.high)
            answered += 1
    assert answered > 390
    assert (held / answered).min() >= 0.93
