"""A spec of several checkpoints as one spec for each: what they share is said once."""

from collections.abc import Mapping

from shiftprobe.core.errors import SpecError
from shiftprobe.spec.loading import load_spec, written
from shiftprobe.spec.model import TRAIN
from shiftprobe.spec.schema import Spec

WEIGHTS, CHECKPOINTS = "model.weights", "model.checkpoints"


def of_each(spec: Spec) -> tuple[Spec, ...]:
    """One spec per checkpoint, as somebody would write it who has that one alone; the spec itself where it names none.

    Args:
        spec: what was asked for.
    """
    names = spec.model.checkpoints
    if names is None:
        return (spec,)
    return tuple(
        spec.model_copy(update={"model": spec.model.model_copy(update={"weights": name, "checkpoints": None})})
        for name in names
    )


def with_checkpoints(spec: Spec, names: tuple[str, ...]) -> Spec:
    """The spec with other checkpoints than it names, if it names any.

    Raises:
        SpecError: when they are not several different ones.
    """
    whole = spec.resolved()
    told = {**whole["model"], "weights": TRAIN, "checkpoints": list(names)}
    if "arch" not in spec.model.model_fields_set:  # nobody said it, so every checkpoint tells its own
        del told["arch"]
    return load_spec({**whole, "model": told}).model_copy(update={"base": spec.base})


def alone(values: Mapping[str, object], weights: str, spec: str | None) -> dict[str, object]:
    """Flags as somebody gives them who has one checkpoint alone.

    Args:
        values: dotted keys and their values.
        weights: that checkpoint.
        spec: a preset's name or a file; where it names several itself, they are taken back.
    """
    if CHECKPOINTS not in values and not _several_in(spec):
        return dict(values)
    own = {key: value for key, value in values.items() if key not in {WEIGHTS, CHECKPOINTS}}
    return {**own, WEIGHTS: weights, **({CHECKPOINTS: None} if _several_in(spec) else {})}


def _several_in(spec: str | None) -> bool:
    model = written(spec).get("model")
    return isinstance(model, dict) and model.get("checkpoints") is not None


def check_one(spec: Spec) -> None:
    """Refuse several checkpoints where one run is made.

    Raises:
        SpecError: naming them, and what makes a run of each.
    """
    names = spec.model.checkpoints
    if names is not None:
        raise SpecError(
            f"model.checkpoints: wanted one checkpoint here, got {len(names)}; `shiftprobe sweep` and `compare` make a "
            "run of each, in Python sweep_checkpoints does, and model.weights names one alone"
        )
