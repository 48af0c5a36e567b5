"""A run whose target and checkpoint are as the repairs left them."""

from dataclasses import replace

import numpy as np
import pytest
from tests.tiny import tiny_plan

from shiftprobe.diagnosing.mended import mended_plan, repaired
from shiftprobe.diagnosing.sites import patient_of
from shiftprobe.engine import networks
from shiftprobe.engine.other_sources import other_source, source_version
from shiftprobe.engine.plan import Plan
from shiftprobe.repairs.orientation import LAID
from shiftprobe.repairs.treated import Treated

TURN = "turned by 90 degrees"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return tiny_plan(tmp_path_factory.mktemp("mended"))


def kept(ready: Plan, monkeypatch: pytest.MonkeyPatch) -> Treated:
    model = networks.fresh(ready.setup, ready.setup.source_classes, 0).eval()
    monkeypatch.setattr(networks, "source", lambda _: model)
    return Treated(patient=patient_of(ready))


def test_what_no_training_meets_is_no_other_run(ready: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    now = kept(ready, monkeypatch)
    read_otherwise = replace(now.with_answers("renamed", lambda scores, _: scores), repairs=("target:renaming",))
    assert mended_plan(ready, read_otherwise) is None


def test_pixels_are_mended_after_the_shift_on_the_target_alone(ready: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    turned = replace(kept(ready, monkeypatch).with_pixels(TURN, LAID[TURN]), repairs=("target:turned",))
    found = mended_plan(ready, turned)
    assert found is not None
    image, rng = ready.target.images[0], np.random.default_rng(0)
    plain, mended = (plan.dosing.dose("rotation", 0.5, 0) for plan in (ready, found))
    shifted = plain.shift.at(plain.severity)(image, np.random.default_rng(0))
    assert (mended.shift.at(mended.severity)(image, rng) == np.rot90(shifted)).all()
    assert mended.shift.name != plain.shift.name  # so that no set of the one is taken for the other's


def test_the_repaired_checkpoint_is_told_from_others_by_weights_and_pixels(
    ready: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = replace(kept(ready, monkeypatch), repairs=("home:batch_statistics",))
    assert mended_plan(ready, now) is not None
    alone = source_version(ready.setup, "repaired")
    assert mended_plan(ready, now.with_pixels(TURN, LAID[TURN])) is not None
    assert source_version(ready.setup, "repaired") not in {"", alone}
    before, after = (one.state_dict() for one in (now.patient.model, other_source(ready.setup, "repaired")))
    assert all((before[key] == after[key]).all() for key in before)


def test_a_preprocessing_that_was_kept_is_that_of_the_plan(ready: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    now = kept(ready, monkeypatch)
    other = replace(now.prepared_as(replace(now.patient.preprocess, mean=(0.9,))), repairs=("home:preprocessing",))
    found = mended_plan(ready, other)
    assert found is not None
    assert found.setup.preprocess.mean == (0.9,)


@pytest.mark.parametrize(
    ("arm", "spelled"),
    [
        ("transfer", "transfer~repaired"),
        ("transfer~lr0.1", "transfer~repaired~lr0.1"),
        ("mean_var@transfer", "mean_var@transfer~repaired"),
    ],
)
def test_arms_are_spelled_with_the_repaired_state_first(arm: str, spelled: str) -> None:
    assert repaired(arm) == spelled
