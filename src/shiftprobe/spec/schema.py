"""The spec: its shape, its identity and the cells it asks for. Names are resolved in plan.py."""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from shiftprobe.core.types import Cell, LookPrecision, Taps
from shiftprobe.metrics.scores import ScoreName
from shiftprobe.spec.arm_names import as_they_are
from shiftprobe.spec.model import Model, SpecPart
from shiftprobe.spec.scalars import (
    Count,
    Fraction,
    Seed,
    Seeds,
    Severities,
    Shifts,
    Whole,
    distinct,
)
from shiftprobe.spec.trained import Trained
from shiftprobe.spec.training import Train
from shiftprobe.spec.tuning import Trial

MAX_CELLS = 100_000
"""Trainings and looks of one run: with a second each, more than a day."""


class Source(SpecPart):
    """What the checkpoint was trained on; needed whole to train it, for its class names otherwise."""

    data: str | None = None
    classes: tuple[str, ...] | Literal["text", "counted"] | None = None  # names, or how those of `data` are sorted
    images: Count | None = None  # train the source on so many at most, balanced over its classes
    epochs: Count | None = None  # of the source's own training; `train.epochs` when not given
    trained: Trained | None = None  # which images trained a checkpoint that is brought: they judge nothing

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What nobody said is not spelled out."""
        return {key: value for key, value in whole(self).items() if (key, value) != ("trained", None)}


class Target(SpecPart):
    """What the checkpoint will meet, and how many labelled images an arm may train on."""

    data: str
    budgets: Annotated[tuple[Count, ...], Field(min_length=1, max_length=100), AfterValidator(distinct)] = (300,)
    test: Fraction = 0.4
    draw: Literal["balanced", "shares"] = "balanced"  # a budget holds classes equally, or as the target does

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What is as it always was stays out of the identity of a run."""
        return {key: value for key, value in whole(self).items() if (key, value) != ("draw", "balanced")}


def _two_arms(pair: tuple[str, str]) -> tuple[str, str]:
    """The pair itself when it is one of two arms."""
    if pair[0] == pair[1]:
        raise ValueError("wanted two arms, got one twice")
    return pair


Pair: TypeAlias = Annotated[tuple[str, str], AfterValidator(_two_arms)]
"""Two arms that are judged against each other: the first minus the second."""

Pairs: TypeAlias = Annotated[tuple[Pair, ...], Field(min_length=1), AfterValidator(distinct)]


class Compare(SpecPart):
    """Which arms are compared, and the margin within which they are equivalent, a fraction; fixed before the run."""

    margin: Fraction = 0.01
    pairs: Pairs | None = None  # the first is the headline
    crossed: bool = True  # where the two starts have different recipes, train each by the other's too
    metric: ScoreName = "top1"  # the score in which arms are judged; it moves no training

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What nobody said is not spelled out."""
        unsaid = (("pairs", None), ("crossed", True), ("metric", "top1"))
        return {key: value for key, value in whole(self).items() if (key, value) not in unsaid}


class Toward(SpecPart):
    """Images of the domain that `toward_` shifts move to."""

    data: str
    images: Count = 64  # how many of them are looked at


class Report(SpecPart):
    """What the page may weigh."""

    thumbnails: Annotated[Whole, Field(ge=0, le=5000)] = 200  # pictures of test images


class Diagnosing(SpecPart):
    """A diagnosis at the end of the run, as `shiftprobe diagnose` makes it: what it may cost, and where it looks."""

    trainings: Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)] = 24.0  # one arm with one seed each
    minutes: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None  # the same as time
    seeds: Count = 3  # that confirm what one seed showed
    at: str | None = None  # a condition, as rotation~0.5; the one where the checkpoint fails most when none


class Spec(SpecPart):
    """A whole experiment. Two equal specs give the same bytes."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")] = "run"
    source: Source = Source()
    target: Target
    model: Model = Model()
    arms: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(distinct), AfterValidator(as_they_are)] = (
        "zero_shot",
        "scratch",
        "transfer",
    )
    shifts: Shifts = ()
    toward: Toward | None = None
    severities: Severities = (0.25, 0.5, 0.75, 1.0)
    severity_scale: Literal["dose", "distance"] = "dose"
    no_label: str | None = None  # what marks an image without a label, beside -1
    native: bool = False  # shifts fall on all pixels of a large image, and not on twice what the network sees
    seeds: Seeds = (0, 1, 2)
    data_seed: Seed = 0
    train: Train = Train()
    probes: Annotated[tuple[str, ...], AfterValidator(distinct)] = (
        "accuracy", "attribution", "calibration", "cka", "distance", "domain", "linear", "null_band", "similarity",
        "transferability", "umap",
    )  # fmt: skip
    taps: Taps = "penultimate"  # where the tests of two domains look
    looks: LookPrecision = "float32"  # how networks multiply while they are looked at; `train.precision` is of training
    compare: Compare = Compare()
    report: Report = Report()
    why: Diagnosing | None = None  # a diagnosis at the end; none unless asked for
    keep: Literal["weights", "none"] = "weights"
    plugins: tuple[str, ...] = ()  # Python files with shifts, probes or arms of your own
    base: Annotated[Path, Field(exclude=True)] = Path()  # folder that relative paths start from

    @model_validator(mode="after")
    def _bounded(self) -> "Spec":
        doses = len([dose for dose in self.severities if dose > 0])
        cells = (1 + doses * len(self.shifts)) * (1 + len(self.target.budgets) * len(self.seeds))
        if cells > MAX_CELLS:
            raise ValueError(
                f"shifts, severities, seeds and target.budgets: wanted at most {MAX_CELLS:,} cells, got {cells:,}; "
                "divide it into several runs"
            )
        return self

    def with_trial(self, trial: Trial) -> "Spec":
        """The same with the values of one trial in `train`, and nothing left to tune."""
        return self.model_copy(update={"train": self.train.model_copy(update={**trial, "tune": None})})

    def resolved(self) -> dict[str, Any]:
        """Everything the run depends on, as plain data; `spec.json`."""
        options = ("why", "native", "no_label", "looks")
        unsaid = {key for key in options if getattr(self, key) == type(self).model_fields[key].default}
        return self.model_dump(mode="json", exclude=unsaid)

    def identity(self) -> dict[str, Any]:
        """What two runs must share to share a folder: all but the axes, the probes and the margin."""
        whole = self.resolved()
        whole["target"] = {k: v for k, v in whole["target"].items() if k != "budgets"}
        whole["source"].pop("trained", None)  # moves what may be judged, and no training
        axes = {"name", "arms", "shifts", "severities", "seeds", "compare", "report", "why", "keep", "plugins"}
        return {key: value for key, value in whole.items() if key not in axes | {"probes", "taps"}}


def checkpoint_cells(spec: Spec) -> tuple[Cell, ...]:
    """The cells in which only the untouched checkpoint looks: one per shift and severity."""
    doses = [dose for dose in sorted(spec.severities) if dose > 0]
    return (Cell("identity", 0.0), *(Cell(shift, dose) for shift in spec.shifts for dose in doses))


def arm_cells(spec: Spec) -> tuple[Cell, ...]:
    """The cells in which arms are trained: one per shift, severity, budget and seed."""
    return tuple(
        Cell(seen.shift, seen.severity, budget, seed)
        for seen in checkpoint_cells(spec)
        for budget in sorted(spec.target.budgets)
        for seed in spec.seeds
    )
