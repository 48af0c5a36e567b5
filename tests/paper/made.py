"""A finished run whose every number is another, so that one in the wrong place is seen."""

from dataclasses import replace
from typing import Any

from shiftprobe.core.files import json_bytes
from shiftprobe.paper.finished import FinishedRun
from shiftprobe.results.about import Dataset, Datasets, Environment, Prepared, SeverityScale
from shiftprobe.results.marks import Mark
from shiftprobe.results.model import (
    ArmPoint,
    AstraySeeds,
    Contrast,
    Failure,
    Headline,
    SeedPair,
    SourceAccuracy,
    Summary,
    Verdict,
)
from shiftprobe.spec.schema import Spec

PAIRS = (("transfer", "zero_shot"), ("transfer", "scratch"))
SPEC = Spec.model_validate(
    {
        "name": "made",
        "target": {"data": "folder:/home/somebody/new_camera", "budgets": [150, 310], "test": 0.3},
        "source": {"data": "torchvision:CIFAR10", "epochs": 17},
        "model": {"arch": "small_cnn"},
        "shifts": ["gaussian_blur", "rotation"],
        "severities": [0.4, 0.9],
        "seeds": [3, 5, 8, 13],
        "data_seed": 21,
        "train": {"epochs": 23, "batch": 48, "validation": 0.16, "tune": {"lr": [0.0011, 0.0033]}},
        "compare": {"margin": 0.015, "pairs": PAIRS},
    }
)
CONDITIONS = (("identity", 0.0), ("gaussian_blur", 0.4), ("gaussian_blur", 0.9), ("rotation", 0.4), ("rotation", 0.9))


def contrast(place: int, pair: tuple[str, str], budget: int) -> Contrast:
    shift, severity = CONDITIONS[place]
    return Contrast(
        shift=shift, severity=severity, budget=budget, a=pair[0], b=pair[1], difference=0.031 * (place - 1.5),
        low=0.031 * (place - 1.5) - 0.02, high=0.031 * (place - 1.5) + 0.02, n=4, p=0.001 * (place + 1),
        p_holm=0.02 * (place + 1), image_low=-0.3, image_high=0.3, verdict="inconclusive",
        per_seed=(SeedPair(seed=3, a=0.5, b=0.4, difference=0.1, p=0.3),),
    )  # fmt: skip


def headline(difference: float, **more: Any) -> Headline:
    return Headline(
        difference=difference, low=difference - 0.0213, high=difference + 0.0224, n=4, p=0.012, verdict="better", **more
    )


VERDICTS = (
    Verdict(
        word="better",
        sentence="",
        pair=PAIRS[0],
        contrast=headline(
            0.1234, both_low=0.0987, both_high=0.1456, images=607,
            astray=(AstraySeeds(arm="transfer", count=1, n=44, low=0.0006, high=0.1202),),
        ),
        marks=(Mark(kind="seeds_astray", text="", label="1 seed astray"),),
    ),
    Verdict(word="worse", sentence="", pair=PAIRS[1], contrast=headline(-0.0768)),
)  # fmt: skip
SUMMARY = Summary(
    command="shiftprobe sweep /home/somebody/made.yaml", name="made", digest="ab12cd34", verdict=VERDICTS[0],
    verdicts=VERDICTS, margin=0.015, arms=("zero_shot", "scratch", "transfer"),
    skipped_arms={"bn_adapt": "there is no batch norm"}, shifts=SPEC.shifts, severities=(0.0, 0.4, 0.9),
    budgets=(150, 310), seeds=(3, 5, 8, 13),
    points=(
        ArmPoint(
            shift="identity", severity=0.0, budget=150, arm="scratch", mean=0.5, std=0.1, n=4, values=(), low=0.4,
            high=0.6, images=607,
        ),
    ),
    contrasts=tuple(contrast(place, pair, budget) for pair in PAIRS for budget in (150, 310) for place in range(5)),
    data=Datasets(
        target=Dataset(
            name="folder:/home/somebody/new_camera", classes=("a", "b", "c"), test=607, pool=1412, skipped=9,
            refused=28, duplicates=14, near_duplicates=6,
        ),
        source=Dataset(name="torchvision:CIFAR10", classes=("a", "b"), test=2003, train=8009, skipped=2),
    ),
    failed=(Failure(cell="rotation~0.9~b150~s3", error="x"),), pairing="",
    source_accuracy=SourceAccuracy(value=0.913, low=0.8991, high=0.9252, n=2003),
    preprocess=Prepared(size=36, channels=3),
    scale=SeverityScale(common=0.2718, reach={}, doses={}),
)  # fmt: skip
ENVIRONMENT = Environment(
    python="3.11.7", platform="Linux", device="cpu",
    versions={"shiftprobe": "0.7.1", "torch": "2.15.0", "torchvision": "0.29.2", "captum": "0.9.4", "numpy": "2.4.6"},
)  # fmt: skip
RUN = FinishedRun(spec=SPEC, summary=SUMMARY, environment=ENVIRONMENT, source_epochs=17)


def files(run: FinishedRun) -> dict[str, Any]:
    """The same as the run folder holds it."""
    import json
    from dataclasses import asdict

    whole = {"summary": asdict(run.summary), "spec": run.spec.resolved(), "environment": asdict(run.environment)}
    found: dict[str, Any] = json.loads(json_bytes(whole))
    return found


def without(**changes: Any) -> FinishedRun:
    """The run with fields of its summary changed."""
    return replace(RUN, summary=replace(SUMMARY, **changes))
