"""What an audit reads of a run's folder: the headline of its comparison."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, get_args

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import is_there, read_shown
from shiftprobe.results.run_folder import check_run
from shiftprobe.stats import Verdict as Judgement

AGAIN = "finish it: run its command again, then audit again"


class RunGain(NamedTuple):
    """Transfer less scratch, fractions, with the run's own 95 % interval over seeds."""

    difference: float
    low: float | None
    high: float | None
    seeds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHeadline:
    """What a run says first."""

    gain: RunGain | None  # None where it compares nothing
    verdict: str | None
    sentence: str | None
    target: str | None  # name of the data it was made for


def read_headline(run: Path) -> RunHeadline:
    """The headline in `summary.json` of a run folder.

    Raises:
        RunError: when it is no run folder, the run has no summary yet, or it is not readable as one.
    """
    check_run(run)
    path = run / "summary.json"
    if not is_there(path):
        raise RunError(f"{escape(run)}: wanted a finished run with summary.json, got one without; {AGAIN}")
    try:
        summary = read_shown(path)
    except RunError as error:
        raise _unreadable(run, str(error)) from None
    verdict = _inside(summary, "verdict")
    contrast = None if verdict is None else verdict.get("contrast")
    if verdict is None or not isinstance(contrast, dict | None):
        raise _unreadable(run)
    word = _text(contrast, "verdict")
    if word not in {None, *get_args(Judgement)}:
        raise _unreadable(run)
    return RunHeadline(
        gain=None if contrast is None else _gain(contrast, run),
        verdict=word,
        sentence=_text(verdict, "sentence"),
        target=_text(_inside(_inside(summary, "data"), "target"), "name"),
    )


def _inside(data: object, key: str) -> dict[str, object] | None:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else None


def _text(data: dict[str, object] | None, key: str) -> str | None:
    found = None if data is None else data.get(key)
    return found if isinstance(found, str) else None


def _gain(contrast: Mapping[str, object], run: Path) -> RunGain:
    value, low, high = (_number(contrast.get(key), run) for key in ("difference", "low", "high"))
    seeds = contrast.get("n")
    if value is None or not isinstance(seeds, int) or seeds < 1:
        raise _unreadable(run)
    return RunGain(value, low, high, seeds)


def _number(value: object, run: Path) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1:
        raise _unreadable(run)
    return float(value)


def _unreadable(run: Path, why: str = "") -> RunError:
    return RunError(
        f"{escape(run)}: wanted summary.json as shiftprobe writes it, got something else; `shiftprobe report` on that "
        f"folder writes it again{f' ({why})' if why else ''}"
    )
