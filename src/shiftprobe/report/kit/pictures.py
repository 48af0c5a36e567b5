"""Arrays that probes left for pictures, read back."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.arrays import read_arrays
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape, visible
from shiftprobe.core.types import Cell, Condition
from shiftprobe.results.findings import ARRAYS

MAPS = ("umap", "pca")
MAX_POINTS = 200_000  # of an embedding
MAX_MAPPED = 4  # shifts whose attribution maps the page shows

Arrays = Mapping[str, NDArray[Any]]

Bins = tuple[tuple[float, float, float], ...]
"""Per bin of confidence: images, the sum of their confidence, how many of them are right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """Points of several domains in the plane; every array has a row per point."""

    maps: dict[str, NDArray[np.float32]]  # (n, 2) by name
    label: NDArray[np.int64]
    domain: NDArray[np.int64]  # index into `domains`
    domains: tuple[str, ...]
    image: NDArray[np.int64]  # place among its domain's images; the same image has the same place in every dose
    right: dict[str, NDArray[np.int64]]  # by arm: 1 right, 0 wrong, -1 not known
    pictures: Mapping[int, bytes] = field(
        default_factory=dict
    )  # of some points, the most wanted first; not yet looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """All that probes left for pictures."""

    embedding: Embedding | None = None
    pairs: Mapping[Condition, "Pairs"] = field(default_factory=dict)  # of taps, by dose
    moved: Mapping[Condition, tuple[tuple[str, float], ...]] = field(default_factory=dict)  # classes, by dose
    maps: Mapping[Cell, Arrays] = field(default_factory=dict)
    bins: Mapping[Condition, Bins] = field(default_factory=dict)  # of confidence, by dose


def read_embedding(path: Path) -> Embedding | None:
    """What the probe `umap` left; None where it did not look or found nothing to draw.

    Raises:
        RunError: when the file holds something else.
    """
    try:
        found = read_arrays(path)
        maps = {name: found[name].astype(np.float32) for name in MAPS if name in found}
        right = {
            name.removeprefix("right_"): found[name].astype(np.int64) for name in found if name.startswith("right_")
        }
        whole = Embedding(
            maps=maps,
            label=found["label"].astype(np.int64),
            domain=found["domain"].astype(np.int64),
            domains=tuple(visible(str(one)) for one in found["domains"]),
            image=found["image"].astype(np.int64),
            right=right,
            pictures=_pictures(found),
        )
        _check_points(whole)
    except FileNotFoundError:
        return None
    except (KeyError, ValueError) as error:
        raise RunError(
            f"{escape(path)}: wanted an embedding, got: {escape(error)}; remove it and run probe umap"
        ) from None
    return whole if whole.maps and len(whole.label) else None


def _check_points(found: Embedding) -> None:
    """Refuse arrays that are not about the same points."""
    n = len(found.label)
    flat = (found.label, found.domain, found.image, *found.right.values())
    if (
        n > MAX_POINTS
        or any(one.shape != (n,) for one in flat)
        or any(one.shape != (n, 2) for one in found.maps.values())
    ):
        raise ValueError(f"arrays of other points, or more than {MAX_POINTS:,}")
    if n and not (found.domain.min() >= 0 and found.domain.max() < len(found.domains) and found.label.min() >= 0):
        raise ValueError("a domain or a class that is none")
    if not all(np.isfinite(one).all() for one in found.maps.values()):
        raise ValueError("points at infinity")


def _pictures(arrays: Arrays) -> dict[int, bytes]:
    """Bytes of pictures by the point that they show; none in a run from before there were any."""
    if "pictures" not in arrays:
        return {}
    content, ends = arrays["pictures"].astype(np.uint8).tobytes(), arrays["picture_ends"].tolist()
    spans = zip([0, *ends[:-1]], ends, arrays["pictured"].tolist(), strict=True)
    return {int(point): content[start:end] for start, end, point in spans if 0 <= point < len(arrays["label"])}


@dataclass(frozen=True, slots=True)
class Pairs:
    """CKA of every tap before the shift (rows) with every tap after it (columns)."""

    taps: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]


def read_pairs(path: Path, doses: Iterable[Condition]) -> dict[Condition, Pairs]:
    """Per dose, all pairs of taps as the probe `cka` left them; nothing where it did not look."""
    found = {}
    for place in doses:
        arrays = _some(path / place.key)
        with suppress(KeyError, ValueError, TypeError):  # a picture less; the numbers of single taps stand in the table
            rows = tuple(tuple(map(float, row)) for row in arrays["pairs"])
            taps = tuple(visible(str(one)) for one in arrays["taps"])
            if len(rows) == len(taps) and all(len(row) == len(taps) and np.isfinite(row).all() for row in rows):
                found[place] = Pairs(taps, rows)
    return found


def read_moved(
    path: Path, doses: Iterable[Condition], classes: Sequence[str]
) -> dict[Condition, tuple[tuple[str, float], ...]]:
    """Per dose, how far each class's features move (mean 1 - cosine), as the probe `similarity` left it."""
    found = {}
    for place in doses:
        arrays = _some(path / place.key) if place.severity > 0 else {}
        with suppress(KeyError, ValueError, TypeError, IndexError):  # a picture less; the numbers stand in the table
            moved = zip(arrays["classes_seen"].tolist(), arrays["moved_by_class"].tolist(), strict=True)
            found[place] = tuple((classes[i], float(one)) for i, one in moved)
    return found


def read_maps(path: Path, doses: Iterable[Condition], budget: int | None, seed: int | None) -> dict[Cell, Arrays]:
    """What the probe `attribution` left of some doses: with the checkpoint alone, and with one seed's arms."""
    cells = [
        cell
        for place in doses
        for cell in (Cell(place.shift, place.severity), Cell(place.shift, place.severity, budget, seed))
    ]
    found = {cell: _some(path / cell.key) for cell in cells}
    return {cell: arrays for cell, arrays in found.items() if arrays}


def read_bins(path: Path, doses: Iterable[Condition]) -> dict[Condition, Bins]:
    """Per dose, what the probe `calibration` counted for the untouched checkpoint."""
    found = {}
    for place in doses:
        with suppress(KeyError, ValueError, TypeError):  # a picture less; the numbers stand in the table
            bins = _some(path / place.key)["zero_shot_bins"]
            found[place] = tuple((float(n), float(sure), float(right)) for n, sure, right in bins)
    return found


def _some(folder: Path) -> Arrays:
    """What a probe left for a picture; nothing where it left none, or nothing that can be read."""
    try:
        return read_arrays(folder / ARRAYS)
    except (FileNotFoundError, RunError):
        return {}
