"""One declared comparison gives the verdict; how the conditions stand one by one is said beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from shiftprobe.results.summary.accuracies import PAIR, Accuracies
from shiftprobe.results.summary.contrasts import plain
from shiftprobe.spec.schema import Spec, checkpoint_cells
from shiftprobe.stats import compare_paired


def headline(seen: Accuracies, spec: Spec, contrasts: Sequence[Mapping[str, Any]], unpaired: str) -> dict[str, Any]:
    """One declared comparison gives the word: both arms' mean over all doses, seed by seed; Holm's count beside."""
    if not contrasts:
        reason = unpaired or "this run does not hold both arms, transfer and scratch"
        return {"word": "none", "sentence": f"No comparison: {reason}.", "detail": "", "contrast": None}
    budget = max(spec.target.budgets)
    doses = [seen.shared(cell.shift, cell.severity, budget) for cell in checkpoint_cells(spec)]
    seeds = [seed for seed in spec.seeds if all(seed in dose for dose in doses)]
    if not seeds:
        sentence = "No comparison: no seed has both arms at every dose."
        return {"word": "inconclusive", "sentence": sentence, "detail": "", "contrast": None}
    ours, theirs = ([sum(dose[seed][i] for dose in doses) / len(doses) for seed in seeds] for i in (0, 1))
    result = compare_paired(ours, theirs, spec.compare.margin)
    where = f"Averaged over {len(doses)} conditions with {budget} labelled images" if len(doses) > 1 else (
        f"With {budget} labelled images"
    )  # fmt: skip
    return {
        "word": result.verdict,
        "sentence": f"{where}, {result.sentence(*PAIR)}.",
        "detail": _family([one for one in contrasts if one["budget"] == budget])
        if len(doses) > 1
        else _by_budget(contrasts),
        "contrast": plain(result),
    }


def _by_budget(contrasts: Sequence[Mapping[str, Any]]) -> str:
    """How the verdict moves with the label budget; nothing where there is one budget only."""
    known = [one for one in contrasts if one["difference"] is not None]
    if len(known) < 2:  # noqa: PLR2004 - nothing moves
        return ""
    steps = (f"{one['budget']}: {one['verdict']} ({100 * one['difference']:+z.1f} points)" for one in known)
    return f"By label budget, transfer against scratch: {'; '.join(steps)}."


def _family(contrasts: Sequence[Mapping[str, Any]]) -> str:
    """How the doses stand one by one: differences after Holm, and where they are largest and smallest."""
    known = [one for one in contrasts if one["difference"] is not None]
    clear = [one for one in known if one["p_holm"] is not None and one["p_holm"] < 0.05]  # noqa: PLR2004
    better = sum(one["difference"] > 0 for one in clear)
    equal = sum(one["verdict"] == "equivalent" for one in known)
    most, least = (pick(known, key=lambda one: one["difference"]) for pick in (max, min))
    return (
        f"Condition by condition (Holm, 5 %): transfer better in {better}, worse in {len(clear) - better} of "
        f"{len(known)}; equivalent within the margin in {equal}. Largest difference {_at(most)}, smallest {_at(least)}."
    )


def _at(one: Mapping[str, Any]) -> str:
    place = "on the unshifted target" if one["severity"] == 0 else f"at {one['shift']} {one['severity']:g}"
    return f"{100 * one['difference']:+z.1f} points {place}"
