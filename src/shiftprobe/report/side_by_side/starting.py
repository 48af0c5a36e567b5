"""Which checkpoint to start from: those not shown to be worse than the best, image by image and seed by seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Cell, Condition
from shiftprobe.core.words import counted, percent, whole_percent
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.table import Entry, Table
from shiftprobe.report.side_by_side.reading import Entered, conditions, places, same_test
from shiftprobe.results.findings import read_answers
from shiftprobe.results.reading import read_groups
from shiftprobe.results.run_folder import RunDir
from shiftprobe.stats.best import BestOf, best_of

TRANSFER = "transfer"
SCORE = "top1"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAdvice:
    """What several runs say of where to start, or why they say nothing."""

    names: tuple[str, ...]  # letter and checkpoint of each run
    arm: str = ""  # that was trained from each checkpoint
    conditions: int = 0
    seeds: tuple[int, ...] = ()  # with which every run has an answer in every condition
    lost: int = 0  # further seeds, of which some run has none
    best: BestOf | None = None
    reason: str = ""  # why nothing is said

    @property
    def sentence(self) -> str:
        """The answer in at most 25 words beside the names."""
        if self.best is None or self.best.reason:
            return f"Cannot tell which checkpoint to start from: {self.best.reason if self.best else self.reason}."
        kept = [self.names[place] for place in self.best.kept]
        if len(kept) == 1:
            return f"Start from {kept[0]}: every other checkpoint is shown to be worse than the best."
        *first, last = kept
        either = f"{', '.join(first)} or {last}"
        who = "neither" if len(kept) == 2 else "none of them"  # noqa: PLR2004 - a pair
        return f"Start from {either}: {who} is shown to be worse than the best."

    @property
    def basis(self) -> str:
        """What the answer rests on; empty where there is none."""
        if self.best is None or self.best.reason:
            return ""
        lost = f"; {counted(self.lost, 'seed')} with a training that failed left out" if self.lost else ""
        return (
            f"Accuracy of {self.arm} after training: mean over {counted(self.conditions, 'condition')}, "
            f"{counted(self.best.seeds, 'seed')} and {counted(self.best.images, 'test image')}{lost}. The best is "
            f"among those named with {self.confidence_said} confidence (multiple comparisons with the best)."
        )

    @property
    def confidence_said(self) -> str:
        """'95 %'."""
        return whole_percent(self.best.confidence) if self.best else ""


def start_table(advice: StartAdvice) -> Table:
    """A row per checkpoint: what its arm reaches, and how it stands against the best of the others."""
    rows = tuple(
        (
            Entry(main=name, arm=name[0], sort=name[0]),
            Entry(main="not shown to be worse" if one.kept else "worse than the best", sort=float(not one.kept)),
            Entry(main=percent(one.mean), sort=one.mean),
            Entry(
                main=wording.points(one.difference, one.low, one.high),
                small=(wording.points_interval(one.low, one.high),),
                sort=one.difference,
            ),
        )
        for name, one in zip(advice.names, advice.best.candidates if advice.best else (), strict=False)
    )
    heads = (
        ("checkpoint", ""), ("against the best", ""), (advice.arm, "mean over seeds and conditions"),
        ("from the best other", "points, simultaneous interval"),
    )  # fmt: skip
    return Table(caption="Every checkpoint against the best", heads=heads, rows=rows, notes=())


def start_from(runs: Sequence[Entered]) -> StartAdvice | None:
    """Which checkpoint to start from; None where the runs are not of different checkpoints that were brought."""
    checkpoints = [one.checkpoint for one in runs]
    if "" in checkpoints or len(set(checkpoints)) < len(runs):
        return None
    names = tuple(f"{one.mark} ({wording.name(Path(one.checkpoint).name)})" for one in runs)
    if reason := _apart(runs):
        return StartAdvice(names=names, reason=reason)
    arm, where = _arm(runs), places(runs[0])
    found = [_by_seed(one, where, arm) for one in runs]
    seeds = tuple(sorted(set.intersection(*(set(one) for one in found))))
    if not seeds:
        return StartAdvice(names=names, arm=arm, reason=f"no seed has the answers of {arm} in every run")
    scores = np.array([[one[seed] for seed in seeds] for one in found])
    return StartAdvice(
        names=names,
        arm=arm,
        conditions=len(where),
        seeds=seeds,
        lost=len(set(runs[0].run.summary.seeds) - set(seeds)),
        best=best_of(scores, read_groups(RunDir(runs[0].path))),
    )


def _apart(runs: Sequence[Entered]) -> str:
    """What forbids to compare the runs image by image and seed by seed; empty where nothing does."""
    first, *others = runs
    if any(same_test(first, one) is not True for one in others):
        return "the runs are not known to be judged on the same test images"
    if any(one.run.summary.metric != SCORE for one in runs):
        return f"the runs are not judged by {SCORE}, which has one number per image"
    for what, of in (
        ("conditions", lambda one: conditions(one.run)),
        ("label budgets", lambda one: one.budget),
        ("seeds", lambda one: one.run.summary.seeds),
    ):
        if any(of(one) != of(first) for one in others):
            return f"the runs have different {what}"
    return "" if _arm(runs) else "the runs share no arm that is trained from a checkpoint"


def _arm(runs: Sequence[Entered]) -> str:
    """Fine-tuning where every run has it, else the first arm of the declared pair."""
    declared = [pair[0] for pair in runs[0].run.pairs[:1]]
    return next((arm for arm in (TRANSFER, *declared) if all(arm in one.run.summary.arms for one in runs)), "")


def _by_seed(one: Entered, where: Sequence[Condition], arm: str) -> dict[int, NDArray[np.float64]]:
    """Per seed, in how many of the conditions each image is right; a seed that lacks one is left out."""
    found: dict[int, NDArray[np.float64]] = {}
    for seed in one.run.summary.seeds:
        cells = [Cell(place.shift, place.severity, one.budget, seed) for place in where]
        told = [answers.right(arm) for cell in cells if (answers := read_answers(RunDir(one.path), cell))]
        known = [right for right in told if right is not None]
        if len(known) == len(cells):
            found[seed] = np.mean(known, axis=0, dtype=np.float64)
    return found


def to_json(advice: StartAdvice) -> dict[str, object]:
    """The advice as plain data; `candidates` is empty where nothing could be judged."""
    best = advice.best
    return {
        "sentence": advice.sentence,
        "kept": [advice.names[place] for place in best.kept] if best else [],
        "arm": advice.arm,
        "conditions": advice.conditions,
        "seeds": list(advice.seeds),
        "images": best.images if best else None,
        "confidence": best.confidence if best else None,
        "reason": (best.reason if best else advice.reason) or None,
        "candidates": [
            {"name": name, "mean": one.mean, "difference": one.difference, "low": one.low, "high": one.high,
             "kept": one.kept}
            for name, one in zip(advice.names, best.candidates if best else (), strict=False)
        ],
    }  # fmt: skip
