"""All images that were looked at as a population of known truth, and audits of samples drawn from it.

One-sided questions are asked of samples drawn with replacement: to them the population is endless, and a share has the
whole spread of a binomial one. Two sides are two disjoint random halves: the difference of two halves of one set
spreads as that of two independent samples does, and no image stands on both sides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.predictions import Task
from shiftprobe.auditing.ready import Ready
from shiftprobe.auditing.stages import Stages, Walked, steps_of
from shiftprobe.auditing.types import Predictions
from shiftprobe.core import seeding
from shiftprobe.core.monitor import Silent
from shiftprobe.core.types import UNSHIFTED, Condition

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resample:
    """Which images of a side are in a sample, some of them more than once."""

    places: Index  # (n,)
    clusters: Index | None = None  # (n,) which of them are one draw; None: each is


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """What the checkpoint answers to every image of the data, as they are and under every shift."""

    ready: Ready
    looks: Mapping[Condition, Predictions] = field(repr=False)  # on all images of `ready.data`
    on_target: Predictions | None = field(default=None, repr=False)

    def __len__(self) -> int:
        """How many labelled images there are."""
        return len(self.ready.data)

    @property
    def policy(self) -> Policy:
        """The policy whose errors are asked for."""
        return self.ready.request.policy

    @property
    def labels(self) -> Index:
        """(N,) labels as outputs of the head."""
        if self.ready.data.labels is None:  # planning refuses such data
            raise ValueError("the data of a calibration have labels")
        return self.ready.data.labels

    @property
    def shifts(self) -> Mapping[Condition, Predictions]:
        """The looks under shifts."""
        return {place: seen for place, seen in self.looks.items() if place != UNSHIFTED}

    def rng(self, *address: int | str) -> np.random.Generator:
        """The generator of one draw."""
        return seeding.generator(self.policy.seed, "calibrate", *address)

    @property
    def whole(self) -> AuditEvidence:
        """Every image at every shift, as an audit that never stops early has it."""
        return self.evidence(Resample(places=np.arange(len(self)), clusters=self.ready.data.clusters), self.policy)

    def evidence(self, drawn: Resample, policy: Policy, target: Resample | None = None) -> AuditEvidence:
        """What an audit that looks at every image of a sample sees, without features.

        Args:
            drawn: images of the data.
            policy: the rules.
            target: images of the target; all of them when None, where there is one.
        """
        side, there, seen = resampled(self.ready.data, drawn), self.ready.target, self.on_target
        if there is not None and seen is not None and target is not None:
            there, seen = resampled(there, target), some(seen, target.places)
        return AuditEvidence(
            policy=policy,
            subject=self.ready.subject,
            data=side,
            clean=some(self.looks[UNSHIFTED], drawn.places),
            dial={place: some(seen_there, drawn.places) for place, seen_there in self.shifts.items()},
            target=there,
            on_target=seen,
            working=self.ready.working,
        )

    def staged(self, drawn: Resample, policy: Policy, target: Resample | None = None) -> AuditEvidence:
        """What an audit of a sample sees: under shifts it stops as soon as its gates are decided, where it may."""
        asked = replace(self.ready.request, policy=policy, minutes=None)
        ready = replace(self.ready, request=asked, data=resampled(self.ready.data, drawn), whole=None)
        steps, full = steps_of(ready), self.evidence(drawn, policy, target)
        if steps is None:
            return full
        walked: Walked = Stages(ready, steps, self._answered, Silent()).walk()
        return replace(full, clean=walked.clean, dial=walked.dial, stopped=walked.stopped)

    def _answered(self, tasks: Sequence[Task]) -> Mapping[str, Predictions]:
        """Answers to images of the population, known by their place in the data."""
        index = self.ready.data.index
        return {task.key: some(self.looks[task.condition], np.searchsorted(index, task.side.index)) for task in tasks}


def resampled(side: Side, drawn: Resample) -> Side:
    """A sample of a side's images, in which one may stand more than once."""
    return replace(
        side,
        index=side.index[drawn.places],
        labels=None if side.labels is None else side.labels[drawn.places],
        groups=None if side.groups is None else side.groups[drawn.places],
        clusters=drawn.clusters,
    )


def some(seen: Predictions, places: Index, *, features: bool = False) -> Predictions:
    """Answers to some images; features where they are wanted, as most checks read the scores alone."""
    kept = seen if features else Predictions(logits=seen.logits)
    return kept.each(lambda array: array[places])


def sample(side: Side, n: int, rng: np.random.Generator) -> Resample:
    """A sample of about n images with replacement; whole groups where images belong together.

    Args:
        side: whose images.
        n: how many; of groups as many are drawn as hold n images on average.
        rng: draws them.
    """
    if side.clusters is None:
        return Resample(places=np.sort(rng.integers(0, len(side), n)).astype(np.int64))
    names, place = np.unique(side.clusters, return_inverse=True)
    count = max(1, round(len(names) * n / len(side)))
    parts = [np.flatnonzero(place == one) for one in rng.integers(0, len(names), count)]
    clusters = np.repeat(np.arange(count), [len(part) for part in parts])
    return Resample(places=np.concatenate(parts).astype(np.int64), clusters=clusters.astype(np.int64))


def halves(side: Side, n: int, rng: np.random.Generator) -> tuple[Resample, Resample]:
    """Two disjoint samples of n images each, at most half of all; groups are never parted.

    Args:
        side: whose images.
        n: images of each sample, about so many where groups are kept together.
        rng: draws them.
    """
    if side.clusters is None:
        order, most = rng.permutation(len(side)), min(n, len(side) // 2)
        chosen = (order[:most], order[most : 2 * most])
        drawn = [Resample(places=np.sort(part).astype(np.int64)) for part in chosen]
    else:
        names, place = np.unique(side.clusters, return_inverse=True)
        most = min(len(names) // 2, max(1, round(len(names) * n / len(side))))
        order = rng.permutation(len(names))
        parts = [np.flatnonzero(np.isin(place, some_)) for some_ in (order[:most], order[most : 2 * most])]
        drawn = [Resample(places=part.astype(np.int64), clusters=side.clusters[part]) for part in parts]
    return drawn[0], drawn[1]
