"""What two runs must share to share a folder; what moved is named; a changed arm trains that arm alone."""

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.tiny import tiny_plan, tiny_spec

from shiftprobe.core.errors import RunError
from shiftprobe.core.files import json_bytes
from shiftprobe.core.monitor import Monitor, Silent
from shiftprobe.core.reading import read_json
from shiftprobe.core.types import Cell, Condition
from shiftprobe.engine import execute, preprocessing
from shiftprobe.engine.identity import identity, moved
from shiftprobe.engine.perform import write_sets
from shiftprobe.engine.plan import Given, Plan
from shiftprobe.engine.reopen import reopen
from shiftprobe.engine.setup import Setup


def test_a_preprocessing_that_resolves_otherwise_is_another_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tiny_plan(tmp_path).setup
    monkeypatch.setattr(preprocessing, "FITTED_IMAGES", 7)
    after = tiny_plan(tmp_path).setup
    assert after.preprocess.mean != before.preprocess.mean
    assert after.run.path != before.run.path
    assert moved(before.identity, after.identity) == ["the preprocessing"]


@pytest.mark.parametrize("part", ["source_train", "source_test", "target_train", "target_test"])
def test_every_part_of_the_split_belongs_to_it(part: str, tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path)

    def of(parts: object) -> dict[str, str]:
        return identity(
            ready.setup.spec, source=ready.source, target=ready.target, named=(None, None), parts=parts,  # type: ignore[arg-type] # one that was changed
            preprocess=ready.setup.preprocess, weights=None, device="cpu", dosing=ready.dosing,
        )  # fmt: skip

    fewer = replace(ready.split, **{part: getattr(ready.split, part)[:-1]})
    assert moved(of(ready.split), of(fewer)) == ["which images train and test"]


def test_data_are_their_content_and_by_name_also_the_code_that_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = tiny_plan(tmp_path)

    def of(source: str | None, target: str | None) -> dict[str, str]:
        return identity(
            ready.setup.spec, source=ready.source, target=ready.target, named=(source, target), parts=ready.split,
            preprocess=ready.setup.preprocess, weights=None, device="cpu", dosing=ready.dosing,
        )  # fmt: skip

    bare = of(None, None)
    assert moved(bare, of("digits:mnist", None)) == ["the source's data"]
    assert moved(bare, of(None, "digits:uci")) == ["the target's data"]
    assert of("mine.csv", "nobody:mnist") == bare  # read by no registered origin
    monkeypatch.setattr("shiftprobe.engine.identity._data", lambda *_: [])
    assert moved(bare, of(None, None)) == ["the source's data", "the target's data"]


def test_axes_probes_and_margin_count_for_nothing(tmp_path: Path) -> None:
    first = tiny_plan(tmp_path).setup.run.path
    for wider in (
        {"seeds": 3},
        {"shifts": ["rotation", "gaussian_noise"]},
        {"arms": ["scratch", "transfer", "lp_ft"]},
        {"probes": ["accuracy"]},
        {"compare__margin": 0.02},
    ):
        assert tiny_plan(tmp_path, **wider).setup.run.path == first
    assert tiny_plan(tmp_path, train__epochs=2).setup.run.path != first


HERE = ("identity~0.0", "rotation~0.5")


def done(ready: Plan) -> None:
    def make_sets(cells: Iterable[Cell], monitor: Monitor) -> None:
        write_sets(ready, cells, monitor)

    execute.execute(ready.setup, ready.cells, make_sets, Silent(), 1)


def with_new(setup: Setup, **kinds: dict[str, str]) -> Setup:
    """The same setup after the code of some things has changed."""
    versions = setup.versions
    return replace(
        setup, versions=replace(versions, **{kind: getattr(versions, kind) | new for kind, new in kinds.items()})
    )


def times(ready: Plan) -> dict[str, int]:
    run = ready.setup.run.path
    return {str(path.relative_to(run)): path.stat().st_mtime_ns for path in run.rglob("manifest.json")}


def test_a_changed_arm_trains_that_arm_alone_and_probes_look_again(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path, arms=["scratch", "transfer"], seeds=1, probes=["accuracy", "null_band"])
    done(ready)
    before = times(ready)
    changed = replace(ready, setup=with_new(ready.setup, arms={"scratch": "f" * 64}))
    assert execute.missing(changed.setup, changed.cells) == [cell for cell in ready.cells if cell.seed is not None]
    done(changed)
    again = {path for path, time in times(ready).items() if time != before[path]}
    assert {path for path in again if path.startswith("cells")} == {
        f"cells/{cell.key}/scratch/manifest.json" for cell in ready.cells if cell.seed is not None
    }
    assert {path.split("/")[1] for path in again if path.startswith("probes")} == {"accuracy", "null_band"}


@pytest.mark.parametrize(
    ("kinds", "todo"),
    [
        ({"shifts": {"rotation": "f" * 64}}, {"rotation~0.5", "rotation~0.5~b40~s0"}),
        (
            {"probes": {"accuracy": "f" * 64}},
            {"identity~0.0", "identity~0.0~b40~s0", "rotation~0.5", "rotation~0.5~b40~s0"},
        ),
        ({"arms": {"never_asked": "f" * 64}}, set()),
    ],
    ids=["shift", "probe", "arm that is not used"],
)
def test_what_changed_is_done_again_and_nothing_else(
    kinds: dict[str, dict[str, str]], todo: set[str], ran: Plan
) -> None:
    changed = with_new(ran.setup, **kinds)
    assert {cell.key for cell in execute.missing(changed, ran.cells)} == todo


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A small run up to its tables."""
    ready = tiny_plan(tmp_path_factory.mktemp("runs"), arms=["zero_shot", "scratch"], seeds=1, probes=["accuracy"])
    done(ready)
    return ready


def test_images_that_other_code_left_are_made_again(tmp_path: Path) -> None:
    from shiftprobe.engine.perform import drop_stale_sets

    ready = tiny_plan(tmp_path)
    place = ready.setup.run.images(Condition("rotation", 0.5))
    drop_stale_sets(ready)
    write_sets(ready, ready.cells, Silent())
    right = place.read_bytes()
    np.save(place, np.zeros((3, 3), np.uint8))
    drop_stale_sets(ready)
    assert place.read_bytes() != right  # the same code: taken as it is
    drop_stale_sets(replace(ready, setup=with_new(ready.setup, shifts={"rotation": "f" * 64})))
    write_sets(ready, ready.cells, Silent())
    assert place.read_bytes() == right


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("torch", "got others: torch moved"),
        ("target", "got others: the target's data moved"),
        (None, "the version of shiftprobe moved"),
    ],
)
def test_a_run_that_others_made_is_refused_by_what_moved(part: str | None, words: str, tmp_path: Path) -> None:
    run = tmp_path / "tiny-00000000"
    run.mkdir()
    ready = tiny_plan(tmp_path, arms=["zero_shot", "scratch"], seeds=1, probes=["accuracy"])
    (run / "spec.json").write_bytes(
        json_bytes(tiny_spec(arms=["zero_shot", "scratch"], seeds=1, probes=["accuracy"]).resolved())
    )
    about = {"command": "shiftprobe sweep mine", "identity": {**ready.setup.identity, part: "0"} if part else {}}
    (run / "about.json").write_bytes(json_bytes(about))
    (run / "environment.json").write_bytes(json_bytes({"base": ""}))
    with pytest.raises(
        RunError, match=rf"{words} \(they would make tiny-.*make the run again with: shiftprobe sweep mine"
    ):
        reopen(run, ["accuracy"], Given())
    assert read_json(run / "about.json") == about
    shutil.rmtree(run)
