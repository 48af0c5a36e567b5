"""What an explanation may not be called, whatever its own rule says: too few images, or a rival that is as strong."""

from collections.abc import Sequence
from dataclasses import replace

from shiftprobe.results.model import Explanation, Fact, Summary

STRONG_IMAGES = 200  # test images, two halves of 100: the fewest on which a repair is judged, too
SUGGESTIVE = frozenset({"nothing_learnt", "dead_layers", "not_reused", "too_little"})
"""Read from curves, CKA, counts or the verdict alone: never strong, which is kept for the effect of an intervention."""

VOIDS = frozenset({"nothing_learnt", "not_converged", "recipe_decides"})
"""What takes a comparison its meaning: beside one that is strong, what explains the comparison is not."""

_OF_THE_COMPARISON = frozenset(
    {
        "source_like_random",
        "weight_scales",
        "head_beats_fine_tuning",
        "random_suffices",
        "labels_plentiful",
        "not_reused",
        "reused",
    }
)
_RIVALS: tuple[tuple[str, frozenset[str]], ...] = (
    *((void, _OF_THE_COMPARISON) for void in sorted(VOIDS)),
    ("nothing_learnt", frozenset({"recipe_decides", "head_not_features", "low_level_statistics"})),
    ("not_converged", frozenset({"recipe_decides"})),
    # the source's features are worth nothing / they are worth something
    ("source_like_random", frozenset({"reused", "head_not_features", "head_beats_fine_tuning", "labels_plentiful"})),
    ("dead_layers", frozenset({"reused", "head_not_features"})),
    # transfer helps by its features / it does not, or not by them
    ("reused", frozenset({"not_reused", "weight_scales", "random_suffices", "head_beats_fine_tuning"})),
    ("weight_scales", frozenset({"head_beats_fine_tuning", "random_suffices", "head_not_features"})),
    # anything would do / these features do what random ones do not
    ("random_suffices", frozenset({"head_not_features", "head_beats_fine_tuning", "source_like_random"})),
    # with other batch statistics the old head is right / it is the head
    ("low_level_statistics", frozenset({"head_not_features"})),
)
CONTRADICTIONS: frozenset[frozenset[str]] = frozenset(
    frozenset({one, other}) for one, others in _RIVALS for other in others
)
"""Pairs of causes that cannot both be true of a run: they are never both strong."""


def weighed(found: Sequence[Explanation], summary: Summary) -> list[Explanation]:
    """The same explanations, their grades held against the test images and against each other.

    Of two strong ones that contradict each other neither stays strong, but for one that voids the comparison.

    Args:
        found: in the order of the rules.
        summary: of the run.
    """
    few = images(summary)
    held = [_with_images(one, few) for one in found]
    strong = {one.name for one in held if one.grade == "strong"}
    return [_against(one, _rivals(one.name, strong)) if one.name in strong else one for one in held]


def images(summary: Summary) -> int:
    """The fewest test images, or groups of them, that any arm was judged on; 0 where nobody knows."""
    target = summary.data.target
    counts = [one.images for one in summary.points if one.images]
    if target is not None:
        counts += [target.groups] if target.groups else []
        counts = counts or [target.test]
    return min(counts, default=0)


def _with_images(one: Explanation, few: int) -> Explanation:
    if one.grade != "strong":
        return one
    if one.name in SUGGESTIVE:
        return replace(one, grade="suggestive")
    if few >= STRONG_IMAGES:
        return one
    said = Fact(f"there are {few:,} test images; fewer than {STRONG_IMAGES} do not make a cause strong")
    return replace(one, grade="suggestive", against=(*one.against, said))


def _rivals(name: str, strong: set[str]) -> list[str]:
    rivals = sorted(other for other in strong if frozenset({name, other}) in CONTRADICTIONS)
    if name not in VOIDS:
        return rivals
    return [other for other in rivals if other in VOIDS]


def _against(one: Explanation, rivals: Sequence[str]) -> Explanation:
    if not rivals:
        return one
    doubts = tuple(Fact(f"{rival}, which contradicts it, is supported as well") for rival in rivals)
    return replace(one, grade="suggestive", against=(*one.against, *doubts))
