"""A finished run as a paper needs it: what was asked, where it was made, what it found."""

from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.escape import escape
from shiftprobe.core.reading import is_there
from shiftprobe.results.about import Environment
from shiftprobe.results.diagnosis import Diagnosis
from shiftprobe.results.diagnosis_file import read_diagnosis
from shiftprobe.results.flip_map import FlipMap, read_flips
from shiftprobe.results.model import Summary
from shiftprobe.results.reading import read_about, read_as, read_environment, read_spec, read_summary
from shiftprobe.results.run_folder import RunDir, check_run
from shiftprobe.spec.recipes import Family
from shiftprobe.spec.schema import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """What a run folder says of itself."""

    spec: Spec
    summary: Summary
    environment: Environment
    source_epochs: int | None = None  # of the source's training; 0 where its weights were brought, None: nobody says
    family: Family | None = None  # of the network; None: nobody says
    diagnosis: Diagnosis | None = None  # None where nothing was diagnosed
    flips: FlipMap | None = None  # images that one arm has right and the other wrong; None: not known

    @property
    def conditions(self) -> int:
        """How many conditions the arms met, the unshifted target among them."""
        return 1 + len(self.summary.shifts) * sum(severity > 0 for severity in self.summary.severities)


def read_finished(run: RunDir) -> FinishedRun:
    """Spec, summary and environment of a run folder.

    Raises:
        RunError: when it is no run folder, or one of its files is missing or damaged.
    """
    check_run(run.path)
    return FinishedRun(
        spec=read_spec(run.path),
        summary=read_summary(run.path),
        environment=read_environment(run.path),
        source_epochs=_epochs(run.source / "about.json"),
        family=read_about(run.path).family if is_there(run.path / "about.json") else None,
        diagnosis=read_diagnosis(run),
        flips=read_flips(run.path).flips,
    )


def _epochs(about: Path) -> int | None:
    """How many losses the source's training left."""
    loss = read_as(dict[str, object], about).get("loss") if is_there(about) else None
    return len(loss) if isinstance(loss, list) else None


def named(text: str) -> str:
    """Foreign text within a sentence: visible, and no citation."""
    return escape(text).replace("[@", "[ @")


def data_name(name: str) -> str:
    """Data by its origin and the last part of its path: where it lies on a disk is nobody's business."""
    origin, colon, rest = name.partition(":")
    return named(f"{origin}{colon}{rest.rstrip('/').rpartition('/')[2]}")
