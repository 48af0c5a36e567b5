"""A calibration's folder -> its page: one sentence, and one table of every gate's errors."""

from pathlib import Path

from shiftprobe.auditing.error_rates import words
from shiftprobe.auditing.error_rates.files import AGAIN, JSON, read
from shiftprobe.auditing.error_rates.model import RATES, Calibration, GateErrors, Rate
from shiftprobe.core.checksums import check_file
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import write_bytes
from shiftprobe.core.reading import check_folder
from shiftprobe.core.words import counted, in_percent, percent
from shiftprobe.report.kit.assemble import filled, icon
from shiftprobe.report.kit.contents import flat
from shiftprobe.report.kit.table import Entry, Notes, Table

STYLES = ("kit/style.css", "calibrate/calibrate.css", "kit/print.css")
SCRIPTS = ("kit/script.js",)
PAGE = "calibrate.html"
FLAGGED = "worse"  # the mark of the kit for what is proven to be bad
PROMISES = {"missed": "it says", "undecided": ""}


def write_calibration(folder: Path) -> Path:
    """Read a calibration's folder and write its page into it, whole or not at all.

    Args:
        folder: what `shiftprobe calibrate` left.

    Returns:
        The path of the page.

    Raises:
        RunError: when calibrate.json is missing, or no calibration.
        ResourceError: when the disk is full or the place not writable.
    """
    check_folder(folder)
    check_file(folder / JSON, AGAIN)
    try:
        found = read(folder / JSON)
    except FileNotFoundError:
        raise RunError(f"{escape(folder / JSON)}: wanted a calibration, got none; {AGAIN}") from None
    path = folder / PAGE
    write_bytes(path, render(found).encode())
    return path


def render(found: Calibration) -> str:
    """The whole page as text."""
    contents = {
        "found": found,
        "whole": words.whole(found),
        "flags": words.flags(found),
        "flagged": [(escape(row.name, 60), _exceeding(row)) for row in found.exceeding],
        "samples": _samples(found),
        "table": table(found),
        "icons": {FLAGGED: icon(FLAGGED)},
        "keys": {},
        "policy_rows": list(flat(found.policy)),
        "versions": sorted(found.environment.versions.items()),
    }
    return filled("calibrate/page.html", contents, STYLES, SCRIPTS)


def table(found: Calibration) -> Table:
    """Every gate and test with its errors; what was not measured has a note."""
    notes = Notes()
    heads = (
        ("gate or test", ""),
        ("images", "of a sample"),
        ("threshold", "at the truth"),
        *((words.HEADS[name], "") for name in RATES),
    )
    rows = tuple(_row(row, notes) for row in found.rows)
    return Table(caption="How often each errs", heads=heads, rows=rows, notes=notes.said)


def _row(row: GateErrors, notes: Notes) -> tuple[Entry, ...]:
    told = (
        *(() if row.gates else ("does not decide",)),
        *((f"planted: {row.planted}",) if row.planted else ()),
        *((f"mean width {in_percent(row.width)} points",) if row.width is not None else ()),
    )
    note = notes.number(row.reason) if row.reason else None
    name = Entry(main=escape(row.name, 60), small=told, note=note, kind=FLAGGED if row.exceeding else "")
    images = Entry(main=f"{row.images:,}" if row.images else "", sort=row.images)
    truth = Entry(main=_truth(row), sort="" if row.truth is None else row.truth)
    return (name, images, truth, *(_rate(column, row.rates.get(column)) for column in RATES))


def _truth(row: GateErrors) -> str:
    if row.truth is None:
        return ""
    words_of = {"fraction": percent(row.truth), "points": f"{100 * row.truth:.1f} points"}
    return words_of.get(row.unit, f"{row.truth:.3g}")


def _rate(column: str, one: Rate | None) -> Entry:
    if one is None:
        return Entry(main="")
    promise = PROMISES.get(column, "promised")
    promised = f"{promise} {percent(one.promised)}" if one.promised is not None else ""
    small = (f"{in_percent(one.low)} to {in_percent(one.high)}, n = {one.of:,}", promised)
    more = (words.MORE_OFTEN,) if one.exceeds else ()
    return Entry(main=percent(one.value), small=tuple(filter(None, (*small, *more))), sort=one.value)


def _exceeding(row: GateErrors) -> str:
    rates = row.rates
    return "; ".join(
        f"{words.HEADS[name]} {words.told(rates[name])}, promised {percent(rates[name].promised or 0.0)}"
        for name in row.exceeding
    )


def _samples(found: Calibration) -> str:
    together = "" if found.groups is None else f" in {counted(found.groups, 'group')}, drawn whole"
    return (
        f"{counted(found.draws, 'sample')} of {counted(found.images, 'image')} drawn from "
        f"{counted(found.population, 'labelled image')} of {escape(found.data, 60)}{together}"
    )
