"""Runs that were never trained: rows as probes leave them, summed up by the real summary."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import UNSHIFTED, Cell, Condition, Row
from shiftprobe.results.about import About, Dataset, Datasets
from shiftprobe.results.findings import Answers
from shiftprobe.results.model import Curve, SourceAccuracy, Summary, Why
from shiftprobe.results.summary import RunContents, summarize_run
from shiftprobe.spec.schema import Spec
from shiftprobe.why import explain
from shiftprobe.why.run_facts import RunFacts

TAPS = ("first", "second", "third", "penultimate")
DIGITS = tuple(str(digit) for digit in range(10))
IMAGES = 1000
BUDGET = 100
SPEC: Mapping[str, Any] = {
    "target": {"data": "digits:uci", "budgets": [BUDGET]},
    "source": {"data": "digits:mnist"},
    "seeds": 3,
    "train": {"epochs": 20},
}
SIDE = Dataset(name="made up", classes=DIGITS, test=IMAGES)
ABOUT = About(
    command="shiftprobe sweep", digest="0" * 8, skipped_arms={}, data=Datasets(source=SIDE, target=SIDE), device="cpu"
)


def arm(name: str, *values: float | None, place: Condition = UNSHIFTED, budget: int = BUDGET) -> list[Row]:
    """An arm's accuracy, a value per seed; None where it failed."""
    return [
        Row(
            cell=Cell(place.shift, place.severity, budget, seed),
            probe="accuracy",
            metric="top1",
            value=value,
            reason="" if value is not None else "training diverged",
            n=IMAGES,
            arm=name,
        )
        for seed, value in enumerate(values)
    ]


def still(name: str, value: float, place: Condition = UNSHIFTED) -> list[Row]:
    """The accuracy of an arm that no seed moves."""
    return [
        Row(cell=Cell(place.shift, place.severity), probe="accuracy", metric="top1", value=value, n=IMAGES, arm=name)
    ]


def gaps(*values: float, place: Condition = UNSHIFTED, half: float = 0.03) -> list[Row]:
    """Source minus random readout at every tap, first to last, with the half width of the interval."""
    draws = Row(cell=Cell(place.shift, place.severity), probe="linear", metric="random_draws", value=5.0, arm="random")
    return [
        draws,
        *(
            Row(
                cell=Cell(place.shift, place.severity),
                probe="linear",
                metric="probe_gap",
                value=value,
                low=value - half,
                high=value + half,
                n=IMAGES,
                arm="source",
                tap=tap,
                versus="random",
            )
            for tap, value in zip(TAPS, values, strict=True)
        ),
    ]


def readout(
    model: str, value: float, *, tap: str = TAPS[-1], place: Condition = UNSHIFTED, half: float = 0.02
) -> list[Row]:
    """What a linear reader gets from a model that nobody trained on the target."""
    return [
        Row(
            cell=Cell(place.shift, place.severity),
            probe="linear",
            metric="probe_accuracy",
            value=value,
            low=value - half,
            high=value + half,
            n=IMAGES,
            arm=model,
            tap=tap,
        )
    ]


def likeness(name: str, *values: float, place: Condition = UNSHIFTED) -> list[Row]:
    """CKA of an arm with the source, a value per seed, the same at every tap."""
    return [
        Row(
            cell=Cell(place.shift, place.severity, BUDGET, seed),
            probe="cka",
            metric="cka_debiased",
            value=value,
            n=IMAGES,
            unit="similarity",
            arm=name,
            tap=tap,
            versus="source",
        )
        for (seed, value), tap in itertools.product(enumerate(values), TAPS)
    ]


def curve(
    name: str, loss: Sequence[float], validation: Sequence[float], *, seed: int = 0, budget: int = BUDGET
) -> Curve:
    """One training."""
    return Curve(
        shift="identity",
        severity=0.0,
        budget=budget,
        seed=seed,
        arm=name,
        loss=tuple(loss),
        validation=tuple(validation),
        best_epoch=max(range(len(validation)), key=validation.__getitem__) + 1,
        lr=2e-3,
    )


def summed(
    rows: Iterable[Row],
    *,
    curves: Sequence[Curve] = (),
    source: float | None = 0.95,
    about: About = ABOUT,
    groups: NDArray[np.int64] | None = None,
    **spec: Any,
) -> tuple[list[Row], Summary]:
    """Rows and the summary that the real code makes of them."""
    rows = list(rows)
    arms = sorted({row.arm for row in rows if row.probe == "accuracy"}) or ["scratch", "transfer"]
    whole = Spec.model_validate({**SPEC, "arms": arms, **spec})
    home = None if source is None else SourceAccuracy(value=source, low=source - 0.02, high=source + 0.02, n=IMAGES)
    taps = tuple(tap for tap in TAPS if any(row.tap == tap for row in rows))
    answers = answered_untrained(rows)
    contents = RunContents(
        rows=rows, about=about, curves=curves, source=home, taps=taps, answers=answers, groups=groups
    )
    return rows, summarize_run(contents, whole)


def answered_untrained(rows: Sequence[Row]) -> dict[Cell, Answers]:
    """What arms that no seed moves answered: the first images right, as many as their accuracy says."""
    found = dict[Cell, dict[str, np.ndarray]]()
    for row in rows:
        if row.probe == "accuracy" and row.cell.seed is None and row.value is not None:
            images = row.n or IMAGES
            right = np.arange(images) < round(row.value * images)
            found.setdefault(row.cell, {})[row.arm] = np.where(right, 0, 1)
    zeros = {cell: np.zeros(len(next(iter(by_arm.values()))), dtype=np.int64) for cell, by_arm in found.items()}
    return {cell: Answers(zeros[cell], by_arm) for cell, by_arm in found.items()}


def seen(*rows: Sequence[Row], **made: Any) -> RunFacts:
    """What the rules look at."""
    return RunFacts.of(*summed(itertools.chain(*rows), **made))


def told(*rows: Sequence[Row], **made: Any) -> Why:
    """What is said of the run."""
    return explain(*summed(itertools.chain(*rows), **made))


GOOD = (0.95, 0.94, 0.96)
WORSE = (0.80, 0.78, 0.81)
SAME = (0.951, 0.939, 0.962)
HELPS = (arm("transfer", *GOOD), arm("scratch", *WORSE))
EQUAL = (arm("transfer", *GOOD), arm("scratch", *SAME))
