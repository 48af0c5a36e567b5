"""A source of shuffled labels: the same start, images and order as the source's own, other labels, made once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.engine.bringing import pictures, planned
from tests.tiny import tiny_plan

from shiftprobe.core import seeding
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.reading import read_json
from shiftprobe.engine import networks
from shiftprobe.engine.perform import write_source_set
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.shuffled_source import make_shuffled, no_shuffled, shuffled, shuffled_labels, shuffled_made
from shiftprobe.engine.source_model import train_source
from shiftprobe.models.build import build
from shiftprobe.results.run_folder import RunDir
from shiftprobe.train.watching import copied


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    made = tiny_plan(tmp_path_factory.mktemp("shuffled"), source__images=300)
    write_source_set(made)
    return made


def test_each_class_keeps_its_images_and_meaning_is_gone(ready: Plan) -> None:
    own, dealt = ready.setup.source_labels[: ready.setup.source_train], shuffled_labels(ready.setup)
    assert np.array_equal(np.bincount(own), np.bincount(dealt))
    assert 0.05 < (own == dealt).mean() < 0.15  # of ten classes
    assert np.array_equal(dealt, shuffled_labels(ready.setup))


def test_labels_alone_are_others(ready: Plan) -> None:
    setup = ready.setup
    make_shuffled(setup)
    by_hand = networks.fresh(setup, setup.source_classes, seeding.integer(setup.spec.data_seed, "source"))
    train_source(setup, by_hand, shuffled_labels(setup))
    kept, wanted = copied(shuffled(setup)), copied(by_hand)
    assert all(torch.equal(kept[name], wanted[name]) for name in wanted)


def test_it_is_made_once_and_made_again_where_it_is_damaged(ready: Plan) -> None:
    make_shuffled(ready.setup)
    folder = ready.setup.run.other_source("shuffled")
    weights = folder / "model.safetensors"
    before = weights.stat().st_mtime_ns
    make_shuffled(ready.setup)
    assert weights.stat().st_mtime_ns == before
    assert 0 <= read_json(folder / "about.json")["train_accuracy"] <= 1
    weights.write_bytes(weights.read_bytes()[:-1])
    assert not shuffled_made(ready.setup)
    make_shuffled(ready.setup)
    assert shuffled_made(ready.setup)


def test_not_possible_without_images_of_the_source_with_one_class_or_with_too_many(ready: Plan, tmp_path: Path) -> None:
    assert no_shuffled(ready.setup) == ""
    alone = replace(ready.setup, source_labels=np.empty(0, np.int64), source_train=0)
    assert no_shuffled(alone) == "there are no images of the source to train on; set source.data"
    one = replace(ready.setup, source_labels=np.zeros_like(ready.setup.source_labels))
    assert no_shuffled(one) == "the source's images are all of one class, so their labels cannot be shuffled"
    assert no_shuffled(replace(ready.setup, source_classes=4)).startswith("the source's data has 10 classes and the")
    with pytest.raises(NotAvailableError, match="set source"):
        make_shuffled(replace(alone, run=RunDir(tmp_path)))


def test_beside_a_checkpoint_that_is_brought_it_is_trained_on_the_images_of_its_source(tmp_path: Path) -> None:
    network = build("small_cnn", classes=3, channels=3, size=16, seed=0)
    names = ("ant", "bee", "fly")
    brought = planned(
        tmp_path, pictures(16, names), source=pictures(18), spec_source={"data": "memory"}, model_in_memory=network
    )
    write_source_set(brought)
    make_shuffled(brought.setup)
    found = copied(shuffled(brought.setup))
    assert not torch.equal(found["head.weight"], copied(network)["head.weight"])
