"""The disk that a run needs: told before it begins, and a run that would not find it is refused then."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.errors import ResourceError
from shiftprobe.core.escape import escape
from shiftprobe.core.types import UNSHIFTED, Cell
from shiftprobe.core.words import in_units
from shiftprobe.engine.home import source_made
from shiftprobe.engine.networks import WEIGHTS, fresh
from shiftprobe.engine.run_probes import found_in_run
from shiftprobe.engine.setup import Setup

MAX_SET_BYTES = 4 * 2**30  # of shifted images on disk at a time
ANSWER_BYTES = 24  # of one look at one image, compressed: answer, confidence, likelihood, rank
LINE_BYTES = 60  # of it in predictions.csv, which holds at most so many bytes:
MAX_LINES_BYTES = 50_000_000
ARM_BYTES = 15_000  # of an arm in a cell: curves, checksums, rows of every probe, here and in the tables
IMAGE_BYTES = 130  # of one image by name: images.csv, trained.json, flips
PAGE_BYTES = 1_000_000  # of the page and the pictures beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """Bytes that a run will write."""

    weights: int  # kept, at most: of each training after its last and its best epoch
    images: int  # as the network meets them, while it runs; removed at the end
    rest: int = 0  # about: answers, rows, tables, the page, networks that no cell trains


def in_parts(setup: Setup, todo: Sequence[Cell]) -> list[list[Cell]]:
    """The cells in parts whose shifted sets fill at most `MAX_SET_BYTES` of disk together, a set never in two parts."""
    most = max(1, MAX_SET_BYTES // _set_bytes(setup) - 1)  # one more is the unshifted target, which stays
    places = list(dict.fromkeys((cell.shift, cell.severity) for cell in todo))
    part_of = {place: i // most for i, place in enumerate(places)}
    parts: list[list[Cell]] = [[] for _ in range(1 + max(part_of.values()))]
    for cell in todo:
        parts[part_of[cell.shift, cell.severity]].append(cell)
    return parts


def disk_of(setup: Setup, cells: Iterable[Cell], todo: Iterable[Cell]) -> Disk:
    """What the missing cells of a run, and its probes of the whole run, will write.

    Args:
        setup: the resolved spec.
        cells: all cells of the spec.
        todo: those that are not finished.
    """
    cells, open_cells = list(cells), list(todo)
    size = sum(value.nbytes for value in fresh(setup, len(setup.classes), 0).state_dict().values())
    kept = setup.spec.keep == "weights"
    weights = 2 * size * len(untrained(setup, open_cells)) if kept else 0
    whole = any(not found_in_run(setup, probe, cells) for probe in setup.run_probes)
    rest = _rest(setup, cells, open_cells, size if kept else 0) if open_cells else 0
    return Disk(weights=weights, images=_image_bytes(setup, cells if whole else open_cells), rest=rest)


def _rest(setup: Setup, cells: Sequence[Cell], todo: Sequence[Cell], network: int) -> int:
    """What a run writes beside weights of trainings: per arm and cell, per look and image, and once.

    Args:
        setup: the resolved spec.
        cells: all cells of the spec; the tables hold every one of them.
        todo: those that are not finished.
        network: bytes of one network; 0 where none are kept.
    """
    test = len(setup.labels) - setup.pool
    still = sum(len(setup.arms_of(cell)) for cell in todo if cell.seed is None)
    trained = sum(len(setup.arms_of(cell)) for cell in todo if cell.seed is not None)
    looks = sum(len(setup.arms_of(cell)) * (1 if cell.seed is None else 2) for cell in cells)
    source = 0 if source_made(setup) else network
    lines = min(MAX_LINES_BYTES, looks * test * LINE_BYTES)
    answers = (still + 2 * trained) * test * ANSWER_BYTES
    named = (len(setup.labels) + len(setup.source_labels)) * IMAGE_BYTES
    return source + still * network + (still + trained) * ARM_BYTES + answers + lines + named + PAGE_BYTES


def untrained(setup: Setup, cells: Iterable[Cell]) -> list[tuple[Cell, str]]:
    """The trainings of some cells whose weights are not there."""
    asked = ((cell, arm) for cell in cells if cell.seed is not None for arm in setup.arms_of(cell))
    return [(cell, arm) for cell, arm in asked if not (setup.run.cell(cell) / arm / WEIGHTS).exists()]


def check_disk(setup: Setup, needed: Disk) -> None:
    """Refuse a run that would fill the disk.

    Raises:
        ResourceError: with what is needed and what is free.
    """
    place = next(path for path in (setup.run.path, *setup.run.path.resolve().parents) if path.is_dir())
    free = shutil.disk_usage(place).free
    if needed.weights + needed.images > free:
        raise ResourceError(
            f"{escape(setup.run.path.parent)}: wanted {in_units(needed.images)} for images and "
            f"{in_units(needed.weights)} for weights, got {in_units(free)} free; free some, choose another place with "
            "--out, lower model.preprocess.size, or set keep to none"
        )


def _set_bytes(setup: Setup) -> int:
    return len(setup.labels) * _image_size(setup)


def _image_size(setup: Setup) -> int:
    return setup.preprocess.size**2 * setup.preprocess.channels


def _image_bytes(setup: Setup, cells: Sequence[Cell]) -> int:
    """The largest part's sets and the source's, without what is there already."""
    there = _names(setup.run.sets)
    source = 0 if source_made(setup) else len(setup.source_labels)
    sets = {setup.run.held_out: len(setup.held_out), setup.run.sets / "source.npy": source}
    needed = sum(_image_size(setup) * count for path, count in sets.items() if path.name not in there)
    parts = [{cell.condition for cell in part} | {UNSHIFTED} for part in (in_parts(setup, cells) if cells else [])]
    missing = ([one for one in part if setup.run.images(one).name not in there] for part in parts)
    return needed + _set_bytes(setup) * max(map(len, missing), default=0)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.npy")}
