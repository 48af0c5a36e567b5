"""The line between the source and a fine-tuned network of a small run: its ends, its rows, and what it cannot do."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tests.tiny import tiny_plan, write_images
from torch import nn

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.monitor import Silent
from shiftprobe.core.types import Cell, Images, Row
from shiftprobe.engine import linear_path, networks
from shiftprobe.engine.cell import arm_folder, make_arm
from shiftprobe.engine.linear_path import do_path, no_path, path_found, walked
from shiftprobe.engine.perform import write_sets
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.shifted_sets import open_set
from shiftprobe.engine.source_model import make_source
from shiftprobe.models.extract import extract
from shiftprobe.models.head import with_head_of
from shiftprobe.results.findings import read_rows
from shiftprobe.results.run_folder import RunDir
from shiftprobe.train.adaptation import reestimate
from shiftprobe.train.path import along

pytestmark = pytest.mark.usefixtures("one_thread")

CELL = Cell("rotation", 0.5, 40, 0)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A run with one arm trained, its images still there."""
    plan = tiny_plan(tmp_path_factory.mktemp("line"), source__images=300)
    write_images(plan)
    make_source(plan.setup)
    make_arm(plan.setup, CELL, "transfer", networks.source(plan.setup))
    write_sets(plan, [CELL], Silent(), source=True)
    return plan


@pytest.fixture(scope="module")
def rows(ready: Plan) -> dict[str, Row]:
    """As they are kept in the folder; the images are made again for what is checked by hand."""
    do_path(ready, CELL, Silent())
    gone = not ready.setup.run.sets.exists()
    write_sets(ready, [CELL], Silent(), source=True)
    return {row.metric: row for row in read_rows(ready.setup.run, CELL, "path") if gone}


def tuned(ready: Plan) -> nn.Module:
    folder = arm_folder(ready.setup, CELL, "transfer")
    return networks.loaded(networks.fresh(ready.setup, 10, 0), folder / networks.WEIGHTS)


def right(ready: Plan, model: nn.Module, train: np.ndarray, test: Images, labels: np.ndarray) -> float:
    """Accuracy with batch statistics of some images."""
    reestimate(model, train, ready.setup.preprocess, "cpu")
    view = extract(model, test, labels, ready.setup.preprocess, taps=(), head="head", device="cpu")
    return float((view.logits.argmax(1) == labels).mean())


def test_on_the_target_the_fine_tuned_head_judges_both_ends(ready: Plan, rows: dict[str, Row]) -> None:
    setup, end = ready.setup, tuned(ready)
    whole, labels = np.load(setup.run.images(CELL.condition)), setup.labels[setup.pool :]
    train = whole[setup.parts(CELL)[0]]
    start = networks.source(setup)
    start.load_state_dict(with_head_of(start.state_dict(), end.state_dict(), "head"))
    for alpha, model in ((0, start), (1, end)):
        wanted = right(ready, model, train, whole[setup.pool :], labels)
        found = rows[f"accuracy at {alpha}"]
        assert found.value == pytest.approx(wanted)
        assert found.low is not None
        assert found.high is not None
        assert found.low < wanted < found.high
        assert (found.n, found.arm, found.versus, found.probe) == (len(labels), "transfer", "source", "path")


def test_at_home_the_sources_head_judges_both_ends(ready: Plan, rows: dict[str, Row]) -> None:
    setup, start = ready.setup, networks.source(ready.setup)
    train = np.load(setup.run.sets / "source.npy")[: setup.source_train]
    test, labels = open_set(setup.run.held_out), setup.source_labels[setup.held_out]
    end = networks.source(setup)
    end.load_state_dict(with_head_of(tuned(ready).state_dict(), start.state_dict(), "head"))
    for alpha, model in ((0, start), (1, end)):
        assert rows[f"home accuracy at {alpha}"].value == pytest.approx(right(ready, model, train, test, labels))


def test_each_place_has_eleven_points_and_a_barrier_that_is_the_highest_rise(rows: dict[str, Row]) -> None:
    assert len(rows) == 2 * (11 + 11 + 2)
    for before in ("", "home "):
        wrong = [1 - (rows[f"{before}accuracy at {i / 10:g}"].value or 0.0) for i in range(11)]
        rises = [error - ((10 - i) * wrong[0] + i * wrong[10]) / 10 for i, error in enumerate(wrong)]
        found = rows[f"{before}barrier"]
        assert found.value == pytest.approx(max(rises), abs=1e-12)
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= max(rises) <= found.high
        assert rows[f"{before}loss at 0.5"].unit == "nats"


def test_it_is_kept_once(ready: Plan, rows: dict[str, Row]) -> None:
    assert rows
    assert path_found(ready.setup, CELL, "transfer")
    assert not path_found(ready.setup, CELL, "scratch")
    file = ready.setup.run.finding("path", CELL) / "rows.json"
    before = file.stat().st_mtime_ns
    do_path(ready, CELL, Silent())
    assert file.stat().st_mtime_ns == before


def test_without_a_home_the_rows_say_why(ready: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_path, "along", partial(along, alphas=(0.0, 0.5, 1.0)))
    nobody = replace(ready.setup, home=np.empty(0, np.int64))
    found = [row for row in walked(nobody, CELL, "transfer").rows if row.metric.startswith("home")]
    assert [(row.metric, row.value, row.reason[:17]) for row in found] == [("home barrier", None, "nobody said which")]


def test_not_possible_without_weights(ready: Plan, tmp_path: Path) -> None:
    setup = ready.setup
    assert no_path(setup, CELL, "transfer") == ""
    assert "run the same command again with keep: weights" in no_path(setup, CELL, "scratch")
    none = replace(setup, run=RunDir(tmp_path), spec=setup.spec.model_copy(update={"keep": "none"}))
    assert no_path(none, CELL, "transfer").startswith("the run kept no weights; sweep again into another folder")
    with pytest.raises(NotAvailableError, match="kept no weights"):
        do_path(replace(ready, setup=none), CELL, Silent())
