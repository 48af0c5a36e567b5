"""The JSON files of a run folder -> typed results; what does not fit is refused with the key it stands under.

A run folder is read here and in `findings`, through the door of `core/reading.py`: anybody may have made it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.checksums import check_file, check_own, is_kept
from shiftprobe.core.errors import RunError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import is_there, read_json, read_shown
from shiftprobe.core.types import Cell
from shiftprobe.results.about import About, Environment
from shiftprobe.results.checked import OF_ANOTHER, advice_for, checked
from shiftprobe.results.command import rebuilt
from shiftprobe.results.gallery import Galleries, Gallery
from shiftprobe.results.home import at_home
from shiftprobe.results.machine import MachineKind
from shiftprobe.results.model import Curve, SourceAccuracy, Summary
from shiftprobe.results.run_folder import GROUPS, PAIRED_BY, RunDir
from shiftprobe.results.summary_file import VERSION
from shiftprobe.spec.extent import check_extent, check_plain
from shiftprobe.spec.loading import explain
from shiftprobe.spec.schema import Spec

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """What made a run, as far as another version may still ask for it."""

    command: str = ""
    identity: Mapping[str, str] = field(default_factory=dict)  # a digest per part; empty in older folders


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    """What an environment says that only planning asks."""

    base: str = ""


def read_as(kind: type[T], path: Path) -> T:
    """A JSON file as an instance of a class, its text printable; keys that the class does not know are left out.

    Raises:
        RunError: when the file is missing, not as it was written, is no JSON, or holds something else.
    """
    return _read(kind, path, read_shown)


def _as_it_is(kind: type[T], path: Path) -> T:
    """As `read_as`, every character of its text as it stands: names and paths that data are found by."""
    return _read(kind, path, read_json)


def _read(kind: type[T], path: Path, read: Callable[[Path], object]) -> T:
    check_file(path)
    try:
        return checked(kind, read(path), path)
    except FileNotFoundError:
        raise RunError(f"{escape(path)}: wanted a file of a run, got no such file; {advice_for(path)}") from None


def read_summary(path: Path) -> Summary:
    """The summary in a run folder; one made before it was asked which images trained a checkpoint loses its home.

    Raises:
        RunError: when it is missing, is no JSON, another version's, or holds something else.
    """
    file = path / "summary.json"
    whole = read_as(dict[str, Any], file)
    if (version := whole.get("version", VERSION)) not in range(1, VERSION + 1):
        raise RunError(
            f"{escape(file)}: wanted version {VERSION} or earlier, got {escape(version)}; read it with the shiftprobe "
            "that made it, or let `shiftprobe report` rebuild it"
        )
    found = checked(Summary, whole, file)
    _check_names(found.arms, found.shifts, file)
    found = replace(found, command=rebuilt(found.command))
    brought = _brought(RunDir(path)) if found.source_accuracy is not None else None
    if not brought or not is_there(path / "spec.json"):
        return found
    said = read_spec(path).source.trained
    home = at_home(found.source_accuracy, said, brought=brought)
    if home.accuracy is not None:
        return found
    return replace(found, source_accuracy=None, source_trained=home.trained, source_reason=home.reason)


def _check_names(arms: tuple[str, ...], shifts: tuple[str, ...], path: Path, probes: tuple[str, ...] = ()) -> None:
    """Refuse names that would lead out of the folder, or that no terminal should see."""
    try:
        for key, names in (("arms", arms), ("shifts", shifts), ("probes", probes)):
            check_plain(names, key)
    except SpecError as error:
        raise RunError(f"{escape(path)}: {error}") from None


def read_environment(path: Path) -> Environment:
    """Where the numbers of a run folder were made."""
    file = path / "environment.json"
    check_own(read_as(dict[str, Any], file), file)
    return read_as(Environment, file)


def read_curves(path: Path) -> tuple[Curve, ...]:
    """Every training of a run folder; none where it keeps none."""
    file = path / "curves.json"
    check_file(file)  # also one that is gone
    return read_as(tuple[Curve, ...], file) if is_there(file) else ()


def read_galleries(path: Path) -> tuple[Gallery, ...]:
    """Largest budget first; none when the run kept no gallery."""
    file = path / "gallery" / "gallery.json"
    found = read_as(Galleries, file).galleries if is_there(file) else ()
    return tuple(sorted(found, key=lambda one: (-(one.budget or 0), one.severity, one.shift)))


def read_spec(path: Path) -> Spec:
    """What was asked of the run in a folder.

    Raises:
        RunError: when the file is missing, is no JSON, holds something else, or asks for more than a run can hold.
    """
    from pydantic import ValidationError

    file = path / "spec.json"
    try:
        found = Spec.model_validate({**_as_it_is(dict[str, Any], file), "base": Path()})
        check_extent(found)
    except ValidationError as error:
        raise RunError(f"{escape(file)}: {explain(error, Spec)}; {OF_ANOTHER}") from None
    except SpecError as error:
        raise RunError(f"{escape(file)}: {error}") from None
    _check_names(found.arms, found.shifts, file, found.probes)
    return found


def read_base(path: Path) -> Path:
    """Where the relative paths of a run's spec start."""
    file = path / "environment.json"
    check_own(_as_it_is(dict[str, Any], file), file)
    return Path(_as_it_is(_Started, file).base)


def read_about(path: Path) -> About:
    """What planning found out about the run in a folder; its command is put together anew."""
    read = read_as(About, path / "about.json")
    found = replace(read, command=rebuilt(read.command))
    return found if found.source_brought is not None else replace(found, source_brought=_brought(RunDir(path)))


def read_maker(path: Path) -> Maker:
    """What made the run in a folder; its command is put together anew."""
    found = read_as(Maker, path / "about.json")
    return replace(found, command=rebuilt(found.command))


def _brought(run: RunDir) -> bool | None:
    """Whether the weights came from elsewhere: a source that was trained here keeps its losses."""
    path = run.source / "about.json"
    return not read_as(dict[str, object], path).get("loss") if is_there(path) else None


def read_groups(run: RunDir) -> NDArray[np.int64] | None:
    """Which test images count as one draw, (N,) numbers; None where all are independent."""
    path = run.path / GROUPS
    check_file(path)  # also one that is gone: without it all images would count as independent
    return np.array(read_as(tuple[int, ...], path), np.int64) if is_there(path) else None


def read_source_accuracy(run: RunDir) -> SourceAccuracy | None:
    """The checkpoint's accuracy on its own test images; None where there are none."""
    path = run.source / "about.json"
    found = read_as(dict[str, object], path).get("accuracy") if is_there(path) else None
    return None if found is None else checked(SourceAccuracy, found, path)


class ArmsSaid(NamedTuple):
    """What the trained arms of a run say of themselves."""

    pairing: dict[tuple[Cell, str], dict[str, str]]  # hashes that pair each with others
    curves: list[Curve]
    machines: dict[MachineKind, int]  # how many were trained on each kind; those of earlier versions do not say


def read_trained(run: RunDir, spec: Spec, cells: Iterable[Cell]) -> ArmsSaid:
    """What every trained arm of some cells says of itself."""
    pairing: dict[tuple[Cell, str], dict[str, str]] = {}
    curves = []
    machines: Counter[MachineKind] = Counter()
    for cell in [cell for cell in cells if cell.seed is not None]:
        for arm in spec.arms:
            folder = run.cell(cell) / arm
            if not is_kept(folder):
                continue
            about = read_as(dict[str, Any], folder / "about.json")
            hashes = checked(dict[str, str], about.get("pairing", {}), folder / "about.json")
            pairing[cell, arm] = hashes
            if "machine" in about:
                machines[checked(MachineKind, about["machine"], folder / "about.json")] += 1
            if "lr" in about:
                _check_hashes(hashes, folder / "about.json")
                here = {"shift": cell.shift, "severity": cell.severity, "budget": cell.budget, "seed": cell.seed}
                curves.append(checked(Curve, {**about, **here, "arm": arm}, folder / "about.json"))
    return ArmsSaid(pairing, curves, dict(machines))


def _check_hashes(found: Mapping[str, str], path: Path) -> None:
    """Refuse a training that does not say what pairs it with others."""
    missing = [what for what in PAIRED_BY if not found.get(what)]
    if missing:
        raise RunError(f"{escape(path)}: pairing: wanted the hash of its {missing[0]}, got none; {OF_ANOTHER}")
