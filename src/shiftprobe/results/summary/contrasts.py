"""Transfer against scratch at every dose, with both sources of error: seeds and test images."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Cell
from shiftprobe.results.findings import Answers
from shiftprobe.results.summary.accuracies import PAIR, Accuracies
from shiftprobe.spec.schema import Spec, checkpoint_cells
from shiftprobe.stats import Comparison, compare_paired, flips, holm, image_interval, pairing_gain, summarize

Pairing = Mapping[tuple[Cell, str], Mapping[str, str]]
Right = Mapping[int, tuple[NDArray[np.bool_], NDArray[np.bool_]]]  # per seed, which images each arm has right
NUMBERS = ("difference", "low", "high", "sd", "p", "p_holm", "p_equivalence", "margin_certified", "seeds_needed")


def contrasts(
    seen: Accuracies, spec: Spec, answers: Mapping[Cell, Answers], models: tuple[str, str]
) -> list[dict[str, Any]]:
    """Both arms at every dose; per budget one family, corrected by Holm.

    Args:
        seen: accuracies of one metric.
        spec: what was asked for.
        answers: what every model answered, by cell.
        models: the names under which the answers of both arms are kept.
    """
    found = []
    for budget in sorted(spec.target.budgets):
        family = [_contrast(seen, spec, cell, budget, answers, models) for cell in checkpoint_cells(spec)]
        tested = [one for one in family if one["p"] is not None]
        for one, p in zip(tested, holm([one["p"] for one in tested]) if tested else (), strict=True):
            one["p_holm"] = float(p)
        found += family
    return found


def _contrast(  # noqa: PLR0917 - an address and what stands there
    seen: Accuracies,
    spec: Spec,
    cell: Cell,
    budget: int,
    answers: Mapping[Cell, Answers],
    models: tuple[str, str],
) -> dict[str, Any]:
    here = {"shift": cell.shift, "severity": cell.severity, "budget": budget, "a": PAIR[0], "b": PAIR[1]}
    pairs = seen.shared(cell.shift, cell.severity, budget)
    right = _right(answers, cell, budget, list(pairs), models)
    errors = {**_over_images(right), **_unpaired(list(pairs.values()), spec.compare.margin)}
    if not pairs:
        return {**here, **plain(None), **errors, "differences": [], "per_seed": [], "reason": "no seed has both arms"}
    ours, theirs = zip(*pairs.values(), strict=True)
    result = compare_paired(ours, theirs, spec.compare.margin)
    lost = len(spec.seeds) - len(pairs)
    reason = f"n = {len(pairs)} of {len(spec.seeds)} seeds; dropping seeds flatters" if lost else result.reason
    per_seed = [_of_seed(seed, pair, right.get(seed)) for seed, pair in pairs.items()]
    differences = [a - b for a, b in pairs.values()]
    return {**here, **plain(result), **errors, "differences": differences, "per_seed": per_seed, "reason": reason}


def _right(
    answers: Mapping[Cell, Answers], cell: Cell, budget: int, seeds: Sequence[int], models: tuple[str, str]
) -> Right:
    found = {}
    for seed in seeds:
        here = answers.get(Cell(cell.shift, cell.severity, budget, seed))
        a, b = (here.right(model) for model in models) if here else (None, None)
        if a is not None and b is not None:
            found[seed] = (a, b)
    return found


def _over_images(right: Right) -> dict[str, float | None]:
    """What the test images leave open, given these seeds."""
    if not right:
        return {"image_low": None, "image_high": None}
    ours, theirs = (np.array(arm) for arm in zip(*right.values(), strict=True))
    found = image_interval(ours, theirs)
    return {"image_low": found.low, "image_high": found.high}


def _unpaired(pairs: Sequence[tuple[float, float]], margin: float) -> dict[str, float | None]:
    """The interval that the same numbers would leave if their seeds had nothing in common."""
    if not pairs:
        return {"unpaired_low": None, "unpaired_high": None}
    ours, theirs = zip(*pairs, strict=True)
    half = pairing_gain(ours, theirs, margin).unpaired_half
    centre = summarize([a - b for a, b in pairs]).mean
    low, high = (None, None) if half is None else (centre - half, centre + half)
    return {"unpaired_low": low, "unpaired_high": high}


def _of_seed(
    seed: int, pair: tuple[float, float], right: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None
) -> dict[str, Any]:
    """One seed: both accuracies, and on how many images the arms agree."""
    here = {"seed": seed, "a": pair[0], "b": pair[1], "difference": pair[0] - pair[1]}
    if right is None:
        return {**here, **dict.fromkeys(("both", "a_only", "b_only", "neither", "p"))}
    found = flips(*right)
    counts = {"both": found.both, "a_only": found.a_only, "b_only": found.b_only, "neither": found.neither}
    return {**here, **counts, "p": found.p}


def plain(result: Comparison | None) -> dict[str, Any]:
    """A comparison as plain data, keys as in `summary.json`."""
    if result is None:
        return {**dict.fromkeys(NUMBERS), "n": 0, "verdict": "inconclusive"}
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


def unpaired(pairing: Pairing, spec: Spec) -> str:
    """Why the two arms may not be compared; empty when every seed met the same images, order and head."""
    for cell in sorted({cell for cell, _ in pairing}, key=lambda cell: cell.order):
        ours, theirs = (pairing.get((cell, arm)) for arm in PAIR)
        if ours is None or theirs is None:
            continue
        for what in ("split", "order", *(["head"] if spec.model.head == "new" else [])):
            if ours[what] != theirs[what]:
                return f"the arms of {cell.key} are not paired: their {what} differs; run them again in one command"
    return ""


def paired(pairing: Pairing) -> str:
    """How pairing was proven, in a few words."""
    seeds = len({cell.seed for cell, _ in pairing})
    return f"paired over {seeds} seeds (hashes of split, order and head agree)" if seeds else "nothing was trained"
