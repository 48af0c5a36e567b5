"""What somebody asks of a calibration, and what is refused before torch is imported."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.auditing.request import Request
from shiftprobe.core.errors import SpecError
from shiftprobe.core.folder_kinds import CALIBRATION
from shiftprobe.core.out_folder import check_no_link, check_out
from shiftprobe.data.places import check_apart

if TYPE_CHECKING:
    from shiftprobe.auditing.ready import Ready

FOLDERS = Path("calibrations")  # where calibrations go that are given no place
DRAWS = 200
FEWEST_DRAWS, MOST_DRAWS = 20, 100_000
FEWEST_IMAGES, MOST_IMAGES = 20, 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRequest:
    """A calibration as it is asked for."""

    audit: Request  # whose policy, checkpoint and data it is about; it names no folder and no baseline
    images: int | None = None  # of a sample; None: as many as the audit would look at
    draws: int = DRAWS
    out: Path | None = None  # None: named below `calibrations/`


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationReady:
    """A calibration whose every name is resolved."""

    request: CalibrationRequest
    ready: "Ready" = field(repr=False)
    images: int  # of a sample
    folder: Path
    looks: Path  # the folder of an audit or our own, that answers are kept in

    @property
    def borrowed(self) -> bool:
        """Whether answers are kept where an audit keeps them."""
        return self.looks != self.folder


def check_calibration(request: CalibrationRequest) -> None:
    """Refuse what can be refused from the words alone.

    Raises:
        ShiftprobeError: for the first thing that cannot be used, in one line that names the flag that cures it.
    """
    from shiftprobe.auditing.check_request import check_request

    if not FEWEST_DRAWS <= request.draws <= MOST_DRAWS:
        raise SpecError(f"--draws: wanted {FEWEST_DRAWS} to {MOST_DRAWS:,}, got {request.draws}; 200 is the default")
    if request.images is not None and not FEWEST_IMAGES <= request.images <= MOST_IMAGES:
        raise SpecError(f"--images: wanted {FEWEST_IMAGES} to {MOST_IMAGES:,} of a sample, got {request.images}")
    check_request(request.audit)
    out = request.out or FOLDERS
    check_apart(out, (request.audit.data, request.audit.target, *request.audit.trained_on))
    if request.out is None:
        check_no_link(out)
    else:
        check_out(out, CALIBRATION)


def prepare_calibration(request: CalibrationRequest) -> CalibrationReady:
    """Resolve every name; nothing is written.

    Raises:
        ShiftprobeError: as `prepare` of an audit, and `check_calibration`.
    """
    from shiftprobe.auditing.ready import prepare
    from shiftprobe.core.folder_kinds import AUDIT, marked

    check_calibration(request)
    ready = prepare(request.audit)
    if len(ready.data) < FEWEST_IMAGES:
        raise SpecError(
            f"{len(ready.data)} labelled images: wanted {FEWEST_IMAGES} or more to draw samples from; give more --data"
        )
    folder = request.out or FOLDERS / ready.name
    return CalibrationReady(
        request=request,
        ready=ready,
        images=request.images or len(ready.data),
        folder=folder,
        looks=ready.folder if marked(ready.folder) is AUDIT else folder,
    )
