"""Cells are counted by their markers: against a count of another kind, and in folders that do not say what belongs."""

from pathlib import Path

import numpy as np
import pytest
from tests.results.made_folders import ARMS, PROBES, fail, keys, plan, put, put_whole

from shiftprobe.core.errors import RunError
from shiftprobe.results.cells_made import CellsMade, cells_made
from shiftprobe.results.planned import read_cell_parts
from shiftprobe.results.reading import read_spec
from shiftprobe.results.run_folder import RunDir


def counted(path: Path) -> CellsMade:
    return cells_made(RunDir(path), read_spec(path), read_cell_parts(path))


def by_walking(path: Path) -> tuple[set[str], set[str]]:
    """Keys of the whole cells, and of the failed ones, from a listing of all files."""
    files = {str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()}
    failed = {name[len("cells/") : -len(".error.txt")] for name in files if name.endswith(".error.txt")}
    whole = set()
    for key in keys():
        arms = ARMS if "~s" in key else ("zero_shot",)
        wanted = {f"cells/{key}/{arm}/manifest.json" for arm in arms}
        wanted |= {f"probes/{probe}/{key}/manifest.json" for probe in PROBES}
        if wanted <= files and key not in failed:
            whole.add(key)
    return whole, failed


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_a_listing_of_every_file(seed: int, tmp_path: Path) -> None:
    path, draw = plan(tmp_path / "run"), np.random.default_rng(seed)
    for key in keys():
        fate = draw.random()
        if fate < 0.5:
            put_whole(path, key)
        for part in (*ARMS, *PROBES):
            if draw.random() < 0.5:
                put(path, key, part)
        if draw.random() < 0.2:
            fail(path, key, "ValueError: no")
    made, (whole, failed) = counted(path), by_walking(path)
    assert {one.cell.key for one in made.cells} == set(keys())
    assert {one.cell.key for one in made.cells if one.whole} == whole
    assert {one.cell.key for one in made.cells if one.failed is not None} == failed
    how_far = made.unfinished
    assert (how_far is None) == (whole | failed == set(keys()))
    if how_far is not None:
        assert (how_far.done, how_far.failed, how_far.planned) == (len(whole), len(failed), len(keys()))


def test_a_probe_of_the_whole_run_must_have_looked(tmp_path: Path) -> None:
    path = plan(tmp_path / "run", run=["umap"])
    for key in keys():
        put_whole(path, key)
    how_far = counted(path).unfinished
    assert how_far is not None
    assert (how_far.done, how_far.planned, how_far.probes) == (8, 8, ("umap",))
    (path / "probes" / "umap" / "run").mkdir(parents=True)
    (path / "probes" / "umap" / "run" / "manifest.json").touch()
    assert counted(path).finished


def test_without_arms_no_cell_with_a_seed_is_waited_for(tmp_path: Path) -> None:
    path = plan(tmp_path / "run")
    (path / "about.json").write_text('{"cell_parts": {"checkpoint": {"probes": ["cka"]}, "arms": {"probes": []}}}')
    assert [one.cell.key for one in counted(path).cells] == ["identity~0.0", "rotation~0.5"]


def test_a_folder_that_does_not_say_is_whole_where_a_cell_has_what_others_of_its_sort_have(tmp_path: Path) -> None:
    path = plan(tmp_path / "run", parts=False)
    for key in keys()[:-1]:
        put_whole(path, key)
    put(path, keys()[-1], "scratch")
    made = counted(path)
    assert [one.cell.key for one in made.cells if not one.whole] == keys()[-1:]
    put_whole(path, keys()[-1])
    assert counted(path).finished


def test_names_that_lead_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    path = plan(tmp_path / "run")
    (path / "about.json").write_text('{"cell_parts": {"checkpoint": {}, "arms": {"arms": ["../../elsewhere"]}}}')
    with pytest.raises(RunError, match=r"about.json: arms: .*elsewhere"):
        read_cell_parts(path)


def test_what_is_no_regular_file_is_no_marker(tmp_path: Path) -> None:
    path = plan(tmp_path / "run")
    for key in keys():
        put_whole(path, key)
    marker = path / "probes" / "cka" / "identity~0.0" / "manifest.json"
    marker.rename(path / "elsewhere.json")
    marker.symlink_to(path / "elsewhere.json")
    assert not counted(path).finished
