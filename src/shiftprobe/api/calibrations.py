"""A checkpoint and labelled images in, how often an audit errs on them out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftprobe.api.arguments import arguments_of
from shiftprobe.core.monitor import Monitor, Silent

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.auditing.error_rates.perform import CalibrationResult
    from shiftprobe.auditing.error_rates.request import CalibrationReady
    from shiftprobe.auditing.policy import Policy
    from shiftprobe.auditing.request import Function


def calibrate(
    checkpoint: "str | Path | nn.Module | Function",
    data: Any,
    *,
    target: Any = None,
    policy: "Policy | str | Path | Mapping[str, object] | None" = None,
    arch: str | None = None,
    classes: str | Path | Sequence[str] | None = None,
    part: str | None = None,
    head: str | Path | None = None,
    rename: Mapping[str, str] | Sequence[str] = (),
    preprocess: Mapping[str, object] | None = None,
    trained_on: Sequence[str] = (),
    no_label: str | None = None,
    images: int | None = None,
    draws: int = 200,
    native: bool = False,
    device: str = "auto",
    out: str | Path | None = None,
    workers: int | None = None,
    allow_code: bool = False,
    download: bool = False,
) -> "CalibrationResult":
    """Measure an audit's false alarms, misses, coverage and abstentions on labelled images; nothing is trained.

    Args:
        checkpoint: as in `audit`.
        data: labelled images, as in `audit`; every draw is of them.
        target: labelled images of the domain it will meet, whose gate is measured on them; None: none.
        policy: whose gates and tests are measured, as in `audit`.
        arch: as in `audit`.
        classes: as in `audit`.
        part: as in `audit`.
        head: as in `audit`.
        rename: as in `audit`.
        preprocess: as in `audit`.
        trained_on: as in `audit`.
        no_label: as in `audit`.
        images: of each sample, 20 or more; None is as many as the audit would look at.
        draws: how many samples, 20 or more; a quarter as many for tests that fit classifiers.
        native: as in `audit`.
        device: as in `audit`.
        out: the folder of this calibration; None names one below calibrations/.
        workers: threads; None takes as many as there are cores. Does not move any result.
        allow_code: as in `audit`.
        download: as in `audit`.

    Raises:
        ShiftprobeError: when something cannot be used, before anything is looked at.
    """
    from shiftprobe.auditing.error_rates.request import CalibrationRequest, check_calibration, prepare_calibration
    from shiftprobe.auditing.request import request

    with arguments_of(calibrate):
        audit = request(
            checkpoint,
            data,
            target=target,
            policy=policy,
            arch=arch,
            classes=classes,
            part=part,
            head=head,
            rename=rename,
            preprocess=preprocess,
            trained_on=trained_on,
            no_label=no_label,
            native=native,
            device=device,
            allow_code=allow_code,
            download=download,
        )
        place = None if out is None else Path(out)
        asked = CalibrationRequest(audit=audit, images=images, draws=draws, out=place)
        check_calibration(asked)  # before seconds of imports
        return perform_calibration(prepare_calibration(asked), Silent(), workers=workers)


def perform_calibration(
    ready: "CalibrationReady", monitor: Monitor, *, workers: int | None = None
) -> "CalibrationResult":
    """Perform a calibration that is ready, and write its page."""
    from shiftprobe.auditing.error_rates.perform import perform
    from shiftprobe.report.calibrate.page import write_calibration

    result = perform(ready, monitor, workers=workers)
    write_calibration(result.path)
    return result
