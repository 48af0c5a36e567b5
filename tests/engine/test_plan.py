from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.specs import DIGITS
from tests.tiny import tiny_plan, tiny_spec

from shiftprobe import data
from shiftprobe.core.errors import CheckpointError, DataError, ShiftprobeError, SpecError, UnknownNameError
from shiftprobe.core.types import Cell, Scope
from shiftprobe.data.bundle import Bundle
from shiftprobe.engine.plan import Given, Plan, plan
from shiftprobe.models.build import build
from shiftprobe.models.formats.checkpoint import save_state
from shiftprobe.probes import PROBES
from shiftprobe.spec.loading import load_spec


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A checkpoint for grey images that answers for twelve classes."""
    path = tmp_path / "mine.safetensors"
    path.write_bytes(save_state(build("small_cnn", classes=12, channels=1, size=8, seed=0)))
    return path


def brought(out: Path, weights: Path, **source: Any) -> Plan:
    """A checkpoint that somebody brings, with no source images."""
    return plan(load_spec({**DIGITS, "source": source, "model": {"weights": str(weights)}}), Given(out=out))


def test_planning_writes_nothing(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    assert ready.setup.run.path == tmp_path / "runs" / f"tiny-{ready.facts.digest}"
    assert len(ready.facts.digest) == 8


def test_source_and_target_share_no_image_and_train_and_test_share_none(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path)
    assert ready.source is not None
    parts = [
        {bundle.hashes[i] for i in index}
        for bundle, index in (
            (ready.source, ready.split.source_train),
            (ready.target, ready.split.target_train),
            (ready.target, ready.split.target_test),
        )
    ]
    assert not parts[0] & (parts[1] | parts[2])
    assert not parts[1] & parts[2]


def test_labels_and_pool_are_those_of_the_shifted_sets(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path)
    setup, parts = ready.setup, ready.split
    np.testing.assert_array_equal(setup.labels[: setup.pool], ready.target.labels[parts.target_train])
    np.testing.assert_array_equal(setup.labels[setup.pool :], ready.target.labels[parts.target_test])
    assert len(setup.source_labels) == len(parts.source_train) + len(parts.source_test)


def test_cells_and_arms_are_those_of_the_spec(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path)
    trained = [Cell(*dose, 40, seed) for dose in (("identity", 0.0), ("rotation", 0.5)) for seed in (0, 1)]
    assert ready.cells == (Cell("identity", 0.0), Cell("rotation", 0.5), *trained)
    assert ready.setup.arms_of(ready.cells[0]) == ("zero_shot",)
    assert ready.setup.arms_of(trained[0]) == ("scratch", "transfer")
    looks = {"checkpoint": set(ready.setup.probes_of(ready.cells[0])), "arms": set(ready.setup.probes_of(trained[0]))}
    scopes: dict[Scope, set[str]] = {}
    for probe in ready.setup.spec.probes:
        scopes.setdefault(PROBES[probe].scope, set()).add(probe)
    assert looks["checkpoint"] == scopes["checkpoint"] | scopes["arms"] | scopes.get("cells", set())
    assert looks["arms"] == scopes["arms"] | scopes.get("cells", set())
    assert set(ready.setup.run_probes) == scopes["run"]


def test_without_trained_arms_there_are_no_cells_to_train(tmp_path: Path) -> None:
    assert tiny_plan(tmp_path, arms=["zero_shot"]).cells == (Cell("identity", 0.0), Cell("rotation", 0.5))


def test_the_folder_is_moved_by_what_a_result_depends_on_and_by_nothing_else(tmp_path: Path) -> None:
    first = tiny_plan(tmp_path).setup.run.path
    wider: Mapping[str, Any] = {
        "seeds": 5,
        "shifts": ["gaussian_blur"],
        "arms": ["scratch"],
        "target__budgets": [20, 90],
    }
    assert tiny_plan(tmp_path, **wider).setup.run.path == first
    assert tiny_plan(tmp_path, train__epochs=2).setup.run.path != first
    labels = data.load("digits:uci", Path())
    renamed = Bundle(name=labels.name, images=labels.images, labels=labels.labels, classes=tuple("abcdefghij"))
    given = Given(out=tmp_path, target=renamed)
    assert plan(tiny_spec(), given).setup.run.path != first


def test_a_checkpoint_of_another_content_is_another_folder(tmp_path: Path, weights: Path) -> None:
    first = brought(tmp_path, weights).setup.run.path
    weights.write_bytes(save_state(build("small_cnn", classes=12, channels=1, size=8, seed=1)))
    assert brought(tmp_path, weights).setup.run.path != first


def test_a_checkpoint_alone_has_classes_without_names(tmp_path: Path, weights: Path) -> None:
    setup = brought(tmp_path, weights).setup
    assert (setup.source_classes, setup.columns, setup.source_train) == (12, None, 0)
    assert list(setup.arms) == ["scratch", "transfer"]


def test_class_names_in_the_spec_put_the_columns_in_order(tmp_path: Path, weights: Path) -> None:
    names = ["x", *reversed("0123456789"), "y"]
    ready = brought(tmp_path, weights, classes=names)
    assert ready.setup.columns == tuple(range(10, 0, -1))
    assert ready.facts.skipped_arms == {}
    assert list(ready.setup.arms) == ["zero_shot", "scratch", "transfer"]


def test_a_checkpoint_of_other_classes_is_refused_before_anything_is_paid_for(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(CheckpointError, match="head"):
        brought(tmp_path, weights, classes=list("0123456789"))


def test_images_that_a_brought_checkpoint_may_have_seen_are_no_target(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(DataError, match="wanted images in digits:uci that the source never saw, got none"):
        brought(tmp_path, weights, data="digits:uci")


def test_a_model_in_memory_is_part_of_the_folders_name(tmp_path: Path) -> None:
    class Flat(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.top = torch.nn.Linear(64, 10)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.top(images.flatten(1))
            return logits

    spec = load_spec({**DIGITS, "source": {}})
    first = plan(spec, Given(out=tmp_path, model=Flat())).setup
    second = plan(spec, Given(out=tmp_path, model=Flat())).setup
    assert first.run.path != second.run.path
    assert first.source_classes == 10


FAULTS: dict[str, tuple[dict[str, Any], type[ShiftprobeError], str]] = {
    "shift": ({"shifts": ["rotatoin"]}, UnknownNameError, "no shift named 'rotatoin'; did you mean 'rotation'"),
    "arm": ({"arms": ["scrach"]}, UnknownNameError, "no arm named 'scrach'; did you mean 'scratch'"),
    "probe": ({"probes": ["ckaa"]}, UnknownNameError, "no probe named 'ckaa'; did you mean 'cka'"),
    "arch": ({"model__arch": "small_cn"}, UnknownNameError, "did you mean 'small_cnn'"),
    "data": ({"target__data": "digits:usi"}, UnknownNameError, "digits:usi"),
    "budget": ({"target__budgets": [40, 9999]}, DataError, r"target.budgets: wanted at most [\d,]+ images.*got 9,999"),
    "metric": ({"compare__metric": "auroc"}, SpecError, "auroc ranks the images of two classes, and there are 10"),
    "small budget": ({"target__budgets": [9]}, DataError, "target.budgets: wanted at least 10 images"),
    "no source": ({"source__data": None}, SpecError, "source.data: this key is needed to train the source model"),
}


@pytest.mark.parametrize("fault", ["shift", "arm", "probe"])
def test_a_misspelt_name_is_told_before_any_image_is_read(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise DataError("images were read first")

    monkeypatch.setattr(data, "load_given", read)
    with pytest.raises(UnknownNameError, match="did you mean"):
        tiny_plan(tmp_path, **FAULTS[fault][0])


@pytest.mark.parametrize("fault", FAULTS)
def test_the_first_fault_is_told_in_one_line(fault: str, tmp_path: Path) -> None:
    overrides, kind, words = FAULTS[fault]
    with pytest.raises(kind, match=words) as told:
        tiny_plan(tmp_path / "runs", **overrides)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "runs").exists()


def test_the_least_and_the_largest_budget_that_can_be_drawn_are_allowed(tmp_path: Path) -> None:
    pool = tiny_plan(tmp_path).setup.pool
    assert tiny_plan(tmp_path, target__budgets=[10, pool]).setup.pool == pool
    with pytest.raises(
        DataError, match=f"wanted at most {pool:,} images, the target's training pool, got {pool + 1:,}"
    ):
        tiny_plan(tmp_path, target__budgets=[10, pool + 1])


def test_a_source_can_be_trained_on_fewer_images(tmp_path: Path) -> None:
    few = tiny_plan(tmp_path, source__images=50)
    assert few.setup.source_train == len(few.split.source_train) == 50
    assert np.bincount(few.setup.source_labels[:50]).tolist() == [5] * 10
    assert few.setup.run != tiny_plan(tmp_path).setup.run


def test_what_was_planned_is_told(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path, target__test=0.25)
    told = ready.facts.data
    assert (ready.facts.device, ready.facts.classes) == ("cpu", tuple("0123456789"))
    assert isinstance(told["target"], dict)
    assert (told["target"]["pool"], told["target"]["test"]) == (
        len(ready.split.target_train),
        len(ready.split.target_test),
    )
    assert ready.facts.preprocess["size"] == ready.setup.preprocess.size == 8
    assert ready.setup.source_classes == 10
    assert ready.setup.columns == tuple(range(10))
