"""Every public metric and every array that it takes: one number whatever holds it, one line where it is no number."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from shiftprobe import metrics
from shiftprobe.metrics import InputError, fit_probe, unlabelled

Array = NDArray[Any]

RNG = np.random.default_rng(0)
N, C = 24, 3
LABELS = np.arange(N) % C
FEATURES = np.round(8 * (RNG.normal(size=(N, 4)) + LABELS[:, None])) / 8  # bfloat16 and float16 hold them exactly
OTHERS = np.round(8 * RNG.normal(size=(N, 4))) / 8
LOGITS = FEATURES[:, :C].copy()
ANSWERS = (LABELS + (np.arange(N) % 5 == 0)) % C
CHANCES = np.full((N, 4), 0.25)
CHANCES[:, :2] += np.where(LABELS[:, None] == 0, [0.125, -0.125], [-0.125, 0.125])
SURE = np.arange(N) / 32
MAPS = np.round(RNG.normal(size=(3, 4, 4)) * 8) / 8
COUNTS = np.array([[40, 5], [5, 40]])
ERRORS = np.array([0.25, 0.5])
SHARES = np.array([0.5, 0.25, 0.25])
PROBE = fit_probe(FEATURES, LABELS)
RIGHT = ANSWERS == LABELS


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


CASES: dict[str, tuple[Callable[..., Any], tuple[Array, ...]]] = {
    "accuracy": (metrics.accuracy, (LABELS, ANSWERS)),
    "area_under": (metrics.area_under, (ERRORS[None],)),
    "balanced_accuracy": (lambda a, b: metrics.balanced_accuracy(a, b, C), (LABELS, ANSWERS)),
    "bbse": (metrics.bbse, (COUNTS, np.array([50, 50]))),
    "brier_score": (metrics.brier_score, (LOGITS, LABELS)),
    "by_class": (lambda a, b: metrics.by_class(a, b, C), (LABELS, ANSWERS)),
    "calibration_error": (metrics.calibration_error, (LOGITS, LABELS)),
    "cka_pairs": (lambda x, y: metrics.cka_pairs({"tap": x}, {"tap": y}), (FEATURES, OTHERS)),
    "class_scores": (lambda p, u: metrics.class_scores(p, "raps", u), (CHANCES, SURE / 2)),
    "class_moves": (metrics.class_moves, (FEATURES, OTHERS, LABELS)),
    "confidence_bins": (metrics.confidence_bins, (LOGITS, LABELS)),
    "confusion": (lambda a, b: metrics.confusion(a, b, C), (LABELS, ANSWERS)),
    "cosine_rows": (metrics.cosine_rows, (FEATURES, OTHERS)),
    "cosine_summary": (metrics.cosine_summary, (FEATURES, OTHERS)),
    "coverage_by_size": (metrics.coverage_by_size, (RIGHT, LABELS)),
    "cumulative_error": (metrics.cumulative_error, (LOGITS, LABELS)),
    "domain_classifier": (lambda x, y: metrics.domain_classifier(x, y, rng=rng()), (FEATURES, OTHERS)),
    "faithfulness": (lambda x, y: metrics.faithfulness(x, y, neighbours=3), (FEATURES, OTHERS[:, :2])),
    "fit_probe": (metrics.fit_probe, (FEATURES, LABELS)),
    "fit_with_control": (metrics.fit_with_control, (FEATURES, LABELS)),
    "frechet": (metrics.frechet, (FEATURES, OTHERS)),
    "h_score": (metrics.h_score, (FEATURES, LABELS)),
    "label_shift": (lambda a, b: metrics.label_shift(a, b, C, permutations=9, rng=rng()), (LABELS, ANSWERS)),
    "leep": (metrics.leep, (CHANCES, LABELS)),
    "linear_cka": (metrics.linear_cka, (FEATURES, OTHERS)),
    "log_me": (metrics.log_me, (FEATURES, LABELS)),
    "map_correlation": (metrics.map_correlation, (MAPS, MAPS[::-1].copy())),
    "mean_confidence": (metrics.mean_confidence, (LOGITS,)),
    "mean_corruption_error": (
        lambda a, b: metrics.mean_corruption_error({"fog": a}, {"fog": b}),
        (ERRORS, ERRORS[::-1].copy()),
    ),
    "mean_error": (lambda a: metrics.mean_error({"fog": a}), (ERRORS,)),
    "mean_interval": (metrics.mean_interval, (ERRORS,)),
    "mmd": (lambda x, y: metrics.mmd(x, y, permutations=9, rng=rng()), (FEATURES, OTHERS)),
    "nce": (metrics.nce, (ANSWERS, LABELS)),
    "nearest": (lambda x: metrics.nearest(x, 3), (FEATURES,)),
    "negative_log_likelihood": (metrics.negative_log_likelihood, (LOGITS, LABELS)),
    "neighbour_overlap": (lambda x, y: metrics.neighbour_overlap(x, y, k=3), (FEATURES, OTHERS)),
    "overconfidence": (metrics.overconfidence, (LOGITS, LABELS)),
    "prediction_sets": (lambda s, t: metrics.prediction_sets(s, t, "lac"), (CHANCES, SURE / 2)),
    "principal_components": (metrics.principal_components, (FEATURES,)),
    "probe_right": (lambda x, y: metrics.probe_right(PROBE, x, y), (FEATURES, LABELS)),
    "procrustes": (metrics.procrustes, (FEATURES, OTHERS)),
    "rbf_cka": (metrics.rbf_cka, (FEATURES, OTHERS)),
    "rejecting": (lambda s, r: metrics.rejecting(s, r, 0.25), (SURE, RIGHT)),
    "ridge_probe": (metrics.ridge_probe, (FEATURES, LABELS, OTHERS, ANSWERS)),
    "risk_coverage": (metrics.risk_coverage, (SURE, RIGHT)),
    "score_probe": (lambda x, y: metrics.score_probe(PROBE, x, y), (FEATURES, LABELS)),
    "set_threshold": (lambda s: metrics.set_threshold(s, 0.5), (SURE,)),
    "softmax": (metrics.softmax, (LOGITS,)),
    "streamed_linear_cka": (lambda x, y: metrics.streamed_linear_cka([(x, y)]), (FEATURES, OTHERS)),
    "tells_nothing": (metrics.tells_nothing, (MAPS,)),
    "temperature": (metrics.temperature, (LOGITS, LABELS)),
    "top_overlap": (lambda x, y: metrics.top_overlap(x, y, share=0.25), (MAPS, MAPS[::-1].copy())),
    "unlabelled.agreement": (unlabelled.agreement, (LABELS, ANSWERS)),
    "unlabelled.confidence_gap": (unlabelled.confidence_gap, (LOGITS, LABELS)),
    "unlabelled.negative_entropy": (unlabelled.negative_entropy, (LOGITS,)),
    "unlabelled.possible": (unlabelled.possible, (SURE, ANSWERS, SHARES)),
    "unlabelled.share_change": (unlabelled.share_change, (ANSWERS, SHARES)),
}
NUMBERS_ONLY = {  # counts and fractions, no array
    "broken_promise", "clopper_pearson", "conformal_rank", "helps_from", "tails", "widening", "wilson",
}  # fmt: skip
PICTURES = {"perceptual_distance", "structural_similarity", "umap_layout"}  # uint8 alone; as `principal_components`


def numbers(found: Any) -> list[Any]:
    """All numbers of an answer, one after another."""
    if dataclasses.is_dataclass(found):
        return numbers([getattr(found, field.name) for field in dataclasses.fields(found)])
    if isinstance(found, dict):
        return numbers(list(found.values()))
    if isinstance(found, list | tuple):
        return [number for part in found for number in numbers(part)]
    return np.asarray(found).ravel().tolist() if isinstance(found, np.ndarray) else [found]


def whole(array: Array) -> bool:
    return array.dtype.kind in "iu"


def kinds(array: Array) -> dict[str, Any]:
    """One array in all the guises that a user may bring."""
    if array.dtype.kind == "b":
        return {"list": array.tolist(), "tensor": torch.tensor(array), "nothing masked": np.ma.masked_array(array)}
    if whole(array):
        return {"list": array.tolist(), "tensor": torch.tensor(array), "uint64": array.astype(np.uint64)}
    return {
        "list": array.tolist(),
        "float16": array.astype(np.float16),
        "bfloat16": torch.tensor(array, dtype=torch.bfloat16),
        "with a gradient": torch.tensor(array, requires_grad=True),
        "nothing masked": np.ma.masked_array(array, mask=False),
    }


def places() -> list[tuple[str, int]]:
    return [(name, place) for name, (_, arrays) in CASES.items() for place in range(len(arrays))]


def with_one(name: str, place: int, other: Any) -> Any:
    metric, arrays = CASES[name]
    return metric(*(other if at == place else one for at, one in enumerate(arrays)))


def test_every_public_metric_is_tried() -> None:
    public = {name for name in metrics.__all__ if callable(getattr(metrics, name)) and name[0].islower()}
    assert public == {name for name in CASES if "." not in name} | NUMBERS_ONLY | PICTURES


@pytest.mark.parametrize(("name", "place"), places())
def test_the_answer_is_the_same_whatever_holds_the_numbers(name: str, place: int) -> None:
    metric, arrays = CASES[name]
    expected = numbers(metric(*arrays))
    for kind, other in kinds(arrays[place]).items():
        found = numbers(with_one(name, place, other))
        assert len(found) == len(expected), kind
        for one, wanted in zip(found, expected, strict=True):
            assert one == (pytest.approx(wanted, abs=1e-12) if isinstance(wanted, float) else wanted), kind


@pytest.mark.parametrize(("name", "place"), places())
def test_what_is_no_real_number_is_refused_in_one_line(name: str, place: int) -> None:
    array = CASES[name][1][place]
    masked = np.ma.masked_array(array, mask=np.arange(array.size).reshape(array.shape) == 0)
    for other in (array + 1j, torch.tensor(array + 1j), masked, np.full(array.shape, "a"), [[1.0], [1.0, 2.0]]):
        with pytest.raises(InputError) as refused:
            with_one(name, place, other)
        assert "\n" not in str(refused.value)
        assert len(str(refused.value)) < 200
    if whole(array):
        with pytest.raises(InputError):
            with_one(name, place, np.full(array.shape, 2**64 - 1, np.uint64))
