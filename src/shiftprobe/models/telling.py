"""Which of several architectures of the same names and shapes is meant, told by labelled images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.core.words import percent
from shiftprobe.models.guess import FLAGS, Cures
from shiftprobe.stats import holm, mcnemar

SAMPLE = 128  # labelled images
LEVEL = 0.05  # of all tests together

Right = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoublesTrial:
    """What the doubles of an architecture did on labelled images."""

    arch: str
    others: tuple[str, ...]
    shares: Mapping[str, float]  # of the images that are right, by name, of those that were tried
    images: int  # 0 where there are no labels that could tell
    better: str | None = None  # the one that is proven better, of several the best

    def told(self, *, given: bool, cures: Cures = FLAGS) -> str:
        """The same in one sentence.

        Args:
            given: whether somebody said the architecture; else the better one was taken.
            cures: how somebody says another one.
        """
        say, unlike = f"{cures.arch}{cures.given}", f"no weight tells {self.arch} from {_listed(self.others)}"
        if not self.images:
            return f"{unlike}, and no labels at hand do: {say}NAME says that it is one of those"
        of = f"of {self.images} labelled images"
        if self.better is None:
            shares = ", ".join(f"{name} is right on {percent(share)}" for name, share in self.shares.items())
            return f"{unlike}; none is shown to be better ({of} {shares}); {say}NAME says another"
        now, then = (percent(self.shares[name]) for name in (self.arch, self.better))
        whole = f"{self.better} has the names and shapes of {self.arch} too and is right on {then} {of}, that on {now}"
        return f"{whole}: {say}{self.better} says it" if given else f"{whole}: it was taken"


def tell_apart(arch: str, others: Sequence[str], right: Callable[[str], Right]) -> DoublesTrial:
    """Let an architecture and its doubles answer the same labelled images.

    A double is better when it is right on more of them, by exact McNemar tests whose p values Holm's method corrects.
    Where the architecture errs on so few that this could not be shown nothing else is tried.

    Args:
        arch: what the weights are taken for.
        others: its doubles.
        right: which of the images, always the same, an architecture gets right, (N,).

    Reference: McNemar, 1947, Psychometrika 12(2).
    """
    now = right(arch)
    shares, ps = {arch: float(now.mean())}, dict[str, float]()
    if len(others) * mcnemar(0, int((~now).sum())) < LEVEL:
        for other in others:
            try:
                then = right(other)
            except ShiftprobeError:  # it is not built for such images: they are none of its own
                continue
            shares[other] = float(then.mean())
            ps[other] = mcnemar(int((now & ~then).sum()), int((then & ~now).sum()))
    held = dict(zip(ps, holm(list(ps.values())).tolist() if ps else [], strict=True))
    better = [name for name, p in held.items() if p < LEVEL and shares[name] > shares[arch]]
    best = max(better, key=lambda name: shares[name], default=None)
    return DoublesTrial(arch=arch, others=tuple(others), shares=shares, images=len(now), better=best)


def untold(arch: str, others: Sequence[str]) -> DoublesTrial:
    """What is known of them where no labels can tell."""
    return DoublesTrial(arch=arch, others=tuple(others), shares={}, images=0)


def _listed(names: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
