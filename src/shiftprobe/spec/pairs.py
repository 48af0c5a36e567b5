"""Which arms are judged against each other, and which pair is the headline."""

from collections.abc import Container

from shiftprobe.spec.arm_names import crossed
from shiftprobe.spec.schema import Spec

START = ("transfer", "scratch")  # what a pretrained start is worth
DEFAULT_PAIRS: tuple[tuple[str, str], ...] = (
    ("transfer", "zero_shot"),
    START,
    ("scratch", "zero_shot"),
)
"""Whether to fine-tune or to leave the checkpoint as it is, whether the start helped, whether to train anew."""


def declared_pairs(spec: Spec) -> tuple[tuple[str, str], ...]:
    """The pairs of arms that a run judges, the headline first; those of arms that it does not hold say nothing.

    Behind them stand those of two arms under one recipe, where each arm of a pair is also trained as the other is.
    """
    pairs = DEFAULT_PAIRS if spec.compare.pairs is None else spec.compare.pairs
    return (*pairs, *(one for pair in pairs for one in same_recipe(pair) if set(one) <= set(spec.arms)))


def same_recipe(pair: tuple[str, str]) -> tuple[tuple[str, str], tuple[str, str]]:
    """Both beginnings of a pair against each other under one recipe: under the first's, and under the second's."""
    (first, second), (as_second, as_first) = pair, crossed(pair)
    return (first, as_first), (as_second, second)


def headline_pair(spec: Spec, skipped: Container[str] = ()) -> tuple[str, str]:
    """The pair behind the verdict: the first declared one; without a declaration the first whose arms both run.

    Args:
        spec: what was asked for.
        skipped: arms of the spec that do not apply to this checkpoint and target.
    """
    pairs = declared_pairs(spec)
    here = {arm for arm in spec.arms if arm not in skipped}
    return next((pair for pair in pairs if set(pair) <= here), START) if spec.compare.pairs is None else pairs[0]


def trained_pair(spec: Spec) -> tuple[str, str]:
    """The pair whose arms both cost labels, for what a start is worth in labelled images."""
    return START if spec.compare.pairs is None else spec.compare.pairs[0]
