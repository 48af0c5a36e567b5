"""All rules on one run."""

from collections.abc import Sequence
from dataclasses import replace

from shiftprobe.core.types import Row
from shiftprobe.results.model import Explanation, Fact, Summary, Unknown, Why
from shiftprobe.why.base import Rule
from shiftprobe.why.chance import nothing_learnt
from shiftprobe.why.dead import dead_layers
from shiftprobe.why.easy import random_suffices
from shiftprobe.why.evidence import not_converged, too_little
from shiftprobe.why.features import head_not_features, source_like_random
from shiftprobe.why.head import head_beats_fine_tuning
from shiftprobe.why.labels import labels_plentiful
from shiftprobe.why.recipe import recipe_decides
from shiftprobe.why.reuse import not_reused, reused
from shiftprobe.why.run_facts import PAIR, RunFacts
from shiftprobe.why.statistics import low_level_statistics, weight_scales
from shiftprobe.why.weighing import weighed

RULES: tuple[Rule, ...] = (
    not_converged,
    nothing_learnt,
    recipe_decides,
    dead_layers,
    source_like_random,
    low_level_statistics,
    head_not_features,
    weight_scales,
    head_beats_fine_tuning,
    random_suffices,
    labels_plentiful,
    not_reused,
    reused,
    too_little,
)
"""In the order in which a cause is ruled out: what voids the comparison first, what is only a symptom last."""

SCHEDULE = frozenset({"not_converged", "nothing_learnt", "recipe_decides"})  # what marks of the trainings support
MAX_EXPLANATIONS = 5  # a longer list explains nothing


def explain(rows: Sequence[Row], summary: Summary) -> Why:
    """Explanations that the rows support, best first, and the causes that this run cannot speak about.

    Strong ones stand before suggestive ones; among equals the order of `RULES` holds: a cause before its symptom. None
    is strong beside one that contradicts it and is as strong, nor from few test images (`weighing`).

    Args:
        rows: every row of a run.
        summary: its summary.
    """
    run = RunFacts.of(rows, summary)
    answers = [rule(run) for rule in RULES] if summary.taps or summary.points else []
    beside = [_beside(one, run) for one in answers if isinstance(one, Explanation)]
    found = weighed(beside, summary)
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
