"""Cases whose arms are right as often as one says, and a trainer that trains nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from tests.why.made_up import arm, summed

from shiftprobe.core.types import UNSHIFTED
from shiftprobe.diagnosing.case import Right, RunCase

IMAGES = 600


def right(accuracy: float, seed: int, images: int = IMAGES) -> NDArray[np.bool_]:
    """(N,) images of which one share is right; the same images are easy for everybody."""
    easy = np.random.default_rng(0).permutation(images) / images
    noise = np.random.default_rng([1, seed]).normal(0, 0.02, images)
    return np.asarray(easy + noise < accuracy)


def case(arms: Mapping[str, float], *, seeds: int = 3, images: int = IMAGES) -> RunCase:
    """Trained arms by accuracy."""
    return RunCase(
        summary=summed([*arm("transfer", 0.5), *arm("scratch", 0.5)])[1],
        condition=UNSHIFTED,
        budget=100,
        seeds=tuple(range(seeds)),
        right={name: {s: right(value, s, images) for s in range(seeds)} for name, value in arms.items()},
        untrained={},
        labels=np.arange(images) % 10,
        groups=None,
    )


@dataclass(slots=True, kw_only=True)
class Pretended:
    """Arms with changes, by accuracy; what is not named fails."""

    arms: Mapping[str, float]
    closed: Mapping[str, str] = field(default_factory=dict)  # arms that cannot be trained, with the reason
    trained: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Right]:
        self.trained += wanted
        found: dict[str, dict[int, NDArray[np.bool_]]] = {}
        for name, seed in wanted:
            if name in self.arms:
                found.setdefault(name, {})[seed] = right(self.arms[name], seed)
        return found

    def price(self, arm: str) -> float:
        return 3.0 if arm.endswith("steps3") else 1.0

    def unavailable(self, arm: str) -> str:
        return self.closed.get(arm, "")
