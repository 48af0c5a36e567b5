"""The audit's numbers in the form that Hugging Face reads at the head of a model card: `model-index`."""

from collections.abc import Iterator, Mapping, Sequence

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.types import Check
from shiftprobe.core.escape import escape

TARGET = "target"  # the rule whose check is about the target; the others are about the data
METRICS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "accuracy": ("accuracy", {}),
    "balanced_accuracy": ("balanced_accuracy", {}),
    "macro_f1": ("f1", {"average": "macro"}),
    "auroc": ("roc_auc", {}),
    TARGET: ("accuracy", {}),
}
"""By rule of the policy: the metric's id there, and the arguments that it was computed with."""

MAX_NAME = 80  # characters of a name


def model_index(verdicts: Verdicts) -> str:
    """YAML between two lines of dashes, which a model card begins with: the scores of the audit, set by set of images.

    Args:
        verdicts: what an audit found.

    Returns:
        Task, data set, and per score its value, with interval, confidence and images among the arguments of the metric,
        where the form leaves room for them; empty where nothing was scored.
    """
    import yaml

    results = list(_results(verdicts))
    if not results:
        return ""
    data = {"model-index": [{"name": escape(verdicts.name, MAX_NAME), "results": results}]}
    return f"---\n{yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)}---\n"


def _results(verdicts: Verdicts) -> Iterator[Mapping[str, object]]:
    scored = [one for one in verdicts.checks if one.kind in METRICS and one.value is not None]
    yield from _result(verdicts.data.name, [_metric(one, verdicts) for one in scored if one.kind != TARGET])
    if verdicts.target is not None:
        there = [_metric(one, verdicts) for one in scored if one.kind == TARGET]
        yield from _result(verdicts.target.name, there)


def _result(data: str, metrics: Sequence[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    if metrics:
        name = escape(data, MAX_NAME)
        yield {
            "task": {"type": "image-classification", "name": "Image Classification"},
            "dataset": {"type": name, "name": name},
            "metrics": metrics,
        }


def _metric(check: Check, verdicts: Verdicts) -> Mapping[str, object]:
    id_, arguments = METRICS[check.kind]
    confidence, how = verdicts.confidence, {}
    if check.kind == TARGET and verdicts.target is not None and not verdicts.target.measured:
        how = {"estimated": "without labels"}
        confidence = verdicts.shown.estimates.confidence if verdicts.shown.estimates else confidence
    around = {"low": check.low, "high": check.high, "confidence": confidence, "images": check.n}
    known = {key: value for key, value in {**arguments, **around, **how}.items() if value is not None}
    return {"type": id_, "name": escape(check.title, MAX_NAME), "value": check.value, "args": known}
