"""Two arms on the same images: judged over seeds, over images and over both, never by whether intervals meet."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.core.words import counted
from shiftprobe.metrics.checks import InputError
from shiftprobe.metrics.scores import FEWEST_OF_CLASS
from shiftprobe.stats.compare import MARGIN, NO_SPREAD, ONE_SEED, compare_paired
from shiftprobe.stats.comparison import Comparison, Verdict, amount, in_points, in_range
from shiftprobe.stats.estimate import Estimate
from shiftprobe.stats.image_spread import FEWEST_GROUPS, ImageSpread, image_spread
from shiftprobe.stats.together import Together

Open: TypeAlias = Literal[
    "", "one_seed", "no_spread", "few_groups", "few_of_class", "seeds", "images", "either", "together", "astray"
]  # fmt: skip
"""What forbids a word: nothing, how the run was made, or the source of error that leaves it open."""

NO_ANSWERS = "judged over seeds alone: what each arm answered on each test image is not known"
STILL = "no seed moves either arm, and what they answered on each test image is not known"
SOURCES: dict[Open, str] = {
    "seeds": "seeds cannot tell",
    "images": "test images cannot tell",
    "either": "neither seeds nor test images can tell",
    "together": "seeds and test images together cannot tell",
}
Ends: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmsCompared:
    """Arm a against arm b on the same images; differences are a - b, as fractions. What does not exist is None."""

    seeds: Comparison  # over seeds alone
    images: ImageSpread | None  # over test images alone, these seeds given
    both: Ends | None  # 95 % interval, seeds and test images together
    both_90: Ends | None
    p: float | None  # two-sided, of both together
    p_equivalence: float | None  # at this margin
    margin_certified: float | None  # the smallest margin that passes
    verdict: Verdict
    open: Open = ""
    reason: str = ""
    still: bool = False  # no seed moves either arm

    @property
    def difference(self) -> float:
        """The mean difference over seeds and images."""
        return self.seeds.difference

    @property
    def margin(self) -> float:
        """The largest difference that counts as equal."""
        return self.seeds.margin

    @property
    def n(self) -> int:
        """Seeds; 0 where none moves either arm."""
        return 0 if self.still else self.seeds.n

    @property
    def seeds_needed(self) -> tuple[int, int] | None:
        """What `Comparison.seeds_needed` says, where seeds are what is missing."""
        return None if self.open == "images" else self.seeds.seeds_needed

    def sentence(self, a_name: str, b_name: str) -> str:
        """The verdict in one sentence, differences in points (hundredths)."""
        if self.images is None:
            return self.seeds.sentence(a_name, b_name)
        counted = (
            f"n = {self.images.n:,} test images" if self.still else f"n = {self.n} seeds, {self.images.n:,} test images"
        )
        if self.both is None or self.both_90 is None:
            return f"cannot tell {a_name} from {b_name}: {self.reason}"
        if self.verdict == "inconclusive":
            return (
                f"cannot tell {a_name} from {b_name} (difference {in_points(self.difference, self.both)} points, "
                f"95 % interval {in_range(self.both)}, {counted}): {self.reason}"
            )
        if self.verdict == "equivalent":
            return (
                f"{a_name} and {b_name} are equivalent within ±{amount(self.margin)} (difference "
                f"{in_points(self.difference, self.both)}, 90 % interval {in_range(self.both_90)}, {counted})"
            )
        low, high = self.both if self.verdict == "better" else (-self.both[1], -self.both[0])
        gap = in_points(abs(self.difference), self.both)
        return (
            f"{a_name} is {self.verdict} than {b_name} by {gap} points "
            f"(95 % interval {in_range((low, high))}, {counted})"
        )


def compare_arms(a: ArrayLike, b: ArrayLike, margin: float = MARGIN, groups: ArrayLike | None = None) -> ArmsCompared:
    """Compare two arms that answered the same images, by seeds and by images.

    `better` or `worse` needs the 95 % interval over seeds, the one over images and the one over both to exclude 0;
    `equivalent` needs the three 90 % intervals inside ±margin. An arm that no seed moves has equal rows; where both
    have, images alone decide.

    Args:
        a: (S, N) booleans, whether each seed got each image right; or (S, C, N), the same images under C conditions.
        b: the other arm on the same seeds, conditions and images.
        margin: the largest difference that counts as equal, above 0, fixed before the run.
        groups: (N,) labels of images that belong together; under 10 groups nothing is claimed.

    Raises:
        InputError: when shapes differ, a table is empty or holds anything but booleans, groups do not fit, or margin is
            not above 0.

    Reference: Berger and Hsu, 1996, Statistical Science 11(4), intersection-union; Zou and Donner, 2008, Statistics in
        Medicine 27(10).
    """
    first, second = _by_seed_and_image(a), _by_seed_and_image(b)
    if first.shape != second.shape:
        raise InputError(f"both arms need the same seeds and images, got {first.shape} and {second.shape}")
    still = len(first) > 1 and bool((first == first[0]).all() and (second == second[0]).all())
    spread = image_spread((first - second).mean(axis=0), groups=groups)
    seeds = compare_paired(first.mean(axis=1).tolist(), second.mean(axis=1).tolist(), margin)
    return weigh(seeds, spread, still=still)


def weigh(seeds: Comparison, images: ImageSpread | None, *, still: bool = False) -> ArmsCompared:
    """What seeds and images say together.

    Args:
        seeds: the two arms compared over seeds.
        images: the same difference over test images; None where answers are not known, and seeds alone decide.
        still: whether no seed moves either arm, so that images alone decide.
    """
    if images is None:
        return _over_seeds(seeds, still=still)
    known = None if still or seeds.interval is None else _estimate(seeds)
    if known is None and not still:
        one = seeds.n == 1
        return _open(seeds, images, "one_seed" if one else "no_spread", ONE_SEED if one else NO_SPREAD)
    if images.few_groups:
        reason = f"the test images form {images.groups} groups, and fewer than {FEWEST_GROUPS} allow no claim"
        return _open(seeds, images, "few_groups", reason, still=still)
    if images.few_of_class:
        reason = (
            f"a class has {counted(images.rarest or 0, 'test image')}, and fewer than {FEWEST_OF_CLASS} allow no claim "
            "where classes count alike"
        )
        return _open(seeds, images, "few_of_class", reason, still=still)
    together = Together(seeds.difference, known, images)
    both, both_90 = together.ends(0.95), together.ends(0.90)
    verdict = _word(both, both_90, seeds.margin, seeds.difference)
    cause: Open = ""
    if verdict == "inconclusive":
        alone = _word(images.ends(0.95), images.ends(0.90), seeds.margin, seeds.difference)
        cause = "images" if still else _source(seeds.verdict, alone)
    return ArmsCompared(
        seeds=seeds,
        images=images,
        both=both,
        both_90=both_90,
        p=together.p(),
        p_equivalence=together.p_equivalence(seeds.margin),
        margin_certified=together.certified(),
        verdict=verdict,
        open=cause,
        reason=_reason(cause, seeds, images),
        still=still,
    )


def _source(over_seeds: Verdict, over_images: Verdict) -> Open:
    """Which source of error leaves the word open."""
    seeds_open, images_open = over_seeds == "inconclusive", over_images == "inconclusive"
    if seeds_open and images_open:
        return "either"
    if images_open:
        return "images"
    return "seeds" if seeds_open else "together"


def _word(ends: Ends, ends_90: Ends, margin: float, difference: float) -> Verdict:
    if -margin < ends_90[0] and ends_90[1] < margin:
        return "equivalent"
    if ends[0] <= 0.0 <= ends[1]:
        return "inconclusive"
    return "better" if difference > 0.0 else "worse"


def _reason(cause: Open, seeds: Comparison, images: ImageSpread) -> str:
    """Which source forbids a word, with what it leaves open."""
    if not cause:
        return ""
    over = images.ends(0.95)
    told = []
    if seeds.interval is not None and cause in {"seeds", "either", "together"}:
        told.append(f"over {seeds.n} seeds {in_range(seeds.interval)}")
    if cause in {"images", "either", "together"}:
        told.append(f"over {images.n:,} test images {in_range(over)}")
    return f"{SOURCES[cause]} ({', '.join(told)} points)"


def _over_seeds(seeds: Comparison, *, still: bool) -> ArmsCompared:
    cause: Open = ""
    if seeds.verdict == "inconclusive":
        cause = "seeds" if seeds.interval is not None else "one_seed" if seeds.n == 1 else "no_spread"
    return ArmsCompared(
        seeds=seeds,
        images=None,
        both=None,
        both_90=None,
        p=seeds.p,
        p_equivalence=seeds.p_equivalence,
        margin_certified=seeds.margin_certified,
        verdict=seeds.verdict,
        open=cause,
        reason=STILL if still else seeds.reason or NO_ANSWERS,
        still=still,
    )


def _open(seeds: Comparison, images: ImageSpread, cause: Open, reason: str, *, still: bool = False) -> ArmsCompared:
    return ArmsCompared(
        seeds=seeds,
        images=images,
        both=None,
        both_90=None,
        p=None,
        p_equivalence=None,
        margin_certified=None,
        verdict="inconclusive",
        open=cause,
        reason=reason,
        still=still,
    )


def _estimate(seeds: Comparison) -> Estimate | None:
    """The difference and its standard error, where seeds have a spread."""
    if seeds.sd is None or seeds.df is None:
        return None
    return Estimate(seeds.difference, seeds.sd, float(seeds.sd / np.sqrt(seeds.n)), seeds.df)


def _by_seed_and_image(values: ArrayLike) -> NDArray[np.float64]:
    """(S, N) shares of conditions in which each seed got each image right."""
    right = np.asarray(values)
    if right.ndim not in {2, 3} or right.size == 0 or right.dtype.kind != "b":
        raise InputError(f"right or wrong needs booleans (S, N) or (S, C, N), got {right.dtype} of {right.shape}")
    return right.astype(np.float64) if right.ndim == 2 else right.mean(axis=1)  # noqa: PLR2004 - one condition
