"""All rules on one run."""

from collections.abc import Sequence
from dataclasses import replace

from shiftprobe.core.types import Row
from shiftprobe.results.model import Explanation, Fact, Summary, Unknown, Why
from shiftprobe.why.base import Rule
from shiftprobe.why.evidence import not_converged, too_little
from shiftprobe.why.features import head_not_features, random_suffices, source_like_random
from shiftprobe.why.labels import labels_plentiful
from shiftprobe.why.recipe import recipe_decides
from shiftprobe.why.reuse import erased, not_reused, reused
from shiftprobe.why.run_facts import PAIR, RunFacts
from shiftprobe.why.statistics import low_level_statistics, weight_scales

RULES: tuple[Rule, ...] = (
    not_converged,
    recipe_decides,
    source_like_random,
    low_level_statistics,
    head_not_features,
    weight_scales,
    erased,
    random_suffices,
    labels_plentiful,
    not_reused,
    reused,
    too_little,
)
"""In the order in which a cause is ruled out: what voids the comparison first, what is only a symptom last."""

SCHEDULE = frozenset({"not_converged", "recipe_decides"})  # what marks of the trainings support
MAX_EXPLANATIONS = 5  # a longer list explains nothing


def explain(rows: Sequence[Row], summary: Summary) -> Why:
    """Explanations that the rows support, best first, and the causes that this run cannot speak about.

    Strong ones stand before suggestive ones; among equals the order of `RULES` holds: a cause before its symptom.

    Args:
        rows: every row of a run.
        summary: its summary.
    """
    run = RunFacts.of(rows, summary)
    answers = [rule(run) for rule in RULES] if summary.taps or summary.points else []
    found = [_beside(one, run) for one in answers if isinstance(one, Explanation)]
    found.sort(key=lambda one: one.grade != "strong")  # a stable sort keeps the order of the rules
    return Why(
        explanations=tuple(found[:MAX_EXPLANATIONS]),
        undecided=tuple(one for one in answers if isinstance(one, Unknown)),
    )


def _beside(one: Explanation, run: RunFacts) -> Explanation:
    """No cause is strong beside an arm that was not trained out: what it explains may be the schedule's."""
    doubts = tuple(Fact(mark.text) for mark in run.summary.limits if mark.grave and set(mark.arms) & set(PAIR))
    if not doubts or one.name in SCHEDULE:
        return one
    return replace(one, grade="suggestive", against=(*doubts[:1], *one.against))
