"""Every thing's version moves with every file that it executes, traced while it runs, and with no other's."""

import ast
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from tests.tiny import tiny_plan, write_images

from shiftprobe.core.registry import Registry
from shiftprobe.core.types import Cell
from shiftprobe.data import load
from shiftprobe.data.origins import ORIGINS
from shiftprobe.engine import run_probes
from shiftprobe.engine.cell import make_arm
from shiftprobe.engine.code_version import LOOKS, READS, ROOT, SHIFTS_IMAGES, TRAINS, foreign, version, version_of
from shiftprobe.engine.networks import source
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.shifted_sets import Dose, shifted
from shiftprobe.engine.source_model import make_source
from shiftprobe.engine.source_tree import registered
from shiftprobe.probes import PROBES
from shiftprobe.shifts import SHIFTS, find
from shiftprobe.shifts.toward import TOWARD
from shiftprobe.train.arms import ARMS

RGB = [np.random.default_rng(i).integers(0, 256, (24, 24, 3), dtype=np.uint8) for i in range(4)]
QUICK = ("accuracy", "calibration", "cka", "distance", "domain", "linear", "null_band", "similarity", "transferability")
CELL, LOOK = Cell("rotation", 0.5, 40, 0), Cell("rotation", 0.5)


@contextmanager
def executed() -> Iterator[set[Path]]:
    """The files of ours whose functions run meanwhile; the bodies of modules and classes do not count."""
    found: set[Path] = set()
    names: set[str] = set()
    ours = f"{ROOT}{os.sep}"

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(ours) and not code.co_name.startswith("<module"):
            names.add(code.co_filename)

    sys.settrace(note)  # it hands back no tracer of lines: calls alone are told
    try:
        yield found
    finally:
        sys.settrace(None)
        found |= {Path(name).relative_to(ROOT) for name in names}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our package, to be changed."""
    return Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("tree") / "shiftprobe"))


@cache
def with_another_number(text: str) -> str | None:
    """A source with one of its numbers changed; None where it holds none that does anything."""
    lines, tree = text.splitlines(keepends=True), ast.parse(text)
    skipped = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.Raise) for inner in ast.walk(node)}
    skipped |= {id(inner) for node in tree.body if registered(node) for inner in ast.walk(node)}
    spots = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and type(node.value) in {int, float, bool} and id(node) not in skipped
    ]  # fmt: skip
    if not spots:
        return None
    spot, line = spots[0], lines[spots[0].lineno - 1].encode()
    lines[spot.lineno - 1] = (line[: spot.col_offset] + b"77" + line[spot.end_col_offset :]).decode()
    return "".join(lines)


@contextmanager
def changed(file: Path) -> Iterator[bool]:
    """The file with one of its numbers changed; False where it holds none that does anything."""
    text = file.read_text()
    other = with_another_number(text)
    file.write_text(other or text)
    try:
        yield other is not None
    finally:
        file.write_text(text)


def check(copy: Path, ran: set[Path], of: Callable[[Path], str]) -> None:
    """A changed number in any file that ran moves the version."""
    before = of(copy)
    assert ran
    for file in sorted(ran):
        with changed(copy / file) as touched:
            assert not touched or of(copy) != before, f"{file} ran, and moves nothing"
    assert of(copy) == before


@pytest.mark.parametrize("name", SHIFTS)
def test_a_shift_moves_with_every_file_it_executes(name: str, copy: Path) -> None:
    with executed() as ran:
        shifted(RGB, [0, 1], Dose(find(name), 0.5, 0))
    check(copy, ran, lambda root: version_of(SHIFTS, name, SHIFTS_IMAGES, root))


@pytest.mark.parametrize("name", TOWARD)
def test_a_shift_towards_images_moves_with_every_file_it_executes(name: str, copy: Path) -> None:
    with executed() as ran:
        shifted(RGB, [0, 1], Dose(TOWARD[name](RGB[2:]), 0.5, 0))
    check(copy, ran, lambda root: version_of(TOWARD, name, SHIFTS_IMAGES, root))


def planned(out: Path, *arms: str) -> Plan:
    """A run with its images and its source, and nothing else."""
    plan = tiny_plan(out, arms=arms, probes=list(QUICK), seeds=2, target__test=0.1, source__images=100)
    write_images(plan)
    make_source(plan.setup)
    return plan


@pytest.fixture(scope="module")
def armed(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("runs"), *ARMS)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("runs"), "scratch", "transfer", "zero_shot")


@pytest.mark.parametrize("name", ARMS)
def test_an_arm_moves_with_every_file_it_executes(name: str, armed: Plan, copy: Path) -> None:
    scopes = armed.setup.arms
    assert name in scopes, f"{name} does not apply to the tiny run; give it one"
    with executed() as ran:
        make_arm(armed.setup, LOOK if scopes[name] == "checkpoint" else CELL, name, source(armed.setup))
    check(copy, ran, lambda root: version_of(ARMS, name, TRAINS, root))


@pytest.mark.parametrize("name", QUICK)
def test_a_probe_moves_with_every_file_it_executes(name: str, ready: Plan, copy: Path) -> None:
    with executed() as ran:
        if PROBES[name].scope == "run":
            assert not run_probes.observe_run(ready.setup, name, ready.cells, lambda _: None)
        else:
            evidence = run_probes._evidence(ready.setup, LOOK if PROBES[name].scope == "checkpoint" else CELL)
            assert not run_probes._look(name, evidence, evidence.cell)[1]
    ran -= {Path(*ARMS.home(arm).split(".")[1:]).with_suffix(".py") for arm in ARMS}  # each has a version beside it
    check(copy, ran, lambda root: version_of(PROBES, name, LOOKS, root))


def folder_of(where: Path) -> str:
    from PIL import Image

    lines = ["path,label"]
    for i in range(8):
        place = where / "photos" / f"class{i % 2}" / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(RGB[i % 4] // (1 + i)).save(place)
        lines.append(f"photos/class{i % 2}/{i}.png,class{i % 2}")
    (where / "photos.csv").write_text("\n".join(lines))
    return "folder:photos"


def manifest_of(where: Path) -> str:
    folder_of(where)
    return "csv:photos.csv"


def idx_of(where: Path) -> str:
    from tests.data.test_idx import write

    write(where / "idx")
    return "idx:idx"


ORIGIN = {"digits": lambda _: "digits:uci", "folder": folder_of, "csv": manifest_of, "idx": idx_of}


@pytest.mark.parametrize("name", ORIGIN)
def test_an_origin_moves_with_every_file_it_executes(name: str, tmp_path: Path, copy: Path) -> None:
    asked = ORIGIN[name](tmp_path)
    with executed() as ran:
        load(asked, tmp_path)
    check(copy, ran, lambda root: version_of(ORIGINS, name, READS, root))


KINDS: list[tuple[Registry[Any], str, tuple[str, ...]]] = [
    (SHIFTS, "rotation", SHIFTS_IMAGES), (ARMS, "transfer", TRAINS), (PROBES, "cka", LOOKS), (ORIGINS, "digits", READS),
]  # fmt: skip


@pytest.mark.parametrize(("registry", "name", "runs"), KINDS, ids=["shift", "arm", "probe", "origin"])
def test_a_new_file_that_nothing_uses_moves_nothing(
    registry: Registry[Any], name: str, runs: tuple[str, ...], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(ROOT, tmp_path / "shiftprobe"))
    before = version_of(registry, name, runs, copy)
    for folder in ("shifts", "train/arms", "probes", "data", "metrics", "engine"):
        (copy / folder / "brand_new.py").write_text("from shiftprobe.train.loop import fit\n\nRATE = 3\n")
    again = Path(shutil.copytree(copy, tmp_path / "again"))  # who imports whom is read once per place
    assert version_of(registry, name, runs, again) == before == version_of(registry, name, runs)


def test_a_changed_arm_moves_that_arm_alone(copy: Path) -> None:
    def all_of() -> dict[str, str]:
        return {name: version_of(ARMS, name, TRAINS, copy) for name in ARMS} | {"training": version(TRAINS, copy)}

    before = all_of()
    file = copy.joinpath(*ARMS.home("mean_var").removeprefix("shiftprobe.").split(".")).with_suffix(".py")
    text = file.read_text()
    file.write_text(text + "\nSPREAD = 2.0\n")
    after = all_of()
    file.write_text(text)
    assert {name for name in before if before[name] != after[name]} == {"mean_var"}


def test_other_peoples_code_counts_with_every_file_of_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "their_shifts"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "deep.py").write_text("RATE = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    __import__("their_shifts.deep")
    before = foreign("their_shifts.deep")
    (package / "helper.py").write_text("RATE = 2\n")
    assert foreign("their_shifts.deep") != before
