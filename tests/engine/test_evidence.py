from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.tiny import tiny_plan, write_images
from torch import nn

from shiftprobe.core.errors import DamagedError, NotAvailableError
from shiftprobe.core.types import UNSHIFTED, Cell, Condition, View
from shiftprobe.engine import evidence, networks
from shiftprobe.engine.evidence import Gathered
from shiftprobe.engine.setup import Setup
from shiftprobe.models.extract import extract

pytestmark = pytest.mark.usefixtures("one_thread")

LOOK, TRAINED = Cell("rotation", 0.5), Cell("rotation", 0.5, 40, 1)
SOURCE_CLASSES = 12


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """The checkpoint knows two classes more than the target."""
    ready = tiny_plan(tmp_path_factory.mktemp("runs"))
    write_images(ready)
    return replace(ready.setup, source_classes=SOURCE_CLASSES)


@pytest.fixture(scope="module")
def models(setup: Setup) -> Mapping[str, nn.Module]:
    sizes = {"source": SOURCE_CLASSES, "random": SOURCE_CLASSES, "scratch": 10, "zero_shot": 10}
    return {name: networks.fresh(setup, classes, seed) for seed, (name, classes) in enumerate(sizes.items())}


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often each network looked at images."""
    counted = Counter[int]()

    def counting(model: nn.Module, *arguments: Any, **options: Any) -> View:
        counted[id(model)] += 1
        return extract(model, *arguments, **options)

    monkeypatch.setattr(evidence, "extract", counting)
    return counted


def gathered(setup: Setup, cell: Cell, models: Mapping[str, nn.Module], **options: Any) -> Gathered:
    return Gathered(setup, cell, models=models, **{"failed": {}, "shared": {}, **options})


def test_each_view_is_one_forward_pass_however_often_it_is_asked_for(
    setup: Setup, models: Mapping[str, nn.Module], passes: Counter[int]
) -> None:
    evidence = gathered(setup, TRAINED, models)
    for _ in range(3):
        for name in ("source", "scratch"):
            for images in ("clean", "target", "train"):
                evidence.view(name, images)
    assert passes == {id(models["source"]): 3, id(models["scratch"]): 3}
    assert evidence.view("source", "clean") is evidence.view("source", "clean")


def test_clean_views_of_the_source_and_its_control_serve_every_cell(
    setup: Setup, models: Mapping[str, nn.Module], passes: Counter[int]
) -> None:
    shared: dict[tuple[str, str], View] = {}
    for cell in (LOOK, Cell("identity", 0.0), TRAINED):
        evidence = gathered(setup, cell, models, shared=shared)
        for name in ("source", "random", "scratch"):
            evidence.view(name, "clean")
    assert passes == {id(models["source"]): 1, id(models["random"]): 1, id(models["scratch"]): 3}


def test_clean_and_target_hold_the_same_images_before_and_after_the_shift(
    setup: Setup, models: Mapping[str, nn.Module]
) -> None:
    evidence = gathered(setup, LOOK, models)
    clean, target = evidence.view("source", "clean"), evidence.view("source", "target")
    np.testing.assert_array_equal(clean.labels, target.labels)
    np.testing.assert_array_equal(clean.labels, setup.labels[setup.pool :])
    for view, dose in ((clean, UNSHIFTED), (target, Condition("rotation", 0.5))):
        np.testing.assert_array_equal(view.images, np.load(setup.run.images(dose))[setup.pool :])
    assert not np.array_equal(clean.logits, target.logits)


def test_training_images_are_those_that_the_cell_may_train_on(setup: Setup, models: Mapping[str, nn.Module]) -> None:
    view = gathered(setup, TRAINED, models).view("scratch", "train")
    index = setup.train_index(TRAINED)
    assert len(view.labels) == 40
    assert index.max() < setup.pool
    np.testing.assert_array_equal(view.labels, setup.labels[index])
    np.testing.assert_array_equal(view.images, np.load(setup.run.images(Condition("rotation", 0.5)))[index])


def test_images_of_the_source_are_those_that_did_not_train_it(setup: Setup, models: Mapping[str, nn.Module]) -> None:
    view = gathered(setup, LOOK, models).view("source", "source")
    assert view.images is not None
    assert len(view.labels) == len(view.images) == len(setup.held_out) > 0
    assert setup.held_out.min() >= setup.source_train
    np.testing.assert_array_equal(view.labels, setup.source_labels[setup.held_out])


def test_without_a_source_its_images_have_a_reason(setup: Setup, models: Mapping[str, nn.Module]) -> None:
    alone = replace(setup, source_labels=np.empty(0, np.int64), source_train=0)
    with pytest.raises(NotAvailableError, match=r"no images of the source; set source\.data"):
        gathered(alone, LOOK, models).view("source", "source")


def test_a_view_carries_its_network_and_the_logits_of_its_own_head(
    setup: Setup, models: Mapping[str, nn.Module]
) -> None:
    evidence = gathered(setup, LOOK, models)
    for name, classes in (("source", SOURCE_CLASSES), ("random", SOURCE_CLASSES), ("zero_shot", 10)):
        view = evidence.view(name, "target")
        assert view.logits.shape == (len(view.labels), classes)
        assert view.model is models[name]
        assert len({len(features) for features in view.features.values()}) == 1


def test_looks_in_bf16_are_rounded_and_answer_nearly_the_same(setup: Setup, models: Mapping[str, nn.Module]) -> None:
    rounded = replace(setup, spec=setup.spec.model_copy(update={"looks": "bf16"}))
    wide, narrow = (gathered(one, LOOK, models).view("source", "target").logits for one in (setup, rounded))
    assert narrow.dtype == np.float32
    assert 0 < np.abs(wide - narrow).max() < 0.1 * np.abs(wide).max()


def test_a_cell_tells_which_arms_it_holds(setup: Setup, models: Mapping[str, nn.Module]) -> None:
    failed = {"transfer": "training diverged at epoch 1"}
    evidence = gathered(setup, TRAINED, models, failed=failed)
    assert evidence.arms == ("scratch",)
    assert evidence.failed == failed
    assert gathered(setup, LOOK, models).arms == ("zero_shot",)
    assert evidence.classes == tuple("0123456789")


def test_what_does_not_exist_has_a_reason(setup: Setup, models: Mapping[str, nn.Module]) -> None:
    evidence = gathered(setup, TRAINED, models, failed={"transfer": "training diverged at epoch 1"})
    with pytest.raises(NotAvailableError, match=r"^training diverged at epoch 1$"):
        evidence.view("transfer", "target")
    with pytest.raises(NotAvailableError, match="this cell holds no model 'lp_ft'"):
        evidence.view("lp_ft", "target")
    with pytest.raises(NotAvailableError, match=r"there are no images 'clen' \(known: clean, target, train, source\)"):
        evidence.view("scratch", "clen")


def test_the_shift_of_another_place_is_not_read(setup: Setup, models: Mapping[str, nn.Module], tmp_path: Path) -> None:
    elsewhere = replace(setup, run=replace(setup.run, path=tmp_path))
    with pytest.raises(DamagedError, match="got none or others"):
        gathered(elsewhere, LOOK, models).view("source", "target")
