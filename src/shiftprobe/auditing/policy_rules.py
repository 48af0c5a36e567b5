"""The kinds of rules that a policy holds: a level and a threshold each."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from shiftprobe.metrics.conformal import SetScore
from shiftprobe.metrics.scores import ShareScore
from shiftprobe.spec.scalars import Count, Number, Positive, Rate, Share, Whole


def _level(word: Any) -> Any:
    """`off` is how YAML spells false."""
    return "off" if word is False else word


Level: TypeAlias = Annotated[Literal["gate", "warn", "off"], BeforeValidator(_level)]


Cost: TypeAlias = Annotated[Number, Field(ge=0, allow_inf_nan=False)]


def _without(keys: dict[str, object], **usual: object) -> dict[str, object]:
    """A rule's keys but those that are as in files made before."""
    return {key: value for key, value in keys.items() if key not in usual or value != usual[key]}


class Rule(BaseModel):
    """One question; `gate` decides the audit, `warn` only speaks, `off` is not asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    level: Level = "gate"


class AtLeast(Rule):
    """A share that must be reached."""

    at_least: Share


class AtMost(Rule):
    """A share that must not be passed."""

    at_most: Share


class UnboundedRule(Rule):
    """A mean without an upper end that must not be passed; it decides nothing."""

    level: Level = "warn"
    at_most: Positive


class WorstRule(AtLeast):
    """The weakest of several parts; parts with fewer images are left out and named."""

    images: Count = 10


class RejectionRule(Rule):
    """How many images must be turned away so that the others are wrong at most so often."""

    error: Rate = 0.05
    reject_at_most: Share = 0.3
    shifted_error: Share | None = None  # that the same threshold may leave on the target and at `severity.at`

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, object]:
        return _without(whole(self), shifted_error=None)


class SliceRule(Rule):
    """Images that share a property: how much less accurate they may be, and how much of the class it may name."""

    images: Annotated[Whole, Field(ge=100, le=10**9)] = 500  # independent labelled ones; with fewer nothing is searched
    below: Rate = 0.05  # accuracy of a slice below that of the rest
    shortcut: Rate = 0.5  # of what the commonest class leaves, the share that one property alone names


class PredictionSetsRule(Rule):
    """Sets that are to hold the right class as often as promised, on the target and at `severity.at` too."""

    coverage: Rate = 0.9  # promised, on images like the labelled ones
    score: SetScore = "lac"
    lacking_at_most: Share = 0.05  # of it, elsewhere
    size_at_most: Positive | None = None  # classes in a set, on average

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, object]:
        return _without(whole(self), size_at_most=None)

    @property
    def at_least(self) -> float:
        """The coverage that must be reached elsewhere."""
        return max(0.0, self.coverage - self.lacking_at_most)


class ShareRule(AtLeast):
    """A share of images that an exact test counts; `metric` says which images count as right."""

    metric: ShareScore = "top1"

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, object]:
        return _without(whole(self), metric="top1")


class AtDose(ShareRule):
    """Accuracy under every shift at one severity."""

    at: Annotated[Number, Field(gt=0, le=1)] = 0.25


class BreakPointRule(ShareRule):
    """The dose up to which accuracy stays above the share; it must reach `dose`."""

    dose: Annotated[Number, Field(gt=0, le=1)] = 0.5


class CostRule(Rule):
    """What answers cost on average; a wrong one that the matrix does not name costs 1, a right one nothing."""

    at_most: Positive
    matrix: Mapping[str, Mapping[str, Cost]] = {}  # {label: {answer: cost}}


class CorruptionRule(Rule):
    """mCE against the errors of a reference, {shift: [error at each severity]}; not done without one."""

    at_most: Positive = 1.0
    reference: Mapping[str, tuple[Share, ...]] | None = None


class RegressionRule(Rule):
    """How much of the baseline's accuracy may be lost, on the same images."""

    margin: Annotated[Number, Field(ge=0, lt=1)] = 0.02
    metric: ShareScore = "top1"  # the exact paired test counts images that are right

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, object]:
        return _without(whole(self), metric="top1")


class TransferRule(Rule):
    """Gain of transfer over scratch in a comparison run; at least so much."""

    at_least: Annotated[Number, Field(ge=-1, le=1, allow_inf_nan=False)] = 0.0
