"""What the arms of a run answered, seed by seed and condition by condition -> the flip map."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Cell
from shiftprobe.results.findings import Answers
from shiftprobe.results.flip_map import FLIPS, Flip, FlipMap, FlippedImage, FlipsFound, SeedAgreement
from shiftprobe.results.summary.accuracies import ArmPair
from shiftprobe.results.summary.straying import Strayed
from shiftprobe.spec.pairs import declared_pairs
from shiftprobe.spec.schema import Spec, arm_cells
from shiftprobe.stats.image_flips import FDR, FEWEST_SEEDS, ImageFlips, image_flips

Right = NDArray[np.bool_]  # (S, D, N)


def flips_found(
    answers: Mapping[Cell, Answers], spec: Spec, gone: Strayed, groups: NDArray[np.int64] | None = None
) -> FlipsFound:
    """The map of the first declared pair whose arms are both trained, at the largest budget; or why there is none.

    Args:
        answers: of every model, by cell.
        spec: what was asked for.
        gone: trainings that went astray; their seeds are left out.
        groups: (N,) what test images belong together; None: they are independent.
    """
    if not answers:
        return FlipsFound(reason="the run keeps no answers image by image")
    budget = max(spec.target.budgets)
    cells = [cell for cell in arm_cells(spec) if cell.budget == budget and cell in answers]
    pair = next((one for one in declared_pairs(spec) if any(_holds(answers[cell], one) for cell in cells)), None)
    if pair is None:
        return FlipsFound(reason="no declared pair has two arms that a seed moves")
    here = [cell for cell in cells if _holds(answers[cell], pair)]
    conditions = tuple(dict.fromkeys(cell.condition for cell in here))
    whole = {(cell.condition, cell.seed): answers[cell] for cell in here}
    seeds = [
        seed
        for seed in spec.seeds
        if all((where, seed) in whole and seed not in gone.of_pair(where, budget, pair) for where in conditions)
    ]
    if len(seeds) < FEWEST_SEEDS:
        return FlipsFound(
            reason=f"seed noise needs at least {FEWEST_SEEDS} seeds that hold both arms in every condition, "
            f"this run has {len(seeds)}"
        )
    answered, truth = _answered([[whole[where, seed] for where in conditions] for seed in seeds], pair)
    a, b = (one == truth for one in answered)
    counted = _counted(image_flips(a, b), a, b)
    return FlipsFound(
        flips=FlipMap(
            a=pair[0],
            b=pair[1],
            budget=budget,
            seeds=tuple(seeds),
            conditions=conditions,
            images=a.shape[2],
            level=FDR,
            smallest=counted[0].smallest,
            counts={kind: sum(one == kind for one in counted[1]) for kind in FLIPS},
            grouped=groups is not None,
            agreement=_agreement(answered, (a, b)),
            shown=_shown(counted, a, b),
        )
    )


def _holds(answers: Answers, pair: ArmPair) -> bool:
    return set(pair) <= set(answers.predicted)


def _answered(table: Sequence[Sequence[Answers]], pair: ArmPair) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """(S, D, N) what each arm answered, and the truth."""
    answered = [np.array([[one.predicted[model] for one in row] for row in table]) for model in pair]
    return answered, np.array([[one.labels for one in row] for row in table])


def _agreement(answers: Sequence[NDArray[np.int64]], right: tuple[Right, Right]) -> SeedAgreement:
    """Pairs of different seeds, so that nothing but the arm is shared within one and not between two."""
    a, b = answers
    first, second = np.triu_indices(len(a), k=1)
    both = [(a[i] == b[j]).mean() for i in range(len(a)) for j in range(len(b)) if i != j]
    return SeedAgreement(
        a=float((a[first] == a[second]).mean()),
        b=float((b[first] == b[second]).mean()),
        between=float(np.mean(both)),
        a_right=float(right[0].mean()),
        b_right=float(right[1].mean()),
    )


def _counted(found: ImageFlips, a: Right, b: Right) -> tuple[ImageFlips, list[Flip]]:
    """Every image with its kind."""
    called, differ = found.called(), (a != b).any(axis=(0, 1))
    return found, [
        "hurt" if call and effect < 0 else "helped" if call else "jitter" if jitter else "apart" if apart else "same"
        for call, effect, jitter, apart in zip(called, found.effect, found.jitters, differ, strict=True)
    ]


def _shown(counted: tuple[ImageFlips, list[Flip]], a: Right, b: Right) -> tuple[FlippedImage, ...]:
    """All images but those that every training has the same, from the most hurt to the most helped."""
    found, kinds = counted
    by_seed = [arm.sum(axis=1) for arm in (a, b)]
    doses = a.sum(axis=0).astype(np.int64) - b.sum(axis=0)
    order = sorted(
        (i for i, kind in enumerate(kinds) if kind != "same"),
        key=lambda i: (found.effect[i], int(by_seed[0][:, i].sum()), i),
    )
    return tuple(
        FlippedImage(
            image=i,
            kind=kinds[i],
            effect=float(found.effect[i]),
            p=float(found.p[i]),
            q=float(found.q[i]),
            a=tuple(map(int, by_seed[0][:, i])),
            b=tuple(map(int, by_seed[1][:, i])),
            doses=tuple(map(int, doses[:, i])),
        )
        for i in order
    )
