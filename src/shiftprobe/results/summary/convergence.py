"""Whether arms were trained out: steps taken, when they were at their best, whether they beat the commonest class.

A best epoch that is late and a loss that falls count at a constant rate alone. Where the rate is annealed they always
come at the end: there the steps, the accuracy on the training images and the commonest class decide.

Each rule keeps what it has said when seeds are added: it looks at the first seed, the first two, and so on in the
spec's order, or at seeds one by one, never at a share of all of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from math import inf
from statistics import median

from shiftprobe.core.types import Row
from shiftprobe.metrics.scores import ScoreName
from shiftprobe.results.about import About, Prepared
from shiftprobe.results.model import Converged, Curve
from shiftprobe.results.summary.accuracies import Accuracies
from shiftprobe.spec.arm_names import base
from shiftprobe.spec.recipes import before_recipes, like_digits
from shiftprobe.spec.schema import Spec
from shiftprobe.stats import wilson

STEPS_OF_DIGITS = 80
"""Steps after which scratch on 240 digits is within 1.2 points of what five times as many give, unshifted and under
the strongest noise and rotation of the default preset: with 60 it lacks up to 2.6, with 40 11 to 21
(`benchmarks/steps_needed.csv`: 3 seeds, small_cnn, batches of 60 images). The default preset has just these."""
STEPS_OF_PHOTOGRAPHS = 500
"""The shortest published recipe for fine-tuning on photographs (BiT-HyperRule: under 20,000 images, 500 steps).

Reference: Kolesnikov et al., 2020, arXiv:1912.11370, section 3.3.
"""
LAST_PART = 10  # a best epoch in the last tenth is late
LEARNT_SHARE = 0.9
"""Of its own training images that a network has right once it has learnt them: exp(-0.1) for 0.1 nats."""
HEADS = frozenset({"linear_probe", "frozen_random"})  # whose features stand still: they need not learn every image
Trainings = Mapping[int, Sequence[Curve]]  # by seed


def easy(seen: Prepared | None) -> bool:
    """Whether images are like digits: grey and small; so are those of which nothing is known."""
    return seen is None or like_digits(seen.size, seen.channels)


def fewest_steps(seen: Prepared | None) -> int:
    """The steps of a training under which it counts as short: of digits, or of photographs.

    Args:
        seen: how images reach the network; None where it is not known.
    """
    return STEPS_OF_DIGITS if easy(seen) else STEPS_OF_PHOTOGRAPHS


def at_its_best(curve: Curve) -> int | None:
    """The first epoch, from 1, within one validation image of the best; None without a validation part.

    One image more is no progress: of networks that had long learnt, one in four was best by an image in the last tenth.
    """
    seen = [-1.0 if one is None else one for one in curve.validation]
    if not seen:
        return curve.best_epoch
    tolerance = 1 / curve.validation_images if curve.validation_images else 0.0
    return 1 + next(i for i, one in enumerate(seen) if one >= max(seen) - tolerance - 1e-9)


def first_of_whom(said: Callable[[Sequence[Curve]], bool], trainings: Trainings, order: Sequence[int]) -> list[Curve]:
    """The trainings of the first seeds, as few as will do, of which something is true: seeds added unsay nothing.

    Args:
        said: of some trainings.
        trainings: of one arm and budget, by seed.
        order: of the seeds.

    Returns:
        The trainings; none where it is true of no such beginning.
    """
    first: list[Curve] = []
    for seed in order:
        first += trainings.get(seed, ())
        if first and said(first):
            return first
    return []


def late(curves: Sequence[Curve]) -> bool:
    """Whether the median training was at its best only in the last tenth of its epochs."""
    best, last = _median_best(curves), max(len(one.loss) or len(one.validation) for one in curves)
    return best is not None and last > 1 and best > last - max(1, last // LAST_PART)


def _median_best(curves: Sequence[Curve]) -> float | None:
    epochs = [best for one in curves if (best := at_its_best(one)) is not None]
    return median(epochs) if epochs else None


def converged(
    curves: Sequence[Curve], seen: Accuracies, spec: Spec, about: About, chance: float | None
) -> tuple[Converged, ...]:
    """What the trainings of each arm and budget say of their schedule.

    Args:
        curves: of all trainings.
        seen: test accuracies, or another score, after the last epoch.
        spec: what was asked for.
        about: what planning found out.
        chance: what always naming the commonest class reaches in that score; None where nobody knows.
    """
    return tuple(_converged(group, seen, spec, about, chance) for group in by_arm(curves))


def by_arm(curves: Sequence[Curve]) -> list[list[Curve]]:
    """The trainings of one arm and budget, over all conditions and seeds."""
    ordered = sorted(curves, key=_group)
    return [list(group) for _, group in groupby(ordered, _group)]


def by_seed(curves: Sequence[Curve]) -> Trainings:
    """Trainings by their seed."""
    found: dict[int, list[Curve]] = {}
    for one in curves:
        found.setdefault(one.seed, []).append(one)
    return found


def _group(curve: Curve) -> tuple[int, str]:
    return curve.budget or 0, curve.arm


def _converged(group: Sequence[Curve], seen: Accuracies, spec: Spec, about: About, majority: float | None) -> Converged:
    first, seeds = group[0], by_seed(group)
    steady = not annealed(first)
    still = first_of_whom(late, seeds, spec.seeds) if steady else []
    unlearnt = [] if steady else first_of_whom(_most_unlearnt, seeds, spec.seeds)
    judged = [[one for one in curve.validation if one is not None] for curve in group]
    images = min((one.images for one in group if one.images), default=None)
    recipe = first.recipe or before_recipes(spec.train)
    course = recipe.course(images) if images else None
    return Converged(
        arm=first.arm,
        budget=first.budget or 0,
        median_best_epoch=_median_best(group),
        last=sum(one[-1] > max(one[:-1], default=0.0) for one in judged if one),
        n=len(group),
        epochs=course.epochs if course else recipe.epochs,
        late_best_epoch=_median_best(still),
        late_of=len(still),
        steps=course.steps if course else None,
        fewest=fewest_steps(about.preprocess),
        majority=majority,
        at_majority=() if majority is None else tuple(_at_majority(group, seen, majority)),
        seeds=len(seeds),
        sched=recipe.sched,
        train_accuracy=_median([one.train_accuracy for one in group]),
        not_learnt=sum(map(_unlearnt, group)) if unlearnt else 0,
    )


def annealed(curve: Curve) -> bool:
    """Whether the rate came down during a training: its loss always falls at the end, and its last epochs are best."""
    return curve.recipe is not None and curve.recipe.sched != "constant"


def _unlearnt(curve: Curve) -> bool:
    return base(curve.arm) not in HEADS and curve.train_accuracy is not None and curve.train_accuracy < LEARNT_SHARE


def _most_unlearnt(curves: Sequence[Curve]) -> bool:
    return 2 * sum(map(_unlearnt, curves)) > len(curves)


def _median(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return median(known) if known else None


def _at_majority(group: Sequence[Curve], seen: Accuracies, majority: float) -> Iterator[int]:
    """The seeds whose score is not shown to be above the commonest class's in at least half of the conditions."""
    budget, arm = group[0].budget, group[0].arm
    found: dict[int, list[bool]] = {}
    for place, seeds in seen.values.items():
        if (place.budget, place.arm) != (budget, arm):
            continue
        for seed, row in seeds.items():
            if seed is not None and row.value is not None and row.n:
                found.setdefault(seed, []).append(_low(row, row.value, row.n, seen.score) <= majority)
    yield from (seed for seed, low in sorted(found.items()) if 2 * sum(low) >= len(low))


def _low(row: Row, value: float, n: int, score: ScoreName) -> float:
    """The low end of what the test images leave open."""
    if score == "top1":
        return wilson(round(value * n), n)[0]
    return -inf if row.low is None else row.low
