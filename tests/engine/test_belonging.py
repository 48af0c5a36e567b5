"""Folders of a run that were copied from another cell or run are not taken for its own."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.tiny import tiny_plan

from shiftprobe.core.files import json_bytes, write_folder
from shiftprobe.core.types import Cell
from shiftprobe.engine.belonging import is_of, place
from shiftprobe.engine.cell import finished
from shiftprobe.engine.home import source_about, source_made
from shiftprobe.engine.run_probes import _about, _about_run, found, found_in_run
from shiftprobe.engine.setup import Setup
from shiftprobe.results.run_folder import RunDir

ONE, OTHER = Cell("rotation", 0.5, 40, 0), Cell("rotation", 0.5, 40, 1)


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return tiny_plan(tmp_path).setup


def test_what_is_unsaid_by_an_earlier_version_is_not_asked_and_everything_else_is() -> None:
    wanted = {**place(RunDir(Path("runs/a")), ONE), "code": "1"}
    assert wanted == {"run": "a", "cell": ONE.key, "code": "1"}
    assert place(RunDir(Path("runs/a"))) == {"run": "a"}
    for said in ({}, {"run": "a"}, {"cell": ONE.key}, {"run": "a", "cell": ONE.key, "more": 1}):
        assert is_of({"code": "1", **said}, wanted)
    for said in ({"code": "2"}, {}, {"code": "1", "cell": OTHER.key}, {"code": "1", "run": "b"}):
        assert not is_of(said, wanted)


def test_the_arm_of_another_seed_is_not_taken(setup: Setup) -> None:
    about = {**place(setup.run, ONE), "arm": "scratch", "code": setup.versions.of_arm(ONE, "scratch")}
    write_folder(setup.run.cell(ONE) / "scratch", {"about.json": b"{}"}, about)
    assert finished(setup, ONE, "scratch")
    shutil.copytree(setup.run.cell(ONE) / "scratch", setup.run.cell(OTHER) / "scratch")
    shutil.copytree(setup.run.cell(ONE) / "scratch", setup.run.cell(ONE) / "transfer")
    assert setup.versions.of_arm(ONE, "scratch") == setup.versions.of_arm(OTHER, "scratch")
    assert not finished(setup, OTHER, "scratch")
    assert not finished(setup, ONE, "transfer")


def test_the_finding_of_another_seed_or_run_is_not_taken(setup: Setup, tmp_path: Path) -> None:
    write_folder(setup.run.finding("accuracy", ONE), {"rows.json": json_bytes([])}, _about(setup, "accuracy", ONE))
    assert found(setup, "accuracy", ONE)
    shutil.copytree(setup.run.finding("accuracy", ONE), setup.run.finding("accuracy", OTHER))
    assert not found(setup, "accuracy", OTHER)
    elsewhere = replace(setup, run=RunDir(tmp_path / "other-run"))
    shutil.copytree(setup.run.path, elsewhere.run.path)
    assert not found(elsewhere, "accuracy", ONE)
    write_folder(setup.run.of_run("null_band"), {"rows.json": json_bytes([])}, _about_run(setup, "null_band", [ONE]))
    assert found_in_run(setup, "null_band", [ONE])
    shutil.copytree(setup.run.of_run("null_band"), elsewhere.run.of_run("null_band"))
    assert not found_in_run(elsewhere, "null_band", [ONE])


def test_the_source_of_another_run_is_not_taken(setup: Setup, tmp_path: Path) -> None:
    write_folder(setup.run.source, {"about.json": b"{}"}, source_about(setup))
    assert source_made(setup)
    elsewhere = replace(setup, run=RunDir(tmp_path / "other-run"))
    shutil.copytree(setup.run.source, elsewhere.run.source)
    assert not source_made(elsewhere)
