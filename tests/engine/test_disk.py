"""The disk that a run needs is told before it begins, and one that would not find it is refused."""

import shutil
from dataclasses import replace
from typing import NamedTuple

import pytest
from tests.tiny import tiny_plan, write_images

from shiftprobe import api
from shiftprobe.core.errors import ResourceError
from shiftprobe.core.types import UNSHIFTED
from shiftprobe.engine import disk
from shiftprobe.engine.disk import Disk, check_disk, disk_of
from shiftprobe.engine.plan import Plan

HEADER = 128  # bytes of an .npy file before its images


class Usage(NamedTuple):
    """What the system says of a disk."""

    free: int


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Two conditions beside the unshifted target."""
    out = tmp_path_factory.mktemp("runs")
    return tiny_plan(out, shifts=["rotation", "contrast"], severities=[0.5], probes=["accuracy", "null_band"])


@pytest.fixture
def one(ready: Plan) -> int:
    """Bytes of the target at one dose."""
    return len(ready.setup.labels) * ready.setup.preprocess.size**2


@pytest.fixture
def source(ready: Plan) -> int:
    """Bytes of the images that train the source, and of those that it is looked at with."""
    return (len(ready.setup.source_labels) + len(ready.setup.held_out)) * ready.setup.preprocess.size**2


def test_conditions_that_are_made_one_after_the_other_are_told_so(
    ready: Plan, one: int, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert disk_of(ready.setup, ready.cells, ready.cells).images == 3 * one + source
    monkeypatch.setattr(disk, "MAX_SET_BYTES", 1)
    assert disk_of(ready.setup, ready.cells, ready.cells).images == 2 * one + source


def test_a_probe_of_the_whole_run_that_has_not_looked_brings_its_images_back(
    ready: Plan, one: int, source: int
) -> None:
    assert disk_of(ready.setup, ready.cells, []).images == 3 * one + source
    bare = replace(ready.setup, probes={"accuracy": "cells"})
    assert disk_of(bare, ready.cells, []).images == source


def test_a_run_that_would_fill_the_disk_is_refused_before_an_image_is_written(
    ready: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = disk_of(ready.setup, ready.cells, ready.cells)
    usage = Usage(needed.images + needed.weights)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage if path.is_dir() else None)
    check_disk(ready.setup, needed)
    usage = Usage(usage.free - 1)
    told = r"wanted \d MB for images and \d+ MB for weights, got \d+ MB free; "
    with pytest.raises(ResourceError, match=told):
        api.perform(ready)
    assert not list(ready.setup.run.sets.glob("*.npy"))


def test_what_is_told_is_what_is_written_and_what_is_there_is_not_told_again(ready: Plan, one: int) -> None:
    told = disk_of(ready.setup, ready.cells, ready.cells)
    write_images(ready)
    written = [path.stat().st_size - HEADER for path in ready.setup.run.sets.glob("*.npy")]
    assert told.images == sum(written)
    assert disk_of(ready.setup, ready.cells, ready.cells).images == 0
    ready.setup.run.images(UNSHIFTED).unlink()
    again = disk_of(ready.setup, ready.cells, ready.cells)
    assert (again.images, again.weights, again.rest) == (one, told.weights, told.rest)


def test_large_needs_are_told_in_gigabytes(ready: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(999_999_999))
    told = "wanted 15.3 GB for images and 2 MB for weights, got 1000 MB free; free some, choose another place"
    with pytest.raises(ResourceError, match=told):
        check_disk(ready.setup, Disk(weights=2_400_000, images=15_260_000_000))
