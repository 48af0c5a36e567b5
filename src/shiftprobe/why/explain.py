"""All rules on one run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from shiftprobe.core.types import Row
from shiftprobe.why.base import Explanation, Rule, Unknown
from shiftprobe.why.evidence import not_converged, too_little
from shiftprobe.why.features import head_not_features, random_suffices, source_like_random
from shiftprobe.why.labels import labels_plentiful
from shiftprobe.why.reuse import erased, not_reused, reused
from shiftprobe.why.run_facts import RunFacts
from shiftprobe.why.statistics import low_level_statistics, weight_scales

RULES: tuple[Rule, ...] = (
    not_converged,
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

MOST = 5  # explanations shown; a longer list explains nothing


def explain(rows: Sequence[Row], summary: Mapping[str, Any]) -> dict[str, Any]:
    """Explanations that the rows support, best first, and the causes that this run cannot speak about.

    Strong ones stand before suggestive ones; among equals the order of `RULES` holds: a cause before its symptom.

    Args:
        rows: every row of a run.
        summary: its `summary.json` as plain data.

    Returns:
        `explanations` (keys of `Explanation`) and `undecided` (keys of `Unknown`), plain data.
    """
    seen = RunFacts.of(rows, summary)
    answers = [rule(seen) for rule in RULES] if summary["taps"] or summary["points"] else []
    found = [one for one in answers if isinstance(one, Explanation)]
    found.sort(key=lambda one: one.grade != "strong")  # a stable sort keeps the order of the rules
    return {
        "explanations": [_plain(one) for one in found[:MOST]],
        "undecided": [_plain(one) for one in answers if isinstance(one, Unknown)],
    }


def _plain(one: Explanation | Unknown) -> Any:
    return json.loads(json.dumps(asdict(one)))  # lists for tuples, as a reader of the file finds them
