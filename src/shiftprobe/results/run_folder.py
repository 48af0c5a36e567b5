"""Names of everything in a run folder."""

from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import check_folder, is_there
from shiftprobe.core.types import Cell, Condition

GROUPS = "groups.json"  # which test images count as one draw, where some do
PAIRED_BY = ("split", "order", "head")  # what two arms of a seed must share, as hashes
DIAGNOSIS = "diagnosis.json"
TRAINED = "trained.json"  # hashes of the images that train any network of a run


@dataclass(frozen=True, slots=True)
class RunDir:
    """Names of everything in one run folder."""

    path: Path

    def cell(self, cell: Cell) -> Path:
        """What was trained in a cell; present means finished."""
        return self.path / "cells" / cell.key

    def error(self, cell: Cell) -> Path:
        """The traceback of a failed cell."""
        return self.path / "cells" / f"{cell.key}.error.txt"

    def finding(self, probe: str, cell: Cell) -> Path:
        """What a probe found in a cell."""
        return self.path / "probes" / probe / cell.key

    def of_run(self, probe: str) -> Path:
        """What a probe found in the whole run."""
        return self.path / "probes" / probe / "run"

    def run_error(self, probe: str) -> Path:
        """The traceback of a run probe that failed."""
        return self.path / "probes" / probe / "error.txt"

    def trials(self, cell: Cell, arm: str) -> Path:
        """What validation parts say of an arm's trials with one seed; the choice reads these and nothing else."""
        return self.path / "trials" / cell.key / arm

    def trial_answers(self, cell: Cell, arm: str) -> Path:
        """What the networks of those trials answered on the test images; it describes, no choice reads it."""
        return self.path / "trials_on_test" / cell.key / arm

    def trials_error(self, cell: Cell, arm: str) -> Path:
        """The traceback of trials that failed as a whole."""
        return self.path / "trials" / f"{cell.key}~{arm}.error.txt"

    def intervention(self, cell: Cell, arm: str) -> Path:
        """What came of an arm with a change in it; present means finished."""
        return self.interventions / cell.key / arm

    def intervention_error(self, cell: Cell, arm: str) -> Path:
        """The traceback of one that failed."""
        return self.interventions / f"{cell.key}~{arm}.error.txt"

    def other_source(self, name: str) -> Path:
        """A source model that an intervention begins from, beside the run's own."""
        return self.path / "sources" / name

    def other_source_error(self, name: str) -> Path:
        """The traceback of one that could not be made."""
        return self.path / "sources" / f"{name}.error.txt"

    def images(self, condition: Condition) -> Path:
        """The shifted target, as the networks meet it; made for the run, removed when it is complete."""
        return self.path / "sets" / f"{condition.key}.npy"

    def samples(self, condition: Condition) -> Path:
        """A few test images along the dial, at their own resolution."""
        return self.path / "samples" / f"{condition.key}.npz"

    @property
    def diagnosis(self) -> Path:
        """What a diagnosis found; absent where none was made."""
        return self.path / DIAGNOSIS

    @property
    def interventions(self) -> Path:
        """Trainings with a change in them, made to test a cause; no summary of the run reads them."""
        return self.path / "interventions"

    @property
    def suspects(self) -> Path:
        """Whose labels are suspected."""
        return self.path / "diagnosis" / "suspects"

    @property
    def source(self) -> Path:
        """The source model."""
        return self.path / "source"

    @property
    def gallery(self) -> Path:
        """Pictures of test images, chosen by what the arms answered."""
        return self.path / "gallery"

    @property
    def held_out(self) -> Path:
        """Images of the source that did not train it; beside the shifted target."""
        return self.sets / "held_out.npy"

    @property
    def sets(self) -> Path:
        """The folder of shifted sets."""
        return self.path / "sets"


def check_run(path: Path) -> None:
    """Refuse what is no run folder, and name one that is near; refuse one that holds more than plain files.

    Raises:
        RunError: when `about.json` is not there, or something in the folder is a link, a pipe or a device.
    """
    check_folder(path)
    if is_there(path / "about.json"):
        return
    inside = sorted(one.parent for one in path.glob("*/about.json")) if path.is_dir() else []
    advice = f"did you mean {escape(inside[0])}?" if inside else "sweep and compare name theirs in their last lines"
    raise RunError(f"{escape(path)}: wanted a run folder (with about.json), got something else; {advice}")
