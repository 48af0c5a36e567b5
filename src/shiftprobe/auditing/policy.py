"""What a checkpoint must show: a policy from YAML, every threshold with its default."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from shiftprobe.auditing.policy_costs import with_costs
from shiftprobe.auditing.policy_floor import FLOORS, floored
from shiftprobe.auditing.policy_rules import (
    AtDose,
    AtLeast,
    AtMost,
    BreakPointRule,
    CorruptionRule,
    CostRule,
    PredictionSetsRule,
    RegressionRule,
    RejectionRule,
    Rule,
    ShareRule,
    SliceRule,
    TransferRule,
    UnboundedRule,
    WorstRule,
)
from shiftprobe.auditing.policy_scores import OLDER, TOP1, WHERE_NAMED, named
from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.shifts import find
from shiftprobe.shifts.toward import TOWARD
from shiftprobe.spec.loading import explain, parse, plain, read_text, there
from shiftprobe.spec.scalars import Confidence, Rate, Seed, Severities, Share, Shifts, Whole

__all__ = [
    "AtLeast", "AtMost", "CostRule", "Policy", "Rule", "ShareRule", "UnboundedRule", "WorstRule", "check_shifts",
    "load_policy", "policies", "policy_text",
]  # fmt: skip

DEFAULT = "default"


class Policy(BaseModel):
    """A whole policy. Shares are fractions; every key may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")] = "policy"
    confidence: Confidence = 0.95  # of every interval and bound
    images: Annotated[Whole, Field(ge=20, le=10**9)] = 2000  # looked at on each side, drawn class by class
    seed: Seed = 0
    shifts: Shifts = (
        "gaussian_noise", "motion_blur", "darken", "contrast", "jpeg", "translation",
    )  # fmt: skip
    severities: Severities = (0.25, 0.5, 0.75, 1.0)
    floor: Share | None = None  # the share of right answers that every rule wants which names none itself

    skipped: AtMost = AtMost(at_most=0.01)  # of the files that were to be images
    preprocessing: AtMost = AtMost(at_most=0.02, level="warn")  # accuracy that another preprocessing would add
    class_order: AtMost = AtMost(at_most=0.1)  # accuracy that other names for the head's outputs would add
    accuracy: AtLeast = AtLeast(at_least=0.8)
    balanced_accuracy: AtLeast = AtLeast(at_least=0.75, level="warn")
    macro_f1: AtLeast = AtLeast(at_least=0.75, level="off")  # asked where it is named, then a gate
    auroc: AtLeast = AtLeast(at_least=0.8, level="off")  # of two classes
    top5: AtLeast = AtLeast(at_least=0.95, level="off")  # of a head with more than five outputs
    cost: CostRule = CostRule(at_most=0.2, level="off")  # of an answer, on average
    nll: UnboundedRule = UnboundedRule(at_most=1.0, level="off")  # nats; then it warns
    worst_class: WorstRule = WorstRule(at_least=0.5, level="warn")
    worst_group: WorstRule = WorstRule(at_least=0.7)
    slices: SliceRule = SliceRule(level="warn")
    risk_coverage: RejectionRule = RejectionRule(level="warn")
    prediction_sets: PredictionSetsRule = PredictionSetsRule(level="warn")
    calibration: AtMost = AtMost(at_most=0.1, level="warn")  # |confidence - accuracy|, clean
    overconfidence: AtMost = AtMost(at_most=0.2, level="warn")  # the worst along the dials, up to severity.at
    severity: AtDose = AtDose(at_least=0.7)
    break_point: BreakPointRule = BreakPointRule(at_least=0.7, level="warn")
    corruption_error: CorruptionRule = CorruptionRule(level="warn")
    attribution: AtLeast = AtLeast(at_least=0.5, level="warn")  # rank correlation of clean and shifted maps
    target: ShareRule = ShareRule(at_least=0.7)  # accuracy on the target: measured with labels, estimated without
    label_shift: AtMost = AtMost(at_most=0.1, level="warn")  # total variation between class shares
    drift: AtMost = AtMost(at_most=0.05, level="warn")  # harm: how surely the domains differ x the accuracy it costs
    transfer: TransferRule = TransferRule(level="warn")
    regression: RegressionRule = RegressionRule()
    power: Rate = 0.2  # share of misses one could live with
    loss: Rate = 0.03  # the loss that the gate's own power is told for
    repairs: bool = True
    own: Mapping[str, Mapping[str, object]] = {}  # rules for checks of a plugin's, by their name

    @model_validator(mode="before")
    @classmethod
    def _with_floor(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        defaults = {name: cls.model_fields[name].default.model_dump() for name in FLOORS}
        known = named(data)
        return {**known, **floored(known, defaults)}

    @model_validator(mode="after")
    def _together(self) -> "Policy":
        if not any(dose > 0 for dose in self.severities) and self.shifts:
            raise ValueError("severities: wanted one above 0; or leave `shifts: []`")
        if self.corruption_error.reference is not None:
            for shift, errors in self.corruption_error.reference.items():
                if shift not in self.shifts or len(errors) != len(self.doses):
                    raise ValueError(
                        f"corruption_error.reference.{escape(shift, 40)}: wanted a shift of this policy and one error "
                        f"for each of its {len(self.doses)} severities above 0"
                    )
        return self

    @property
    def doses(self) -> tuple[float, ...]:
        """Severities above 0, growing."""
        return tuple(sorted(dose for dose in self.severities if dose > 0))

    @property
    def asked(self) -> tuple[float, ...]:
        """Severities at which every shift is looked at: the grid, and the one that is gated."""
        gated = {self.severity.at} if self.severity.level != "off" else set()
        return tuple(sorted({*self.doses, *gated}))

    def rule(self, name: str) -> Rule:
        """The rule of that name."""
        rule: Rule = getattr(self, name)
        return rule

    def resolved(self) -> dict[str, object]:
        """Every threshold as plain data."""
        absent = {name for name, value in (("own", self.own), ("floor", self.floor)) if value in ({}, None)}
        absent |= {name for name in WHERE_NAMED if self.rule(name).level == "off"}
        return self.model_dump(mode="json", exclude=absent)


def policies() -> tuple[str, ...]:
    """Names of the policies that ship in the wheel."""
    folder = resources.files("shiftprobe.auditing") / "policies"
    return tuple(sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml")))


def policy_text(name: str) -> str:
    """The YAML of a policy that ships in the wheel."""
    return (resources.files("shiftprobe.auditing") / "policies" / f"{name}.yaml").read_text("utf-8")


def load_policy(given: str | Path | Mapping[str, object] | None = None) -> Policy:
    """A policy by name, from a file or a mapping; None is the default.

    A policy can name no code, and shifts only by their names.

    Raises:
        SpecError: one line that names the key, what was wanted and what was found.
        UnknownNameError: when there is no such shift.
    """
    if isinstance(given, Mapping):
        name, data = "policy", with_costs(plain(given, "policy"), Path())
    else:
        name = str(given or DEFAULT)
        data = with_costs(parse(_text(name), name), Path(name).parent)
    try:
        policy = Policy.model_validate(_completed(data))
    except ValidationError as error:
        raise SpecError(f"{escape(name)}: {explain(error, Policy)}") from None
    check_shifts(policy)
    return policy


def check_shifts(policy: Policy) -> None:
    """Meet a misspelt shift before a checkpoint is read.

    Raises:
        SpecError: when a shift needs images of another domain.
        UnknownNameError: when there is no such shift.
    """
    for shift in policy.shifts:
        if shift in TOWARD:
            raise SpecError(
                f"shifts: {escape(shift)} moves images to those of another domain, which no policy can name"
            )
        find(shift)


def _completed(data: Mapping[str, object]) -> dict[str, object]:
    """A rule that is given in part keeps the rest of its defaults, but a threshold that the policy's floor sets."""
    whole = Policy().resolved() | {name: Policy().rule(name).model_dump() for name in WHERE_NAMED}
    whole |= {
        name: {**rule, "level": WHERE_NAMED[name]}
        for name, rule in whole.items()
        if name in WHERE_NAMED and isinstance(rule, dict)
    }
    if data.get("floor") is not None:
        whole = {key: _without_threshold(known) if key in FLOORS else known for key, known in whole.items()}
    return {
        key: {**known, **value}
        if isinstance(value, dict) and isinstance(known := whole.get(OLDER if key == TOP1 else key), dict)
        else value
        for key, value in data.items()
    }


def _without_threshold(rule: object) -> object:
    return {key: value for key, value in rule.items() if key != "at_least"} if isinstance(rule, dict) else rule


def _text(name: str) -> str:
    if name in policies():
        return policy_text(name)
    path = Path(name)
    if not there(path):
        raise SpecError(
            f"no policy file and no policy called {escape(name)}{suggest(name, policies())} "
            f"(known: {', '.join(policies())}); configs/policy-strict.yaml is one to start from"
        )
    return read_text(path)
