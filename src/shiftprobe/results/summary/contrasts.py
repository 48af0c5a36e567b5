"""Transfer against scratch in every condition, with both sources of error: seeds and test images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Cell, Condition
from shiftprobe.results.findings import Answers
from shiftprobe.results.model import Contrast, SeedPair
from shiftprobe.results.summary.accuracies import PAIR, Accuracies
from shiftprobe.spec.schema import Spec, checkpoint_cells
from shiftprobe.stats import compare_paired, flips, holm, image_interval, pairing_gain, summarize

Pairing = Mapping[tuple[Cell, str], Mapping[str, str]]
Right = Mapping[int, tuple[NDArray[np.bool_], NDArray[np.bool_]]]  # per seed, which images each arm has right
Ends = tuple[float | None, float | None]  # of a 95 % interval


def contrasts(
    seen: Accuracies, spec: Spec, answers: Mapping[Cell, Answers], models: tuple[str, str]
) -> tuple[Contrast, ...]:
    """Both arms in every condition; per budget one family, corrected by Holm.

    Args:
        seen: accuracies of one metric.
        spec: what was asked for.
        answers: what every model answered, by cell.
        models: the names under which the answers of both arms are kept.
    """
    found: list[Contrast] = []
    for budget in sorted(spec.target.budgets):
        family = []
        for cell in checkpoint_cells(spec):
            pairs = seen.shared(cell.condition, budget)
            right = _right(answers, cell.condition, budget, list(pairs), models)
            one = _compared(pairs, right, spec) if pairs else _nothing()
            here = replace(one, shift=cell.shift, severity=cell.severity, budget=budget)
            family.append(here)
        tested = [one.p for one in family if one.p is not None]
        adjusted = iter(holm(tested) if tested else ())
        found += [one if one.p is None else replace(one, p_holm=float(next(adjusted))) for one in family]
    return tuple(found)


def _nothing() -> Contrast:
    return Contrast(a=PAIR[0], b=PAIR[1], reason="no seed has both arms")


def _compared(pairs: Mapping[int, tuple[float, float]], right: Right, spec: Spec) -> Contrast:
    """Both arms' accuracies of every seed that has both, and which images they have right."""
    ours, theirs = zip(*pairs.values(), strict=True)
    result = compare_paired(ours, theirs, spec.compare.margin)
    low, high = result.interval or (None, None)
    image_low, image_high = _over_images(right)
    unpaired_low, unpaired_high = _unpaired(ours, theirs, spec.compare.margin)
    lost = len(spec.seeds) - len(pairs)
    return Contrast(
        a=PAIR[0],
        b=PAIR[1],
        difference=result.difference,
        low=low,
        high=high,
        sd=result.sd,
        n=result.n,
        p=result.p,
        p_equivalence=result.p_equivalence,
        margin_certified=result.margin_certified,
        verdict=result.verdict,
        seeds_needed=result.seeds_needed,
        reason=f"n = {len(pairs)} of {len(spec.seeds)} seeds; dropping seeds flatters" if lost else result.reason,
        differences=tuple(a - b for a, b in pairs.values()),
        image_low=image_low,
        image_high=image_high,
        unpaired_low=unpaired_low,
        unpaired_high=unpaired_high,
        per_seed=tuple(_of_seed(seed, pair, right.get(seed)) for seed, pair in pairs.items()),
    )


def _right(
    answers: Mapping[Cell, Answers], condition: Condition, budget: int, seeds: Sequence[int], models: tuple[str, str]
) -> Right:
    found = {}
    for seed in seeds:
        here = answers.get(Cell(condition.shift, condition.severity, budget, seed))
        a, b = (here.right(model) for model in models) if here else (None, None)
        if a is not None and b is not None:
            found[seed] = (a, b)
    return found


def _over_images(right: Right) -> Ends:
    """What the test images leave open, given these seeds."""
    if not right:
        return None, None
    ours, theirs = (np.array(arm) for arm in zip(*right.values(), strict=True))
    found = image_interval(ours, theirs)
    return found.low, found.high


def _unpaired(ours: Sequence[float], theirs: Sequence[float], margin: float) -> Ends:
    """The interval that the same numbers would leave if their seeds had nothing in common."""
    half = pairing_gain(ours, theirs, margin).unpaired_half
    centre = summarize([a - b for a, b in zip(ours, theirs, strict=True)]).mean
    return (None, None) if half is None else (centre - half, centre + half)


def _of_seed(
    seed: int, pair: tuple[float, float], right: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None
) -> SeedPair:
    """One seed: both accuracies, and on how many images the arms agree."""
    a, b = pair
    if right is None:
        return SeedPair(seed=seed, a=a, b=b, difference=a - b)
    found = flips(*right)
    return SeedPair(
        seed=seed,
        a=a,
        b=b,
        difference=a - b,
        both=found.both,
        a_only=found.a_only,
        b_only=found.b_only,
        neither=found.neither,
        p=found.p,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired:
    """A cell whose two arms may not be compared, and what they did not share: split, order or head."""

    cell: Cell
    what: str

    @property
    def sentence(self) -> str:
        """The fact in words."""
        differs = f"the arms of {self.cell.key} are not paired: their {self.what} differs"
        return f"{differs}; run them again in one command"


def unpaired(pairing: Pairing, spec: Spec) -> Unpaired | None:
    """The first cell whose arms may not be compared; None when every seed met the same images, order and head."""
    for cell in sorted({cell for cell, _ in pairing}, key=lambda cell: cell.order):
        ours, theirs = (pairing.get((cell, arm)) for arm in PAIR)
        if ours is None or theirs is None:
            continue
        for what in ("split", "order", *(["head"] if spec.model.head == "new" else [])):
            if ours[what] != theirs[what]:
                return Unpaired(cell=cell, what=what)
    return None


def paired(pairing: Pairing) -> str:
    """How pairing was proven, in a few words."""
    seeds = len({cell.seed for cell, _ in pairing})
    return f"paired over {seeds} seeds (hashes of split, order and head agree)" if seeds else "nothing was trained"
