"""The part of a spec that says how arms are trained: a recipe by name, and the parts of it that are set one by one."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)

from shiftprobe.spec.recipe import Augmentation, Balance, Optimizer, Precision, Schedule
from shiftprobe.spec.scalars import Count, Device, Number, Positive, Whole
from shiftprobe.spec.tuning import Trial, Tune, trials_of

RecipeName: TypeAlias = Literal["auto", "plain", "finetune", "scratch", "bit", "vtab"]
Share: TypeAlias = Annotated[Number, Field(ge=0, lt=1)]
Alpha: TypeAlias = Annotated[Number, Field(ge=0, le=100)]
Steps: TypeAlias = Annotated[Whole, Field(ge=0, le=10**9)]


FOR_ALL, BY_ARM = "for all arms", "by arm"
T = TypeVar("T")
ForAll: TypeAlias = Annotated[T, Tag(FOR_ALL)]
ByArm: TypeAlias = Annotated[Mapping[str, T], Tag(BY_ARM)]


def _kind(value: object) -> str:
    """Which of the two a part is: a value for all arms, or one for each that it names."""
    return BY_ARM if isinstance(value, Mapping) else FOR_ALL


class Parts(BaseModel):
    """Parts of a recipe, with timm's names; what is not set is as the recipe has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: Count | None = None
    steps: Count | None = None  # optimiser steps, in place of epochs
    min_steps: Steps | None = None  # more epochs where a small budget would have fewer steps
    batch: Annotated[Whole, Field(ge=2, le=10**9)] | None = None
    lr: Annotated[ForAll[Positive] | ByArm[Positive], Discriminator(_kind)] | None = None
    opt: Optimizer | None = None
    weight_decay: Annotated[Number, Field(ge=0, le=10)] | None = None
    sched: Schedule | None = None
    warmup: Steps | None = None  # optimiser steps
    aug: Augmentation | None = None
    scale: Annotated[Number, Field(gt=0, le=1)] | None = None
    flip: bool | None = None
    mixup: Alpha | None = None
    cutmix: Alpha | None = None
    smoothing: Share | None = None
    layer_decay: Annotated[Number, Field(gt=0, le=1)] | None = None
    ema: Share | None = None
    clip_grad: Annotated[Number, Field(ge=0, le=10**9)] | None = None
    freeze_bn: bool | None = None
    balance: Balance | None = None


class Train(Parts):
    """One training, the same for every arm but where it says otherwise; all of it is part of a cell's identity."""

    recipe: Annotated[ForAll[RecipeName] | ByArm[RecipeName], Discriminator(_kind)] = "auto"
    validation: Annotated[Number, Field(ge=0, le=0.5)] = 0.2  # part of the budget that judges epochs and trials
    tune: Tune | None = None
    precision: Precision = "float32"
    threads: Annotated[Whole, Field(ge=1, le=1024)] = 1
    device: Device = "auto"

    @model_validator(mode="after")
    def _judged(self) -> "Train":
        if self.tune is not None and self.validation == 0:
            raise ValueError("tune needs a validation part to judge its trials; set train.validation above 0")
        if self.steps is not None and (self.epochs is not None or self.min_steps is not None):
            raise ValueError("wanted train.steps or train.epochs, got both; leave one of them out")
        if self.aug == "none" and (self.scale is not None or self.flip):
            raise ValueError("train.scale and train.flip are parts of train.aug; set it to crop_flip or trivial")
        self.trials()  # refuses values that no recipe has
        return self

    def trials(self) -> tuple[Trial, ...]:
        """What every arm tries; nothing where nothing is tuned."""
        return trials_of(self.tune, self) if self.tune else ()

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Parts that nobody set are not spelled out, so that a new one moves no run."""
        unset = {(name, None) for name in Parts.model_fields} | {("recipe", "auto")}
        items = whole(self).items()
        return {key: value for key, value in items if isinstance(value, dict) or (key, value) not in unset}

    @property
    def by_arm(self) -> frozenset[str]:
        """What it speaks of by name: arms, or `source` for the checkpoint's own training."""
        return frozenset(name for part in (self.recipe, self.lr) if isinstance(part, Mapping) for name in part)
