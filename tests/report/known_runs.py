"""Eight runs whose right decision is known, made of drawn answers instead of trainings, through the real summary.

    python -m tests.report.known_runs FOLDER

writes a run folder per case, each with its `report.html`, and prints where they lie; `test_known_runs.py` reads what
stands in the first 1,600 px of every page. An image has a difficulty that all arms share, and a training has it right
where its skill, moved by a little luck, exceeds that difficulty.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from shiftprobe.core.types import Cell, Row
from shiftprobe.report import write
from shiftprobe.results.about import About, Dataset, Datasets, Prepared
from shiftprobe.results.findings import Answers
from shiftprobe.results.model import Curve, SourceAccuracy
from shiftprobe.results.summary import RunContents, flips_of, summarize_run
from shiftprobe.results.summary_file import to_json
from shiftprobe.spec.arm_names import trained_as
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.recipes import Situation, named
from shiftprobe.spec.schema import Spec
from shiftprobe.why import explain, next_steps

CLASSES = tuple("0123456789")
IMAGES, BUDGET, SEEDS, EPOCHS = 2000, 300, 5, 40
LUCK = 0.02  # of a training on one image, standard deviation
ENVIRONMENT = {"python": "3.11", "platform": "made up", "device": "cpu", "versions": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A run: the skill of the untouched checkpoint and of every training, and what a careful person would say."""

    name: str
    untouched: float
    transfer: Sequence[float]
    scratch: Sequence[float]
    choice: str  # the decision's badge
    points: tuple[str, ...] = ()  # differences that must be told
    limits: tuple[str, ...] = ()  # words that must stand beside it
    home: float = 0.97  # accuracy on the source's own test images
    crossed: Mapping[str, Sequence[float]] = field(default_factory=dict)  # arms trained as the other is; none: digits

    @property
    def skills(self) -> Mapping[str, Sequence[float]]:
        """Of every arm that is trained."""
        return {"scratch": self.scratch, "transfer": self.transfer, **self.crossed}


CASES = (
    Known(
        name="harms",
        untouched=0.85,
        transfer=[0.76] * SEEDS,
        scratch=[0.55] * SEEDS,
        choice="leave it",
        points=("9.2", "30.3"),
    ),
    Known(
        name="helps",
        untouched=0.60,
        transfer=[0.86] * SEEDS,
        scratch=[0.72] * SEEDS,
        choice="fine-tune it",
        points=("+26.0", "14.1"),
    ),
    Known(
        name="equal",
        untouched=0.85,
        transfer=[0.85] * SEEDS,
        scratch=[0.60] * SEEDS,
        choice="leave it",
        points=("equivalent",),
    ),
    Known(
        name="not-trained-out",
        untouched=0.60,
        transfer=[0.80] * SEEDS,
        scratch=[0.10] * SEEDS,
        choice="fine-tune it",
        limits=("not trained out", "scratch"),
    ),
    Known(
        name="wrong-preprocessing",
        untouched=0.10,
        transfer=[0.70] * SEEDS,
        scratch=[0.70] * SEEDS,
        choice="cannot tell",
        limits=("at chance", "how images are prepared", "model.preprocess"),
        home=0.10,
    ),
    Known(
        name="one-collapsed-seed",
        untouched=0.60,
        transfer=[0.86, 0.86, 0.30, 0.86, 0.86],
        scratch=[0.72] * SEEDS,
        choice="cannot tell",
        limits=("1 seed astray", "transfer"),
    ),
    Known(
        name="recipe-decides",
        untouched=0.40,
        transfer=[0.86] * SEEDS,
        scratch=[0.72] * SEEDS,
        crossed={"transfer@scratch": [0.66] * SEEDS, "scratch@transfer": [0.86] * SEEDS},
        choice="cannot tell",
        points=("+14.", "better", "worse", "own recipes"),
        limits=("the recipe decides", "both trained as scratch"),
    ),
    Known(
        name="holds-under-one-recipe",
        untouched=0.60,
        transfer=[0.86] * SEEDS,
        scratch=[0.72] * SEEDS,
        crossed={"transfer@scratch": [0.84] * SEEDS, "scratch@transfer": [0.70] * SEEDS},
        choice="fine-tune it",
        points=("+26.", "14."),
        limits=("both trained as transfer", "each by its own recipe"),
    ),
)
CASE = Situation(family="convolutional", easy=False, pretrained=True, images=BUDGET - 60)
RECIPES: Mapping[str, Recipe] = {"transfer": named("finetune", CASE), "scratch": named("scratch", CASE)}


def make(known: Known, folder: Path) -> Path:
    """Write one case as a run folder with its page; the path of the page."""
    spec = Spec.model_validate(
        {
            "name": known.name,
            "target": {"data": "digits:uci", "budgets": [BUDGET]},
            "source": {"data": "digits:mnist"},
            "arms": ["zero_shot", "scratch", "transfer", *known.crossed],
            "seeds": SEEDS,
            "train": {"epochs": EPOCHS},
        }
    )
    answers = _answers(known)
    rows = [
        Row(cell=cell, probe="accuracy", metric="top1", value=float(right.mean()), n=IMAGES, arm=arm)
        for cell, one in answers.items()
        for arm in one.predicted
        for right in [one.predicted[arm] == one.labels]
    ]
    home = SourceAccuracy(value=known.home, low=known.home - 0.01, high=known.home + 0.01, n=IMAGES)
    curves = [_curve(known, arm, seed, skill) for arm in known.skills for seed, skill in enumerate(known.skills[arm])]
    contents = RunContents(
        rows=rows, about=_about(known), answers=answers, pairing=_pairing(answers), curves=curves, source=home
    )
    found = summarize_run(contents, spec)
    summary = replace(found, why=explain(rows, found), next=next_steps(rows, found))
    tables: Mapping[str, Any] = {
        "summary": to_json(summary),
        "results": [{**asdict(row.cell), **{k: v for k, v in asdict(row).items() if k != "cell"}} for row in rows],
        "spec": spec.model_dump(mode="json"),
        "environment": ENVIRONMENT,
        "curves": [asdict(one) for one in curves],
        "flips": asdict(flips_of(contents, spec)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        (folder / f"{name}.json").write_text(json.dumps(table))
    return write(folder)


def _about(known: Known) -> About:
    side = Dataset(name="made up", classes=CLASSES, test=IMAGES, majority=0.1)
    data = Datasets(source=side, target=side)
    found = About(command=f"known {known.name}", digest="0" * 8, skipped_arms={}, data=data, device="cpu")
    return replace(found, family="convolutional", preprocess=Prepared(size=64, channels=3)) if known.crossed else found


def _pairing(answers: Mapping[Cell, Answers]) -> dict[tuple[Cell, str], dict[str, str]]:
    """All arms of a seed met the same images with the same head, those of one recipe in the same order too."""
    crossed = any("@" in arm for one in answers.values() for arm in one.predicted)
    return {
        (cell, arm): {"split": "0" * 64, "head": "0" * 64, "order": trained_as(arm) if crossed else "0" * 64}
        for cell, one in answers.items()
        if cell.seed is not None
        for arm in one.predicted
    }


def _answers(known: Known) -> dict[Cell, Answers]:
    """What every model says of every image."""
    rng = np.random.default_rng(14)
    labels = np.arange(IMAGES) % len(CLASSES)
    difficulty = rng.permutation((np.arange(IMAGES) + 0.5) / IMAGES)

    def said(skill: float) -> np.ndarray:
        right = difficulty + LUCK * rng.standard_normal(IMAGES) < skill
        return np.where(right, labels, (labels + 1) % len(CLASSES))

    told = {Cell("identity", 0.0): Answers(labels, {"zero_shot": said(known.untouched)})}
    for seed in range(SEEDS):
        arms = {arm: said(skills[seed]) for arm, skills in known.skills.items()}
        told[Cell("identity", 0.0, BUDGET, seed)] = Answers(labels, arms)
    return told


def _curve(known: Known, arm: str, seed: int, skill: float) -> Curve:
    """A training that levels off at its skill."""
    recipe = RECIPES[trained_as(arm)] if known.crossed else None
    reached = skill * (1 - np.exp(-(np.arange(EPOCHS) + 1) / 3))
    return Curve(
        shift="identity",
        severity=0.0,
        budget=BUDGET,
        seed=seed,
        arm=arm,
        loss=tuple(float(one) for one in 2.3 * (1 - reached)),
        validation=tuple(round(60 * float(one)) / 60 for one in reached),
        best_epoch=20,
        lr=recipe.lr if recipe else 2e-3,
        recipe=recipe,
        train_accuracy=1.0 if recipe else None,
        images=BUDGET - 60,
        validation_images=60,
    )


if __name__ == "__main__":
    for case in CASES:
        sys.stdout.write(f"{case.choice:14} {make(case, Path(sys.argv[1]) / case.name)}\n")
