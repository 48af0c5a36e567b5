"""Which networks meet on which images, and what stands where one is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pytest
from tests.probes.made import RNG, Made, N, looked

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Cell, Features, Finding, Row, View
from shiftprobe.metrics import linear_cka
from shiftprobe.probes.cka import CkaProbe
from shiftprobe.testing import check_probe, toy_evidence

Taps = Mapping[str, Features]
CHECKPOINT, TRAINED = Cell("rotation", 0.5), Cell("rotation", 0.5, 40, 0)


def drawn(**widths: int) -> dict[str, Features]:
    return {tap: RNG.normal(size=(N, d)).astype(np.float32) for tap, d in widths.items()}


def moved(taps: Taps) -> dict[str, Features]:
    return {tap: x + RNG.normal(size=x.shape).astype(np.float32) for tap, x in taps.items()}


DEEP = drawn(early=6, late=9)


@dataclass(frozen=True)
class Seen(Made):
    """Evidence in which one model's features are broken."""

    broken: str = ""
    taps: Literal["penultimate", "all"] = "penultimate"

    def view(self, model: str, images: str) -> View:
        if model == self.broken:
            raise NotAvailableError("NaN or infinity at late; did training diverge?")
        return super().view(model, images)


def found(evidence: Seen) -> Finding:
    return CkaProbe()(evidence)


def drift(clean: Taps, target: Taps) -> Finding:
    return found(Seen({("source", "clean"): looked(clean), ("source", "target"): looked(target)}, cell=CHECKPOINT))


def reuse(models: Mapping[str, Taps], **more: Any) -> dict[tuple[str, str, str], Row]:
    views = {(model, "target"): looked(taps) for model, taps in models.items()}
    arms = tuple(model for model in models if model != "source")
    rows = found(Seen(views, cell=TRAINED, arms=arms, **more)).rows
    by_address = {(row.arm, row.versus, row.tap): row for row in rows}
    assert len(by_address) == len(rows)
    return by_address


# where only the checkpoint looks


def test_a_row_per_tap_against_the_clean_images() -> None:
    target = moved(DEEP)
    finding = drift(DEEP, target)
    assert [(row.arm, row.tap, row.versus, row.n) for row in finding.rows] == [
        ("source", "early", "clean", N),
        ("source", "late", "clean", N),
    ]
    for row in finding.rows:
        assert row.metric == "cka_debiased"
        assert row.value == pytest.approx(linear_cka(DEEP[row.tap], target[row.tap]), abs=1e-12)


def test_all_pairs_of_taps_clean_in_rows_and_shifted_in_columns() -> None:
    target = moved(DEEP)
    arrays = drift(DEEP, target).arrays
    assert arrays["taps"].tolist() == ["early", "late"]
    assert arrays["pairs"][0, 1] == pytest.approx(linear_cka(DEEP["early"], target["late"]), abs=1e-12)
    assert arrays["pairs"][1, 0] == pytest.approx(linear_cka(DEEP["late"], target["early"]), abs=1e-12)


def test_a_dead_tap_has_a_reason_and_no_place_in_the_array() -> None:
    three = {**DEEP, "last": drawn(last=4)["last"]}
    finding = drift(three, {**three, "late": np.zeros((N, 9), np.float32)})
    early, late, last = finding.rows
    assert early.value == pytest.approx(1.0)
    assert last.value == pytest.approx(1.0)
    assert late.value is None
    assert late.reason == "late: the features of y hold no structure to compare (constant, or only one image differs)"
    assert finding.arrays["taps"].tolist() == ["early", "last"]
    assert finding.arrays["pairs"].shape == (2, 2)
    assert np.diag(finding.arrays["pairs"]) == pytest.approx(1.0)


def test_with_every_tap_dead_there_is_no_array() -> None:
    finding = drift(DEEP, {tap: np.ones_like(x) for tap, x in DEEP.items()})
    assert all(row.value is None for row in finding.rows)
    assert finding.arrays == {}


def test_too_few_images_are_a_reason_at_every_tap() -> None:
    few = {tap: x[:3] for tap, x in DEEP.items()}
    views = {("source", images): looked(few, np.zeros(3, int)) for images in ("clean", "target")}
    rows = found(Seen(views, cell=CHECKPOINT)).rows
    assert [row.reason for row in rows] == [f"{tap}: CKA needs at least 4 images, got 3" for tap in DEEP]


# where arms were trained


def test_each_arm_meets_the_checkpoint_and_scratch_on_the_shifted_images() -> None:
    models = {"source": DEEP, "scratch": drawn(early=6, late=9), "transfer": moved(DEEP)}
    rows = reuse(models)
    pairs = [("scratch", "source"), ("transfer", "source"), ("transfer", "scratch")]
    assert list(rows) == [(arm, versus, tap) for arm, versus in pairs for tap in DEEP]
    for (arm, versus, tap), row in rows.items():
        assert row.value == pytest.approx(linear_cka(models[arm][tap], models[versus][tap]), abs=1e-12)
        assert (row.metric, row.n) == ("cka_debiased", N)


def test_without_scratch_the_checkpoint_is_met_alone() -> None:
    rows = reuse({"source": DEEP, "transfer": moved(DEEP), "lp_ft": DEEP})
    assert {versus for _arm, versus, _tap in rows} == {"source"}
    assert rows["lp_ft", "source", "late"].value == pytest.approx(1.0, abs=1e-9)


def test_a_tap_that_only_one_network_has_is_skipped() -> None:
    rows = reuse({"source": DEEP, "scratch": drawn(late=5, own=3), "transfer": drawn(early=2, own=3)})
    assert set(rows) == {("scratch", "source", "late"), ("transfer", "source", "early")}


def test_an_arm_that_failed_has_one_row_with_its_reason() -> None:
    rows = reuse({"source": DEEP, "transfer": DEEP}, failed={"scratch": "diverged at epoch 1"})
    assert rows["scratch", "", ""].reason == "diverged at epoch 1"
    assert rows["scratch", "", ""].value is None
    assert [address for address in rows if address[0] == "transfer"] == [("transfer", "source", tap) for tap in DEEP]


def test_a_cell_of_failed_arms_holds_reasons_alone() -> None:
    rows = reuse({"source": DEEP}, failed={"scratch": "diverged", "transfer": "no memory"})
    assert {address: row.reason for address, row in rows.items()} == {
        ("scratch", "", ""): "diverged",
        ("transfer", "", ""): "no memory",
    }


@pytest.mark.parametrize(("broken", "lost"), [("transfer", {"transfer"}), ("source", {"scratch", "transfer"})])
def test_a_network_whose_features_are_broken_takes_its_rows_along(broken: str, lost: set[str]) -> None:
    rows = reuse({"source": DEEP, "scratch": DEEP, "transfer": DEEP}, broken=broken)
    assert {arm for (arm, _versus, tap), row in rows.items() if not tap and "NaN or infinity" in row.reason} == lost
    assert {arm for (arm, _versus, tap) in rows if tap} == {"scratch", "transfer"} - lost


def test_a_tap_that_died_in_one_arm_is_a_reason_in_its_pairs_alone() -> None:
    dead = {**DEEP, "late": np.zeros((N, 9), np.float32)}
    rows = reuse({"source": DEEP, "scratch": dead, "transfer": DEEP})
    assert rows["scratch", "source", "late"].reason.startswith("late: the features of")
    assert rows["transfer", "scratch", "late"].value is None
    assert rows["transfer", "source", "late"].value == pytest.approx(1.0)
    assert rows["scratch", "source", "early"].value == pytest.approx(1.0)


def test_keeps_its_promises_in_a_cell_of_arms() -> None:
    check_probe(CkaProbe(), toy_evidence("arms"))
