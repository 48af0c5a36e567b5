"""`calibrate.json` and `calibrate.csv`: the one place that writes them, and that reads the former back."""

import csv
import io
from dataclasses import asdict
from pathlib import Path

from shiftprobe.auditing.error_rates.model import RATES, Calibration
from shiftprobe.auditing.verdicts_file import visible
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import json_bytes
from shiftprobe.core.reading import parsed, read_bytes, shown
from shiftprobe.results.checked import checked
from shiftprobe.results.csv_text import safe

JSON, CSV = "calibrate.json", "calibrate.csv"
AGAIN = "calibrate again"
COLUMNS = ("name", "gates", "images", "truth", "unit", "planted", "rate", "count", "of", "value", "low", "high",
           "promised", "exceeds", "reason")  # fmt: skip


def to_bytes(found: Calibration) -> bytes:
    """The JSON file's content; foreign text is made visible."""
    return json_bytes(visible(asdict(found)))


def to_csv(found: Calibration) -> bytes:
    """One line for each rate that was measured, and one for each row without any."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in found.rows:
        about = [row.name, row.gates, row.images, row.truth, row.unit, row.planted]
        lines = [
            [name, one.count, one.of, one.value, one.low, one.high, one.promised, one.exceeds]
            for name in RATES
            if (one := row.rates.get(name)) is not None
        ]
        for line in lines or [[""] * 8]:
            writer.writerow([safe(visible(value)) for value in (*about, *line, row.reason)])
    return out.getvalue().encode()


def read(path: Path) -> Calibration:
    """The calibration in a file.

    Raises:
        FileNotFoundError: when nothing is there.
        RunError: when it is no calibration, holds a number that is none, or lacks something.
    """
    data = shown(parsed(read_bytes(path), path, AGAIN))
    if not isinstance(data, dict) or data.get("schema") != "shiftprobe-calibration":
        raise RunError(f"{escape(path)}: wanted a calibration, got something else; {AGAIN}")
    return checked(Calibration, data, path, AGAIN)
