"""Training and looking are handed sets where they lie on disk, never a copy of one in memory."""

import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.tiny import tiny_plan, write_images
from torch import nn

from shiftprobe.core.rows import Rows
from shiftprobe.core.types import Cell, Image
from shiftprobe.engine import learning, networks, source_model
from shiftprobe.engine.cell import trained
from shiftprobe.engine.evidence import Gathered
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.shifted_sets import Dose, prepared, write_set
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.shifts import find
from shiftprobe.train.arms import ARMS

CELL = Cell("rotation", 0.5, 40, 0)


class SeenError(Exception):
    """What was handed over; nothing is done with it."""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    planned = tiny_plan(tmp_path_factory.mktemp("runs"))
    write_images(planned)
    return planned


def whole(ready: Plan, path: Path) -> NDArray[np.uint8]:
    found: NDArray[np.uint8] = np.load(path)
    assert len(found) in {len(ready.setup.labels), len(ready.setup.source_labels)}
    return found


def catch(*arguments: Any, **options: Any) -> None:
    raise SeenError(*arguments, options.get("validation"))


def on_disk(images: Any) -> bool:
    return isinstance(images, np.memmap) or isinstance(images._whole, np.memmap)


def test_an_arm_trains_on_rows_of_the_mapped_set(ready: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = ready.setup
    monkeypatch.setattr(learning, "fit", catch)
    with pytest.raises(SeenError) as caught:
        trained(setup, CELL, ARMS["scratch"], networks.random_control(setup), setup.recipe("scratch", 8))
    images = whole(ready, setup.run.images(CELL.condition))
    for given, part in zip((caught.value.args[1], caught.value.args[-1]), setup.parts(CELL), strict=True):
        assert isinstance(given.images, Rows)
        assert on_disk(given.images)
        np.testing.assert_array_equal(given.images[:], images[part])


def test_the_source_trains_on_the_mapped_set_and_is_judged_on_rows_of_it(
    ready: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = ready.setup
    images = whole(ready, setup.run.sets / "source.npy")
    monkeypatch.setattr(source_model, "fit", catch)
    with pytest.raises(SeenError) as caught:
        source_model.make_source(setup)
    assert on_disk(caught.value.args[1].images)
    np.testing.assert_array_equal(caught.value.args[1].images, images[: setup.source_train])
    monkeypatch.setattr(source_model, "extract", catch)
    with pytest.raises(SeenError) as caught:
        source_model._held_out(setup, networks.random_control(setup))
    assert on_disk(caught.value.args[1])
    np.testing.assert_array_equal(caught.value.args[1], images[setup.at_home])


def test_every_view_shows_images_where_they_lie(ready: Plan) -> None:
    setup = ready.setup
    evidence = Gathered(setup, CELL, models={"source": nn.Identity()}, failed={}, shared={})
    moved = whole(ready, setup.run.images(CELL.condition))
    for name, wanted in (("target", moved[setup.pool :]), ("train", moved[setup.train_index(CELL)])):
        images, labels = evidence._pixels(name)
        assert on_disk(images)
        np.testing.assert_array_equal(images, wanted)
        assert len(labels) == len(wanted)


class Photographs(Sequence[Image]):
    """Large images made when asked for, and how many of them were there at once."""

    def __init__(self) -> None:
        self.alive, self.most = 0, 0

    def __len__(self) -> int:
        return 30

    def __getitem__(self, place: Any) -> Any:
        if place >= len(self):
            raise IndexError(place)
        image = np.full((40, 40, 1), place, np.uint8)
        self.alive += 1
        self.most = max(self.most, self.alive)
        weakref.finalize(image, self._gone)
        return image

    def _gone(self) -> None:
        self.alive -= 1


SMALL = Preprocess(8, 1, (0.5,), (0.5,))
STILL = Dose(find("identity"), 0.0, 0)


def test_images_at_their_own_resolution_are_there_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photographs = Photographs()
    found = prepared(photographs, range(30), STILL, SMALL)
    np.testing.assert_array_equal(found[:, 0, 0, 0], np.arange(30))
    assert photographs.most <= 2  # the one that is made, and the one before it
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    write_set(tmp_path / "x.npy", photographs, np.arange(30), SMALL, STILL)
    assert photographs.most <= 4  # two threads
    assert Preprocess.fit(photographs).size == 40
    assert photographs.most <= 4
