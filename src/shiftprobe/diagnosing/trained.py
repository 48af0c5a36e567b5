"""What a change to the trainings does to the gain of transfer over scratch, and what may be said of it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics import InputError
from shiftprobe.results.diagnosis import Effect, Outcome
from shiftprobe.stats.estimate import Estimate
from shiftprobe.stats.image_spread import ImageSpread, image_spread
from shiftprobe.stats.together import Together

HALF = 0.5  # of the gain, that a cause must move
FEWEST_SEEDS = 3  # to confirm
FEWEST_IMAGES = 100  # to confirm
WIDEST = 2.0  # that one image can show: a difference of two differences


class GainAnswers(NamedTuple):
    """Two arms on the same seeds and images, (S, N) booleans each: which images either has right. The first leads."""

    transfer: NDArray[np.bool_]
    scratch: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class GainMoved:
    """The gain without a change, or with its sham, and with it; fractions of images."""

    before: float
    after: float
    per_seed: tuple[float, ...]  # after minus before
    n: int  # test images
    low: float | None = None  # 95 % interval of the move, over seeds and test images; None for one seed
    high: float | None = None
    p: float | None = None  # two-sided, of no move
    few_groups: bool = False  # the images form too few groups to claim anything

    @property
    def moved(self) -> float:
        """After minus before."""
        return self.after - self.before

    @property
    def seeds(self) -> int:
        """Trainings of each arm, with the change and without."""
        return len(self.per_seed)

    @property
    def share(self) -> float:
        """How much of the gain moved: of the larger of the two, so that a gain near 0 moves by no more than itself."""
        largest = max(abs(self.before), abs(self.after))
        return abs(self.moved) / largest if largest else 0.0

    @property
    def effect(self) -> Effect | None:
        """The move with its interval; None where it has none."""
        if self.low is None or self.high is None:
            return None
        return Effect(value=self.moved, low=self.low, high=self.high, n=self.n, seeds=self.seeds)


def gain_moved(before: GainAnswers, after: GainAnswers, groups: ArrayLike | None = None) -> GainMoved:
    """How far the gain of transfer over scratch moves when trainings are changed.

    The move is a difference of differences on each image. Its interval holds both sources of error: other seeds (t over
    one number per seed) and other test images (t over one number per image), added in quadrature. One seed, or seeds
    that all moved alike, leave no interval.

    Args:
        before: both arms as they are, or with the sham of the change.
        after: both arms with it; an arm that it leaves alone stands in both.
        groups: (N,) labels of images that belong together; None: images are independent.

    Raises:
        InputError: when the four tables are not (S, N) booleans of one shape, or groups do not fit.

    Reference: Zou and Donner, 2008, Statistics in Medicine 27(10), MOVER.
    """
    tables = [np.asarray(one) for one in (*before, *after)]
    if any(one.dtype.kind != "b" or one.ndim != 2 or not one.size for one in tables):  # noqa: PLR2004 - (S, N)
        raise InputError("right or wrong needs booleans (S, N) of four arms, got something else")
    if len({one.shape for one in tables}) > 1:
        raise InputError(f"four arms need the same seeds and images, got {', '.join(str(one.shape) for one in tables)}")
    ours, theirs, changed, others = (one.astype(np.float64) for one in tables)
    without, with_it = ours - theirs, changed - others
    moves = with_it - without
    per_seed, images = moves.mean(axis=1), image_spread(moves.mean(axis=0), groups=groups, widest=WIDEST)
    together = _together(per_seed, images)
    ends = None if together is None else together.ends(0.95)
    return GainMoved(
        before=float(without.mean()),
        after=float(with_it.mean()),
        per_seed=tuple(per_seed.tolist()),
        n=moves.shape[1],
        low=None if ends is None else ends[0],
        high=None if ends is None else ends[1],
        p=None if together is None else together.p(),
        few_groups=images.few_groups,
    )


def _together(per_seed: NDArray[np.float64], images: ImageSpread) -> Together | None:
    """Both sources of error; None where seeds show no spread."""
    n = len(per_seed)
    sd = float(per_seed.std(ddof=1)) if n > 1 else 0.0
    if sd <= 1e-12:  # noqa: PLR2004 - all moved alike
        return None
    mean = float(per_seed.mean())
    return Together(mean, Estimate(mean, sd, sd / float(np.sqrt(n)), n - 1), images)


def by_half(found: GainMoved, margin: float) -> bool:
    """Whether the gain moved by half of the larger of the two, and by more than what counts as equal."""
    return found.share >= HALF and abs(found.moved) > margin


def outcome(found: GainMoved, margin: float) -> tuple[Outcome, str]:
    """What may be said of a change, and what limits it.

    A cause is named only where the gain moves by half, the interval of the move excludes 0, and it rests on 3 seeds and
    100 images at least. One seed screens: it suggests at most, and rules nothing out.

    Args:
        found: the gain without the change, or with its sham, and with it.
        margin: what counts as equal, a fraction.
    """
    half = by_half(found, margin)
    if found.low is None or found.high is None:
        one = found.seeds == 1
        why = "one seed has no spread" if one else "all seeds moved alike, so their spread cannot be estimated"
        return ("suggestive" if half else "unclear"), why
    limits = _limits(found)
    if half and not found.low <= 0.0 <= found.high:
        return ("suggestive", limits) if limits else ("cause", "")
    within = max(abs(found.low), abs(found.high)) < max(HALF * abs(found.before), margin)
    if within and not limits:
        return "ruled_out", ""
    if half:
        return "suggestive", "; ".join(filter(None, ("the interval of the move holds 0", limits)))
    return "unclear", limits


def _limits(found: GainMoved) -> str:
    """Why nothing may be more than suggested."""
    if found.seeds < FEWEST_SEEDS:
        return f"{found.seeds} seeds, and {FEWEST_SEEDS} are needed to confirm"
    if found.n < FEWEST_IMAGES:
        return f"{found.n} test images, and {FEWEST_IMAGES} are needed to confirm"
    return "the test images form too few groups" if found.few_groups else ""
