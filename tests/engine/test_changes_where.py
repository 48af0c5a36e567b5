"""Blocks, shuffled sources and width as changes of a training: none and all are scratch and transfer, bit for bit."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.engine.bringing import pictures, planned
from tests.engine.made_cells import CELL, untrained
from tests.tiny import tiny_plan
from torch import Tensor, nn

from shiftprobe.core import seeding
from shiftprobe.core.errors import SpecError
from shiftprobe.core.monitor import Silent
from shiftprobe.core.reading import read_json
from shiftprobe.engine import networks
from shiftprobe.engine.changes.blocks import blocks_here
from shiftprobe.engine.changes.shuffled import make_shuffled, no_shuffled, shuffled_labels
from shiftprobe.engine.changes.wider import no_wider_here, wider_network, work
from shiftprobe.engine.interventions import Unit, made_of, make_unit, with_arms
from shiftprobe.engine.learning import begun
from shiftprobe.engine.other_sources import make_other_source, other_source
from shiftprobe.engine.perform import write_sets
from shiftprobe.engine.perform_units import do_units
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.source_model import fit_source
from shiftprobe.models.build import build
from shiftprobe.train.watching import copied

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def setup(made: Setup, tmp_path: Path) -> Setup:
    return untrained(made, tmp_path / "run")


def beginning(setup: Setup, name: str) -> Mapping[str, Tensor]:
    """The weights with which a unit begins."""
    one = Unit(cell=CELL, arm=name)
    whole = made_of(with_arms(setup, [one]), one)
    model, _ = begun(whole.setup, CELL, whole.arm, networks.source(setup), whole.build)
    return copied(model)


def same(one: Mapping[str, Tensor], two: Mapping[str, Tensor]) -> set[str]:
    """Names whose values are equal, bit for bit."""
    assert list(one) == list(two)
    return {name for name in one if torch.equal(one[name], two[name])}


@pytest.mark.parametrize("end", ["first", "last"])
def test_none_of_the_blocks_is_scratch_and_all_are_transfer(setup: Setup, end: str) -> None:
    assert blocks_here(setup) == 6
    scratch, transfer = beginning(setup, "scratch"), beginning(setup, "transfer")
    assert same(beginning(setup, f"transfer~{end}0of6"), scratch) == set(scratch)
    assert same(beginning(setup, f"transfer~{end}6of6"), transfer) == set(scratch)


def test_the_first_blocks_are_the_source_s_with_their_statistics_and_the_others_are_drawn(setup: Setup) -> None:
    scratch, transfer = beginning(setup, "scratch"), beginning(setup, "transfer")
    moved = set(scratch) - same(scratch, transfer)
    first, last = (beginning(setup, f"transfer~{part}") for part in ("first2of6", "last4of6"))
    early = {name for name in moved if name.startswith(("blocks.0.", "blocks.1."))}
    assert early
    assert set(scratch) - same(first, scratch) == early == set(scratch) - same(last, transfer)


def test_a_part_is_trained_and_judged_like_any_arm(setup: Setup) -> None:
    make_unit(setup, Unit(cell=CELL, arm="transfer~first2of6"))
    folder = setup.run.intervention(CELL, "transfer~first2of6")
    top1 = next(row for row in read_json(folder / "rows.json") if row["metric"] == "top1")
    assert 0 <= top1["value"] <= 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("transfer~first7of6", "wanted at most all of the blocks"),
        ("transfer~first2of7", "wanted a network of 7 blocks, got one of 6"),
        ("transfer~width2", "wanted one whose weights are drawn anew"),
        ("scratch~width1", "wanted 2 to 4 times the width"),
    ],
)
def test_what_does_not_fit_the_network_is_refused(setup: Setup, name: str, told: str) -> None:
    with pytest.raises(SpecError, match=told):
        beginning(setup, name)


def test_a_source_of_shuffled_labels_differs_in_its_labels_alone_and_is_made_once(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path, source__images=300)
    setup, cell = ready.setup, replace(CELL, shift="identity", severity=0.0)
    own, dealt = setup.source_labels[: setup.source_train], shuffled_labels(setup)
    assert np.array_equal(np.bincount(own), np.bincount(dealt))
    assert 0.03 < (own == dealt).mean() < 0.2  # of ten classes
    assert do_units(ready, [Unit(cell=cell, arm="transfer~shuffled")], Silent(), workers=1) == ()
    kept = copied(other_source(setup, "shuffled"))
    file = setup.run.other_source("shuffled") / "model.safetensors"
    before = file.stat().st_mtime_ns
    make_other_source(setup, "shuffled")
    assert file.stat().st_mtime_ns == before
    write_sets(ready, [], Silent(), source=True)
    by_hand = networks.fresh(setup, setup.source_classes, seeding.integer(setup.spec.data_seed, "source"))
    fit_source(setup, by_hand, dealt)
    assert same(kept, copied(by_hand)) == set(kept)


def test_no_source_of_shuffled_labels_without_images_with_one_class_or_with_too_many(setup: Setup) -> None:
    assert no_shuffled(setup) == ""
    alone = replace(setup, source_labels=np.empty(0, np.int64), source_train=0)
    assert no_shuffled(alone) == "there are no images of the source to train on; set source.data"
    one = replace(setup, source_labels=np.zeros_like(setup.source_labels))
    assert no_shuffled(one) == "the source's images are all of one class, so their labels cannot be shuffled"
    assert no_shuffled(replace(setup, source_classes=4)).startswith("the source's data has 10 classes and the")
    with pytest.raises(SpecError, match=r"set source\.data"):
        make_shuffled(alone)


def test_beside_a_checkpoint_that_is_brought_it_is_drawn_anew_and_trained_by_the_run_s_recipe(tmp_path: Path) -> None:
    network, names = build("small_cnn", classes=3, channels=3, size=16, seed=0), ("ant", "bee", "fly")
    more: dict[str, Any] = {"source": pictures(18), "spec_source": {"data": "memory"}, "model_in_memory": network}
    ready = planned(tmp_path, pictures(16, names), **more)
    write_sets(ready, [], Silent(), source=True)
    found = copied(make_shuffled(ready.setup))
    assert "head.weight" not in same(found, copied(network))


def test_scratch_twice_as_wide_is_trained_and_counts_as_its_work(setup: Setup) -> None:
    make_unit(setup, Unit(cell=CELL, arm="scratch~width2"))
    assert read_json(setup.run.intervention(CELL, "scratch~width2") / "about.json")["failed"] == ""
    wide = wider_network(setup, 10, 3, factor=2)
    assert wide.get_submodule("head").weight.shape == (10, 128)
    assert 2.0 < work(setup, (2.0,)) < 4.0
    assert work(replace(setup, module=nn.Identity()), (3.0,)) == 9.0  # at most


def test_what_cannot_be_built_wider_says_why(setup: Setup) -> None:
    assert no_wider_here(setup) == ""
    assert no_wider_here(replace(setup, module=nn.Identity())).startswith("a network in memory cannot be built wider")
    model = setup.spec.model.model_copy(update={"arch": "torchvision:vgg11"})
    other = replace(setup, spec=setup.spec.model_copy(update={"model": model}))
    assert no_wider_here(other).endswith("got torchvision:vgg11")
