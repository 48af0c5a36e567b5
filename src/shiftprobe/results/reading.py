"""The JSON files of a run folder -> typed results; what does not fit is refused with the key it stands under."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.checksums import check_file, check_kept, check_own, is_kept
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.types import Cell
from shiftprobe.results.about import About, Environment
from shiftprobe.results.gallery import Galleries, Gallery
from shiftprobe.results.home import at_home
from shiftprobe.results.model import Curve, SourceAccuracy, Summary
from shiftprobe.results.run_folder import GROUPS, RunDir
from shiftprobe.spec.schema import Spec, arm_cells

T = TypeVar("T")


def read_as(kind: type[T], path: Path) -> T:
    """A JSON file as an instance of a class; keys that the class does not know are left out.

    Raises:
        RunError: when the file is missing, not as it was written, is no JSON, or holds something else.
    """
    check_file(path)
    try:
        data = json.loads(path.read_bytes(), parse_constant=_refuse)
    except FileNotFoundError:
        raise RunError(
            f"{escape(path)}: wanted a run's table, got no such file; `shiftprobe report` rebuilds it"
        ) from None
    except ValueError as error:
        raise RunError(f"{escape(path)}: wanted JSON, got: {escape(error)}; `shiftprobe report` rebuilds it") from None
    return checked(kind, data, path)


def checked(kind: type[T], data: object, path: Path) -> T:
    """Plain data as an instance of a class.

    Raises:
        RunError: when it does not fit; `path` is where it was read.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(
            f"{escape(path)}: {escape(where)}: {escape(first['msg'])}; `shiftprobe report` rebuilds the tables"
        ) from None


def read_summary(path: Path) -> Summary:
    """The summary in a run folder; one made before it was asked which images trained a checkpoint loses its home."""
    found = read_as(Summary, path / "summary.json")
    brought = _brought(RunDir(path)) if found.source_accuracy is not None else None
    if not brought or not (path / "spec.json").exists():
        return found
    said = read_as(dict[str, Any], path / "spec.json").get("source", {}).get("trained")
    home = at_home(found.source_accuracy, None if said is None else tuple(said), brought=brought)
    if home.accuracy is not None:
        return found
    return replace(found, source_accuracy=None, source_trained=home.trained, source_reason=home.reason)


def read_environment(path: Path) -> Environment:
    """Where the numbers of a run folder were made."""
    file = path / "environment.json"
    check_own(read_as(dict[str, Any], file), file)
    return read_as(Environment, file)


def read_curves(path: Path) -> tuple[Curve, ...]:
    """Every training of a run folder; none where it keeps none."""
    file = path / "curves.json"
    check_file(file)  # also one that is gone
    return read_as(tuple[Curve, ...], file) if file.exists() else ()


def read_galleries(path: Path) -> tuple[Gallery, ...]:
    """Largest budget first; none when the run kept no gallery."""
    file = path / "gallery" / "gallery.json"
    check_kept(file.parent)
    found = read_as(Galleries, file).galleries if file.exists() else ()
    return tuple(sorted(found, key=lambda one: (-(one.budget or 0), one.severity, one.shift)))


def read_spec(path: Path) -> Spec:
    """What was asked of the run in a folder.

    Raises:
        RunError: when the file is missing, is no JSON, or holds something else.
    """
    return read_as(Spec, path / "spec.json")


def read_about(path: Path) -> About:
    """What planning found out about the run in a folder."""
    found = read_as(About, path / "about.json")
    return found if found.source_brought is not None else replace(found, source_brought=_brought(RunDir(path)))


def _brought(run: RunDir) -> bool | None:
    """Whether the weights came from elsewhere: a source that was trained here keeps its losses."""
    path = run.source / "about.json"
    check_kept(run.source)
    return not read_as(dict[str, object], path).get("loss") if path.exists() else None


def read_groups(run: RunDir) -> NDArray[np.int64] | None:
    """Which test images count as one draw, (N,) numbers; None where all are independent."""
    path = run.path / GROUPS
    check_file(path)  # also one that is gone: without it all images would count as independent
    return np.array(read_as(tuple[int, ...], path), np.int64) if path.exists() else None


def read_source_accuracy(run: RunDir) -> SourceAccuracy | None:
    """The checkpoint's accuracy on its own test images; None where there are none."""
    path = run.source / "about.json"
    check_kept(run.source)
    found = read_as(dict[str, object], path)["accuracy"] if path.exists() else None
    return None if found is None else checked(SourceAccuracy, found, path)


def read_trained(run: RunDir, spec: Spec) -> tuple[dict[tuple[Cell, str], dict[str, str]], list[Curve]]:
    """What every trained arm says of itself: the hashes that pair it with others, and its training."""
    pairing: dict[tuple[Cell, str], dict[str, str]] = {}
    curves = []
    for cell in arm_cells(spec):
        for arm in spec.arms:
            folder = run.cell(cell) / arm
            if not is_kept(folder):
                continue
            about = read_as(dict[str, Any], folder / "about.json")
            pairing[cell, arm] = about["pairing"]
            if "lr" in about:
                here = {"shift": cell.shift, "severity": cell.severity, "budget": cell.budget, "seed": cell.seed}
                curves.append(checked(Curve, {**about, **here, "arm": arm}, folder / "about.json"))
    return pairing, curves


def _refuse(constant: str) -> float:
    raise ValueError(f"the number {constant}")
