"""A run's figures as files: SVG and PDF, the same numbers the same bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shiftprobe.core.files import write_bytes
from shiftprobe.core.folder_kinds import RUN
from shiftprobe.core.out_folder import check_inside
from shiftprobe.report.figures.drawing import pictures
from shiftprobe.report.figures.numbers import FIGURES, NAMES
from shiftprobe.report.kit.reading import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What was written, and why the rest was not."""

    files: tuple[Path, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)


def write(run: Path, names: Sequence[str] = NAMES) -> Drawn:
    """Draw figures of a run into its `figures/`, each as SVG and as PDF; the same numbers give the same bytes.

    Args:
        run: the run folder.
        names: of `NAMES`.

    Raises:
        RunError: when the folder does not hold a run's tables, or holds a link where we write.
        SpecError: when the folder is a link.
        ResourceError: when the disk is full or the place not writable.
    """
    whole, files, missing = read(run), [], {}
    check_inside(run, RUN)
    for name in names:
        numbers = FIGURES[name](whole)
        if isinstance(numbers, str):
            missing[name] = numbers
            continue
        for kind, content in pictures(numbers).items():
            path = run / "figures" / f"{name}.{kind}"
            write_bytes(path, content)
            files.append(path)
    return Drawn(files=tuple(files), missing=missing)
