"""The probe picks images and makes rows; its maps are those of `models.attribute`, its numbers those of the metrics."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.probes.made import CELL, CLASSES, LABELS, RNG, Made, N
from torch import Tensor, nn
from torchvision.models.vision_transformer import VisionTransformer

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Cell, Finding, Row, View
from shiftprobe.metrics import area_under, map_correlation, mean_interval, tells_nothing, top_overlap
from shiftprobe.models.attribute import curves, explain
from shiftprobe.probes.attribution import AttributionProbe
from shiftprobe.probes.base import Measured
from shiftprobe.probes.maps import chosen, drawn, mean_of, over

SIDE = 8
LOOK, IDENTITY = Cell("rotation", 0.5), Cell("identity", 0.0)
CLEAN = RNG.integers(0, 256, (N, SIDE, SIDE, 1)).astype(np.uint8)
TARGET = np.rot90(CLEAN, axes=(1, 2)).copy()
LOST = "training diverged at epoch 1"
ARM = {"ig_rank", "ig_top", "gradcam_rank", "gradcam_top"}


def normalise(batch: Tensor) -> Tensor:
    return batch.permute(0, 3, 1, 2).float() / 255 - 0.5


def convolving(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    last = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, CLASSES))
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(inplace=True), *last).eval()


def silent(seed: int) -> nn.Sequential:
    """Its answers do not depend on the image."""
    network = convolving(seed)
    nn.init.zeros_(network.get_parameter("4.weight"))
    return network


def reading(seed: int) -> nn.Sequential:
    """No convolution."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, CLASSES)).eval()


def attending(seed: int) -> nn.Module:
    """Tokens of four places and a class token."""
    torch.manual_seed(seed)
    network = VisionTransformer(SIDE, 4, 2, 2, 8, 16, num_classes=CLASSES)
    network.conv_proj = nn.Conv2d(1, 8, 4, 4)
    nn.init.normal_(network.get_parameter("heads.head.weight"))
    return network.eval()  # type: ignore[no-any-return] # torchvision has no types


def view(model: nn.Module, images: np.ndarray = CLEAN, taps: tuple[str, ...] = ("1",)) -> View:
    with torch.no_grad():
        logits = model(normalise(torch.from_numpy(images))).numpy()
    features = {tap: np.zeros((N, 1), np.float32) for tap in taps}
    return View(labels=LABELS, logits=logits, features=features, model=model, images=images, normalise=normalise)


def looking(source: nn.Module, cell: Cell = LOOK, target: np.ndarray = TARGET) -> Made:
    random = view(convolving(9))
    views = {("source", "clean"): view(source), ("source", "target"): view(source, target), ("random", "clean"): random}
    return Made(views, cell=cell, arms=("zero_shot",))


def trained(models: Mapping[str, nn.Module], failed: Mapping[str, str] | None = None) -> Made:
    views = {(arm, "target"): view(model, TARGET) for arm, model in models.items()}
    return Made(views, cell=CELL, arms=tuple(models), failed=failed or {})


def by_metric(finding: Finding, arm: str) -> dict[str, Row]:
    return {row.metric: row for row in finding.rows if row.arm == arm}


@pytest.fixture(scope="module")
def seen() -> Made:
    return looking(convolving(0))


@pytest.fixture(scope="module")
def finding(seen: Made) -> Finding:
    return AttributionProbe()(seen)


def agrees(row: Row, values: np.ndarray) -> None:
    mean, low, high = mean_interval(values)
    assert (row.value, row.low, row.high, row.n) == pytest.approx(
        (mean, max(-1.0, low or 0), min(1.0, high or 0), len(values)), abs=1e-6
    )


@pytest.mark.parametrize(("method", "n"), [("ig", 8), ("gradcam", 8), ("occlusion", 4)])
def test_the_checkpoints_own_answer_is_explained_before_and_after(
    method: str, n: int, seen: Made, finding: Finding
) -> None:
    clean, target = seen.views["source", "clean"], seen.views["source", "target"]
    index = chosen(clean)[:n]
    said = clean.logits[index].argmax(axis=1)
    before, after = (explain(method, one, index, said)[0] for one in (clean, target))
    rows = by_metric(finding, "source")
    agrees(rows[f"{method}_rank"], map_correlation(before, after))
    assert rows[f"{method}_top"].value == pytest.approx(top_overlap(before, after).mean())
    assert rows[f"{method}_top"].low >= 0  # type: ignore[operator] # a number: there are many images
    assert rows[f"{method}_rank"].versus == "clean"
    assert f"{method}_sanity" not in rows  # told once, on the unshifted target
    assert np.array_equal(finding.arrays[f"source_{method}_clean"], drawn(before))
    assert np.array_equal(finding.arrays[f"source_{method}_target"], drawn(after))


def test_pixels_are_taken_in_the_order_of_the_shifted_maps(seen: Made, finding: Finding) -> None:
    target = seen.views["source", "target"]
    index = chosen(target)
    said = seen.views["source", "clean"].logits[index].argmax(axis=1)
    maps = explain("ig", target, index, said)[0]
    model = target.model
    assert model is not None
    found = curves(model, TARGET[index], said, normalise, np.abs(maps))
    rows = by_metric(finding, "source")
    for metric, curve in zip(("ig_deletion", "ig_insertion"), found, strict=True):
        assert rows[metric].value == pytest.approx(area_under(curve).mean())
    assert 0 <= rows["ig_delta"].value < 0.2  # type: ignore[operator] # a number
    assert "occlusion_deletion" not in rows


def test_pictures_hold_the_images_that_were_explained(finding: Finding) -> None:
    index = finding.arrays["index"]
    assert np.array_equal(finding.arrays["clean"], CLEAN[index])
    assert np.array_equal(finding.arrays["target"], TARGET[index])
    assert finding.arrays["source_ig_clean"].shape == (4, SIDE, SIDE)
    assert (finding.arrays["source_ig_clean"].max(axis=(1, 2)) == 255).all()


def test_nothing_moves_where_nothing_was_shifted() -> None:
    same = AttributionProbe()(looking(convolving(0), LOOK, CLEAN))
    assert by_metric(same, "source")["ig_rank"].value == pytest.approx(1.0)
    assert by_metric(same, "source")["occlusion_top"].value == 1.0
    unshifted = by_metric(AttributionProbe()(looking(convolving(0), IDENTITY, CLEAN)), "source")
    assert not {"ig_rank", "ig_top", "gradcam_rank"} & set(unshifted)
    assert {"ig_sanity", "gradcam_sanity", "occlusion_sanity", "ig_deletion"} <= set(unshifted)


@pytest.mark.parametrize(("method", "n"), [("ig", 8), ("gradcam", 8), ("occlusion", 4)])
def test_maps_are_held_against_those_of_a_network_never_trained(method: str, n: int) -> None:
    seen = looking(convolving(0), IDENTITY, CLEAN)
    clean, random = seen.views["source", "clean"], seen.views["random", "clean"]
    index = chosen(clean)[:n]
    said = clean.logits[index].argmax(axis=1)
    before, control = (explain(method, one, index, said)[0] for one in (clean, random))
    row = by_metric(AttributionProbe()(seen), "source")[f"{method}_sanity"]
    agrees(row, map_correlation(before, control))
    assert row.versus == "random"


def test_a_transformer_is_explained_and_held_against_one_never_trained() -> None:
    taps = ("conv_proj", "encoder.layers")
    source, random = (view(attending(seed), taps=taps) for seed in (0, 9))
    views = {("source", "clean"): source, ("source", "target"): source, ("random", "clean"): random}
    rows = by_metric(AttributionProbe()(Made(views, cell=IDENTITY, arms=("zero_shot",))), "source")
    index = chosen(source)
    said = source.logits[index].argmax(axis=1).astype(np.int64)
    maps, control = (explain("gradcam", one, index, said)[0] for one in (source, random))
    told = ~(tells_nothing(maps) | tells_nothing(control))
    agrees(rows["gradcam_sanity"], map_correlation(maps[told], control[told]))
    assert (rows["gradcam_sanity"].value or 0.0) < 0.9
    assert {"gradcam_deletion", "gradcam_insertion"} <= set(rows)


def test_a_network_without_convolution_has_no_grad_cam() -> None:
    rows = by_metric(AttributionProbe()(looking(reading(0))), "source")
    assert rows["gradcam_rank"].value is None
    assert "needs a convolution's map" in rows["gradcam_rank"].reason
    assert rows["ig_rank"].value is not None


def test_maps_without_a_pixel_that_counts_have_a_reason() -> None:
    rows = by_metric(AttributionProbe()(looking(silent(0))), "source")
    for metric in ("ig_rank", "ig_top", "gradcam_rank", "occlusion_rank"):
        assert rows[metric].value is None
        assert rows[metric].reason == "every map is constant: no pixel speaks for the class"


def test_arms_explain_the_true_class_and_are_held_against_scratch() -> None:
    evidence = trained({"scratch": convolving(1), "transfer": convolving(2)})
    finding = AttributionProbe()(evidence)
    index = chosen(evidence.views["scratch", "target"])[:4]
    rows = by_metric(finding, "transfer")
    assert set(rows) == ARM
    for method in ("ig", "gradcam"):
        cold, warm = (
            explain(method, evidence.views[arm, "target"], index, LABELS[index])[0] for arm in ("scratch", "transfer")
        )
        agrees(rows[f"{method}_rank"], map_correlation(warm, cold))
        assert np.array_equal(finding.arrays[f"transfer_{method}_target"], drawn(warm))
    assert {row.versus for row in rows.values()} == {"scratch"}
    assert finding.arrays["index"].tolist() == index.tolist()


def test_an_arm_that_failed_or_can_not_be_looked_at_has_its_reason() -> None:
    evidence = trained({"scratch": convolving(1), "transfer": convolving(2)}, {"lp_ft": LOST})
    lost = replace(evidence, arms=("scratch", "transfer", "frozen_random"))
    finding = AttributionProbe()(lost)
    assert by_metric(finding, "lp_ft")["ig_rank"].reason == LOST
    rows = by_metric(finding, "frozen_random")
    assert {(row.metric, row.value, row.reason) for row in rows.values()} == {
        ("ig_rank", None, "no frozen_random"), ("gradcam_rank", None, "no frozen_random"),
    }  # fmt: skip
    assert all(row.value is not None for row in by_metric(finding, "transfer").values())


def test_one_arm_alone_has_a_reason_and_its_maps() -> None:
    finding = AttributionProbe()(trained({"transfer": convolving(2)}))
    (row,) = finding.rows
    assert (row.value, row.reason) == (None, "one arm alone has nothing to be held against")
    assert "transfer_ig_target" in finding.arrays


def test_images_are_chosen_by_class_in_turn_and_half_as_many_when_large() -> None:
    small = view(convolving(0))
    index = chosen(small)
    assert len(set(index.tolist())) == 8
    assert sorted(np.bincount(LABELS[index]).tolist()) == [2, 3, 3]
    assert sorted(LABELS[index[:CLASSES]].tolist()) == list(range(CLASSES))
    large = replace(small, images=np.zeros((N, 97, 1, 1), np.uint8))
    assert chosen(large).tolist() == index[:4].tolist()
    few = replace(small, labels=np.array([0, 0, 1]))
    assert sorted(chosen(few).tolist()) == [0, 1, 2]


def test_maps_that_tell_nothing_are_left_out_of_a_mean() -> None:
    x, y = RNG.random((2, 4, 5, 5)).astype(np.float32)
    x[1], y[2] = 0.0, 3.0
    found = over(map_correlation, x, y, least=-1.0)
    assert found.n == 2
    assert found.value == pytest.approx(map_correlation(x[[0, 3]], y[[0, 3]]).mean())
    assert over(map_correlation, x[1:2], y[1:2], least=-1.0).reason.startswith("every map is constant")
    assert "NaN" in over(map_correlation, x[:1], np.where(y[:1] > 0.9, np.nan, y[:1]), least=-1.0).reason


def test_an_interval_stays_within_what_can_be() -> None:
    assert mean_of(np.array([0.0, 1.0])) == Measured(value=0.5, low=0.0, high=1.0, n=2)
    assert mean_of(np.array([-1.0, 1.0]), least=-1.0).low == -1.0
    assert mean_of(np.array([0.4])) == Measured(value=0.4, n=1)


def test_maps_are_drawn_by_their_size() -> None:
    maps = np.array([[[1.0, -2.0]], [[0.0, 0.0]]], np.float32)
    assert drawn(maps).tolist() == [[[128, 255]], [[0, 0]]]


def test_without_images_there_is_nothing_to_explain() -> None:
    blind = looking(convolving(0))
    views = {place: replace(one, images=None) for place, one in blind.views.items()}
    with pytest.raises(NotAvailableError, match="need the images themselves"):
        AttributionProbe()(replace(blind, views=views))
