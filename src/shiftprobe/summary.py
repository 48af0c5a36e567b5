"""Rows -> what they say: a point per arm and dose, a contrast per dose, one verdict for the dial."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shiftprobe.spec import Spec, checkpoint_cells
from shiftprobe.stats import Comparison, compare_paired, holm, summarize, wilson
from shiftprobe.types import Cell, Row

PAIR = ("transfer", "scratch")
Pairing = Mapping[tuple[Cell, str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Accuracies:
    """Test accuracy of every arm, seed by seed."""

    values: Mapping[tuple[str, float, int | None, str], Mapping[int | None, Row]]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Accuracies":
        """Pick the accuracy probe's rows, by dose, budget and arm."""
        found: dict[tuple[str, float, int | None, str], dict[int | None, Row]] = {}
        for row in rows:
            if row.probe == "accuracy" and row.metric == "top1":
                place = (row.cell.shift, row.cell.severity, row.cell.budget, row.arm)
                found.setdefault(place, {})[row.cell.seed] = row
        return cls(found)

    def shared(self, shift: str, severity: float, budget: int) -> dict[int, tuple[float, float]]:
        """Both arms' accuracies for every seed that has both: {seed: (transfer, scratch)}."""
        ours, theirs = (self.values.get((shift, severity, budget, arm), {}) for arm in PAIR)
        pairs = {seed: (ours[seed].value, theirs[seed].value) for seed in ours if seed in theirs}
        return {
            seed: (a, b)
            for seed, (a, b) in sorted(pairs.items(), key=lambda item: item[0] or 0)
            if seed is not None and a is not None and b is not None
        }


def summarize_run(
    rows: Iterable[Row],
    spec: Spec,
    *,
    about: Mapping[str, Any],
    pairing: Pairing,
    failed: Mapping[str, str],
    source: Mapping[str, float] | None,
) -> dict[str, Any]:
    """The summary as plain data; see `docs/run-folder.md` for its keys."""
    seen = Accuracies.of(rows)
    unpaired = _unpaired(pairing, spec)
    contrasts = [] if unpaired or not set(PAIR) <= set(spec.arms) else _contrasts(seen, spec)
    return {
        "version": 1,
        "command": about["command"],
        "name": spec.name,
        "digest": about["digest"],
        "verdict": _headline(seen, spec, contrasts, unpaired),
        "margin": spec.compare.margin,
        "arms": [arm for arm in spec.arms if arm not in about["skipped_arms"]],
        "skipped_arms": about["skipped_arms"],
        "shifts": list(spec.shifts),
        "severities": sorted({0.0, *spec.severities}),
        "budgets": sorted(spec.target.budgets),
        "seeds": list(spec.seeds),
        "points": [_point(place, seeds) for place, seeds in sorted(seen.values.items(), key=_place)],
        "contrasts": contrasts,
        "data": about["data"],
        "device": about["device"],
        "preprocess": about["preprocess"],
        "failed": [{"cell": key, "error": error} for key, error in sorted(failed.items())],
        "pairing": unpaired or _paired(pairing),
        "source_accuracy": source,
    }


def _place(item: tuple[tuple[str, float, int | None, str], Any]) -> tuple[str, float, int, str]:
    shift, severity, budget, arm = item[0]
    return shift, severity, budget or 0, arm


def _point(place: tuple[str, float, int | None, str], seeds: Mapping[int | None, Row]) -> dict[str, Any]:
    """One arm at one dose: mean and spread over seeds, and what the test images leave open."""
    shift, severity, budget, arm = place
    here = {"shift": shift, "severity": severity, "budget": budget, "arm": arm}
    rows = [seeds[seed] for seed in sorted(seeds, key=lambda seed: -1 if seed is None else seed)]
    values = [row.value for row in rows if row.value is not None]
    lost = [f"seed {row.cell.seed}: {row.reason}" for row in rows if row.value is None]
    reason = f"n = {len(values)} of {len(rows)}; dropping seeds flatters ({lost[0]})" if lost else ""
    if not values:
        gone: dict[str, Any] = {
            "mean": None,
            "std": None,
            "n": 0,
            "values": [],
            "low": None,
            "high": None,
            "images": None,
        }
        return {**here, **gone, "reason": lost[0]}
    whole, images = summarize(values), rows[0].n or next(row.n for row in rows if row.n)
    low, high = wilson(round(whole.mean * (images or 0)), images or 1)
    numbers = {"mean": whole.mean, "std": whole.std, "n": whole.n, "values": values}
    return {**here, **numbers, "low": low, "high": high, "images": images, "reason": reason}


def _contrasts(seen: Accuracies, spec: Spec) -> list[dict[str, Any]]:
    """Transfer against scratch at every dose; per budget one family, corrected by Holm."""
    found = []
    for budget in sorted(spec.target.budgets):
        family = [_contrast(seen, spec, cell, budget) for cell in checkpoint_cells(spec)]
        tested = [one for one in family if one["p"] is not None]
        for one, p in zip(tested, holm([one["p"] for one in tested]) if tested else (), strict=True):
            one["p_holm"] = float(p)
        found += family
    return found


def _contrast(seen: Accuracies, spec: Spec, cell: Cell, budget: int) -> dict[str, Any]:
    here = {"shift": cell.shift, "severity": cell.severity, "budget": budget, "a": PAIR[0], "b": PAIR[1]}
    pairs = seen.shared(cell.shift, cell.severity, budget)
    if not pairs:
        return {**here, **plain(None), "differences": [], "reason": "no seed has both arms"}
    ours, theirs = zip(*pairs.values(), strict=True)
    result = compare_paired(ours, theirs, spec.compare.margin)
    lost = len(spec.seeds) - len(pairs)
    reason = f"n = {len(pairs)} of {len(spec.seeds)} seeds; dropping seeds flatters" if lost else result.reason
    return {**here, **plain(result), "differences": [a - b for a, b in pairs.values()], "reason": reason}


def plain(result: Comparison | None) -> dict[str, Any]:
    """A comparison as plain data, keys as in `summary.json`."""
    if result is None:
        names = (
            "difference",
            "low",
            "high",
            "sd",
            "p",
            "p_holm",
            "p_equivalence",
            "margin_certified",
            "seeds_needed",
        )
        return {**dict.fromkeys(names), "n": 0, "verdict": "inconclusive"}
    low, high = result.interval or (None, None)
    return {
        "difference": result.difference,
        "low": low,
        "high": high,
        "sd": result.sd,
        "n": result.n,
        "p": result.p,
        "p_holm": None,
        "p_equivalence": result.p_equivalence,
        "margin_certified": result.margin_certified,
        "verdict": result.verdict,
        "seeds_needed": list(result.seeds_needed) if result.seeds_needed else None,
    }


def _headline(seen: Accuracies, spec: Spec, contrasts: list[dict[str, Any]], unpaired: str) -> dict[str, Any]:
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


def _by_budget(contrasts: list[dict[str, Any]]) -> str:
    """How the verdict moves with the label budget; nothing where there is one budget only."""
    known = [one for one in contrasts if one["difference"] is not None]
    if len(known) < 2:  # noqa: PLR2004 - nothing moves
        return ""
    steps = (f"{one['budget']}: {one['verdict']} ({100 * one['difference']:+z.1f} points)" for one in known)
    return f"By label budget, transfer against scratch: {'; '.join(steps)}."


def _family(contrasts: list[dict[str, Any]]) -> str:
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


def _unpaired(pairing: Pairing, spec: Spec) -> str:
    """Why the two arms may not be compared; empty when every seed met the same images, order and head."""
    for cell in sorted({cell for cell, _ in pairing}, key=lambda cell: cell.order):
        ours, theirs = (pairing.get((cell, arm)) for arm in PAIR)
        if ours is None or theirs is None:
            continue
        for what in ("split", "order", *(["head"] if spec.model.head == "new" else [])):
            if ours[what] != theirs[what]:
                return f"the arms of {cell.key} are not paired: their {what} differs; run them again in one command"
    return ""


def _paired(pairing: Pairing) -> str:
    seeds = len({cell.seed for cell, _ in pairing})
    return f"paired over {seeds} seeds (hashes of split, order and head agree)" if seeds else "nothing was trained"
