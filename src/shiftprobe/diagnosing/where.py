"""Where the gain of transfer lives: in scales, in image statistics, or in what classes mean; and in which blocks.

Each rung is the sham of the next: random weights at the network's own scales (scratch), at the source's (`mean_var`),
of a source trained on shuffled labels (`shuffled`), of the source itself (transfer).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from numpy.typing import ArrayLike

from shiftprobe.diagnosing.contrasts import ArmsContrast, Right, contrast
from shiftprobe.diagnosing.rungs import LEAST
from shiftprobe.results.diagnosis import Experiment, Outcome
from shiftprobe.stats.multiplicity import holm

KEEPS = 0.8  # the share of a gain that counts as the gain
ALPHA = 0.05
NO_GAIN = "there is no gain of transfer over scratch to locate"
NOT_SHOWN = "the gain of transfer over scratch is not shown by these seeds"
BY_SCALES = "the scales of the weights alone have it as well"
NOT_BEYOND = "transfer is not shown to be better than its shams by these seeds"
ONE_SHAM = "one of the two shams of reuse was not trained"
NOT_REUSED = "it is not shown that the gain is more than scales and statistics"
NAMED: frozenset[Outcome] = frozenset(["cause", "suggestive"])


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereRight:
    """Which test images each arm got right, (S, N), all on the same seeds and by the same recipe."""

    transfer: Right
    scratch: Right
    mean_var: Right | None = None
    shuffled: Right | None = None
    parts: Mapping[str, Right] = field(default_factory=dict)  # by `BlockShare.name`, "first2of6"


class _Words(NamedTuple):
    name: str
    cause: str
    title: str
    sham: str


OWN_SCALES = "random weights at the network's own scales"
SCALES = _Words(
    "mean_var", "scales_only", "random weights with the source's mean and variance, layer by layer", OWN_SCALES
)
STATISTICS = _Words("shuffled", "statistics_not_meaning", "a source trained on shuffled labels", SCALES.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ladder:
    """All comparisons of one look, each as the weighted sum that decides it."""

    right: WhereRight
    groups: ArrayLike | None
    gain: ArmsContrast  # transfer - scratch

    def over(self, arm: Right, other: Right) -> ArmsContrast:
        """One arm minus another."""
        return contrast([(1.0, arm), (-1.0, other)], self.groups)

    def keeps(self, arm: Right) -> ArmsContrast:
        """What an arm has beyond `KEEPS` of the gain."""
        terms = [(1.0, arm), (-KEEPS, self.right.transfer), (KEEPS - 1.0, self.right.scratch)]
        return contrast(terms, self.groups)

    def of(self, arm: Right) -> float:
        """The gain of an arm over scratch."""
        return float(arm.mean() - self.right.scratch.mean())

    def experiment(self, words: _Words, arm: Right, sham: Right) -> Experiment:
        """An arm beside its sham; nothing is concluded yet."""
        made, gap = self.over(arm, sham), self.gain.value
        return Experiment(
            name=words.name,
            stage="where",
            cause=words.cause,
            title=words.title,
            at="gain",
            before=0.0,
            after=self.of(arm),
            sham=self.of(sham),
            sham_title=words.sham,
            effect=made.effect,
            gap=gap,
            recovers=self.of(arm) / gap if gap > 0 else None,
            p=made.p,
            outcome="unclear",
            reason=made.weak,
        )


def where(
    right: WhereRight, *, units: Mapping[str, float] | None = None, groups: ArrayLike | None = None
) -> tuple[Experiment, ...]:
    """What was tried about the place of the gain, and what came of it.

    `scales_only` and `statistics_not_meaning` are named where their arm has at least `KEEPS` of the gain, with its
    interval, is better than its sham, and transfer is not better than it; `reused` where transfer is better than both
    shams. Some of the blocks have the gain where they have `KEEPS` of it, with its interval: a fact about reuse, named
    only with it. Under three seeds or 100 images everything is suggestive at most.

    Args:
        right: answers of the arms.
        units: the price of each experiment by name, where it is not one training per seed.
        groups: (N,) labels of images that belong together.

    Returns:
        In the order of the ladder, then the parts; p corrected by Holm over all of them.

    Raises:
        InputError: when arms were not judged on the same seeds and images.

    Reference: Raghu et al., 2019, arXiv:1902.07208; Maennel et al., 2020, arXiv:2006.10455; Neyshabur et al., 2020,
        arXiv:2008.11687; Yosinski et al., 2014, arXiv:1411.1792.
    """
    ladder = _ladder(right, groups)
    tried = [one for one in (_scales(ladder), _statistics(ladder), _reused(ladder)) if one is not None]
    tried += [_part(ladder, name, arm) for name, arm in right.parts.items()]
    adjusted = holm([1.0 if one.p is None else one.p for one in tried]).tolist()
    seeds = float(len(right.transfer))
    priced = [
        replace(_corrected(one, p), units=(units or {}).get(one.name, seeds))
        for one, p in zip(tried, adjusted, strict=True)
    ]
    return tuple(_consistent(one, {other.name: other.outcome for other in priced}) for one in priced)


def _ladder(right: WhereRight, groups: ArrayLike | None) -> _Ladder:
    gain = contrast([(1.0, right.transfer), (-1.0, right.scratch)], groups)
    return _Ladder(right=right, groups=groups, gain=gain)


def _scales(ladder: _Ladder) -> Experiment | None:
    arm = ladder.right.mean_var
    return None if arm is None else _alone(ladder, SCALES, arm, ladder.right.scratch)


def _statistics(ladder: _Ladder) -> Experiment | None:
    arm, scales = ladder.right.shuffled, ladder.right.mean_var
    if arm is None:
        return None
    if scales is not None:
        return _alone(ladder, STATISTICS, arm, scales)
    words = STATISTICS._replace(sham=OWN_SCALES)
    return _weakened(_alone(ladder, words, arm, ladder.right.scratch), ONE_SHAM)


def _alone(ladder: _Ladder, words: _Words, arm: Right, sham: Right) -> Experiment:
    """Whether an arm without meaning has the gain, and transfer no more than it."""
    made = ladder.experiment(words, arm, sham)
    if ladder.gain.value < LEAST:
        return replace(made, reason=NO_GAIN)
    made = made if ladder.gain.above else replace(made, reason=NOT_SHOWN)
    better, beyond, keeps = ladder.over(ladder.right.transfer, arm), ladder.over(arm, sham), ladder.keeps(arm)
    if better.above and not better.weak:
        return replace(made, outcome="ruled_out")
    if keeps.above and beyond.above:
        return replace(made, outcome="suggestive" if made.reason else "cause")
    return replace(made, outcome="suggestive" if min(keeps.value, beyond.value) > 0 else "unclear")


def _reused(ladder: _Ladder) -> Experiment | None:
    known: Sequence[tuple[str, Right | None]] = (
        (SCALES.title, ladder.right.mean_var),
        (STATISTICS.title, ladder.right.shuffled),
    )
    shams = [(title, arm) for title, arm in known if arm is not None]
    if not shams:
        return None
    title, strongest = max(shams, key=lambda one: float(one[1].mean()))
    words = _Words("reused", "reused", "the source's weights beside weights without its meaning", title)
    against = [ladder.over(ladder.right.transfer, arm) for _, arm in shams]
    largest = max(
        (one.p for one in against if one.p is not None), default=None
    )  # intersection-union: it must beat both
    made = replace(ladder.experiment(words, ladder.right.transfer, strongest), p=largest)
    if ladder.gain.value < LEAST:
        return replace(made, reason=NO_GAIN)
    if not all(one.above for one in against):
        likely = min(one.value for one in against) >= max(LEAST, ladder.gain.value / 2)
        return replace(made, outcome="suggestive", reason=NOT_BEYOND) if likely else made
    named = replace(made, outcome="suggestive" if made.reason else "cause")
    return named if len(shams) == len(known) else _weakened(named, ONE_SHAM)


def _part(ladder: _Ladder, name: str, arm: Right) -> Experiment:
    blocks = name.replace("first", "the first ").replace("last", "the last ").replace("of", " of ")
    words = _Words(name, "reused", f"{blocks} blocks from the source, the rest drawn anew", OWN_SCALES)
    made, keeps = ladder.experiment(words, arm, ladder.right.scratch), ladder.keeps(arm)
    if not ladder.gain.above:
        return replace(made, reason=NO_GAIN)
    if keeps.above:
        return replace(made, outcome="suggestive" if made.reason else "cause")
    if keeps.below and not keeps.weak:
        return replace(made, outcome="ruled_out")
    return replace(made, outcome="suggestive" if keeps.value > 0 else "unclear")


def _corrected(one: Experiment, p: float) -> Experiment:
    """With its p over the whole stage; what that no longer shows is suggestive."""
    whole = replace(one, p_holm=None if one.p is None else p)
    return whole if p <= ALPHA else _weakened(whole, f"its p is {p:.2g}, corrected for all that was tried beside it")


def _weakened(one: Experiment, reason: str) -> Experiment:
    """Suggestive at most, with the reason."""
    return replace(one, outcome="suggestive", reason=reason) if one.outcome == "cause" else one


def _consistent(one: Experiment, outcomes: Mapping[str, Outcome]) -> Experiment:
    """No two that contradict each other are named: scales go before statistics, and parts are of what is reused."""
    if one.name == STATISTICS.name and outcomes.get(SCALES.name) == "cause" and one.outcome in NAMED:
        return replace(one, outcome="unclear", reason=BY_SCALES)
    if one.name.startswith(("first", "last")) and one.outcome in NAMED:
        reused = outcomes.get("reused", "unclear")
        if reused not in NAMED:
            return replace(one, outcome="unclear", reason=NOT_REUSED)
        return one if reused == "cause" else _weakened(one, NOT_REUSED)
    return one
