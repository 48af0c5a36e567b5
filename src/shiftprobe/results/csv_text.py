"""Foreign text in a CSV file: nothing that a spreadsheet would run, nothing that ends a line."""

import csv
import io

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a cell that begins so


def safe(value: object) -> object:
    """No formula, and no carriage return: the writer leaves one unquoted, and readers end the line there."""
    if not isinstance(value, str):
        return value
    return ("'" if value.startswith(FORMULA) else "") + value.replace("\r", "\\r")


def cell(value: object) -> str:
    """One safe cell as it stands in the file, quoted where it must be; None and "" are empty."""
    if value is None or value == "":
        return ""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([safe(value)])
    return out.getvalue()[:-1]
