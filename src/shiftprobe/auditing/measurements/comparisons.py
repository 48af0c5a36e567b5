"""This checkpoint beside another one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassChange:
    """One class, this checkpoint and the baseline on the same images."""

    name: str
    n: int
    ours: float
    theirs: float
    only_ours: int
    only_theirs: int

    @property
    def difference(self) -> float:
        """This checkpoint less the baseline."""
        return self.ours - self.theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineComparison:
    """This checkpoint and an earlier one on the same images."""

    baseline: str
    fingerprint: str = ""
    n: int
    lost_images: int = 0
    ours: float
    theirs: float
    difference: float
    low: float | None = None
    high: float | None = None
    p: float | None = None
    only_ours: int
    only_theirs: int
    both: int | None = None
    neither: int | None = None
    margin: float | None = None
    same_answers: int | None = None  # images that both answer alike, rightly or not; None in older files
    largest_difference: float | None = None  # of the two probabilities of any class of any image
    per_class: tuple[ClassChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferGain:
    """The headline of a comparison run: transfer less scratch."""

    run: str = ""
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None  # seeds
    verdict: str | None = None
    sentence: str | None = None
    differs: str = ""  # where the run was made on other data
