"""All tables' rows -> `summary.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shiftprobe.core.types import IDENTITY, Cell, Row, at_best
from shiftprobe.results.findings import Answers
from shiftprobe.results.summary.accuracies import PAIR, Accuracies
from shiftprobe.results.summary.contrasts import Pairing, contrasts, paired, unpaired
from shiftprobe.results.summary.headline import headline
from shiftprobe.results.summary.training import Curve, training
from shiftprobe.spec.schema import Spec
from shiftprobe.stats import equivalent_from, labels_sentence, labels_worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a run folder holds, read back."""

    rows: Sequence[Row]
    about: Mapping[str, Any]  # `about.json`
    answers: Mapping[Cell, Answers] = field(default_factory=dict)
    curves: Sequence[Curve] = ()
    pairing: Pairing = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)  # cells, each with the last line of its error
    source: Mapping[str, float] | None = None  # the checkpoint's accuracy on its own test images


def summarize_run(found: Found, spec: Spec) -> dict[str, Any]:
    """The summary as plain data; see `docs/run-folder.md` for its keys."""
    about, apart = found.about, unpaired(found.pairing, spec)
    matched, best = (Accuracies.of(found.rows, metric) for metric in ("top1", "top1_best"))
    judged = _judged(matched, found, spec, PAIR, apart)
    return {
        "version": 2,
        "command": about["command"],
        "name": spec.name,
        "digest": about["digest"],
        **judged,
        "best": None if best.empty else _judged(best, found, spec, (at_best(PAIR[0]), at_best(PAIR[1])), apart),
        "margin": spec.compare.margin,
        "arms": [arm for arm in spec.arms if arm not in about["skipped_arms"]],
        "skipped_arms": about["skipped_arms"],
        "shifts": list(spec.shifts),
        "severities": sorted({0.0, *spec.severities}),
        "budgets": sorted(spec.target.budgets),
        "seeds": list(spec.seeds),
        "scale": about.get("scale"),
        "toward": about.get("toward", {}),
        "labels": _labels(matched, spec, judged["contrasts"]),
        "training": training(spec, found.curves, about),
        "data": about["data"],
        "device": about["device"],
        "preprocess": about["preprocess"],
        "failed": [{"cell": key, "error": error} for key, error in sorted(found.failed.items())],
        "pairing": apart or paired(found.pairing),
        "source_accuracy": found.source,
    }


def _judged(seen: Accuracies, found: Found, spec: Spec, models: tuple[str, str], apart: str) -> dict[str, Any]:
    """Points, contrasts and verdict of one metric."""
    compared = [] if apart or not set(PAIR) <= set(spec.arms) else contrasts(seen, spec, found.answers, models)
    return {
        "points": seen.points(),
        "contrasts": compared,
        "verdict": headline(seen, spec, compared, apart),
    }


def _labels(seen: Accuracies, spec: Spec, compared: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What transfer is worth in labelled images, on the unshifted target; None where no two budgets hold both arms."""
    budgets = sorted(spec.target.budgets)
    shared = [seen.shared(IDENTITY, 0.0, budget) for budget in budgets]
    seeds = [seed for seed in spec.seeds if all(seed in one for one in shared)]
    if len(budgets) < 2 or not seeds or not compared:  # noqa: PLR2004 - a curve has two points
        return None
    ours, theirs = ([[one[seed][side] for one in shared] for seed in seeds] for side in (0, 1))
    worth = labels_worth(budgets, ours, theirs)
    verdicts = {one["budget"]: one["verdict"] for one in compared if one["severity"] == 0}
    found = [verdicts[budget] for budget in budgets]
    return {
        "sentence": labels_sentence(worth, found, spec.compare.margin, PAIR),
        "equivalent_from": equivalent_from(budgets, found),
        "worth": [
            {
                "budget": one.budget,
                "equal_to": one.equal_to,
                "low": one.low,
                "high": one.high,
                "n": one.n,
                "bound": one.bound,
            }
            for one in worth
        ],
    }
