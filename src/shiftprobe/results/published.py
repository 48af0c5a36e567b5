"""Numbers from other people's tables: "68.6 (1.0)", or a CSV of results seed by seed."""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.core.regular_file import open_regular
from shiftprobe.stats import Comparison, compare_paired, compare_summaries

NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)"  # each digit in one way: a long text is refused as fast as it is read
SPREAD = re.compile(rf"\s*({NUMBER})\s*%?\s*(?:(?:\(|±|\+/-|\+-)\s*({NUMBER})\s*%?\s*\)?)?\s*%?\s*")
POINTS = 100
MAX_TEXT = 200  # characters of an entry of a table
MAX_CSV = 64 * 2**20  # bytes


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """A mean and its sample standard deviation as a table prints them, in points (percent)."""

    mean: float
    std: float | None


def parse_published(text: str) -> PublishedResult:
    """'68.6 (1.0)', '68.6 ± 1.0', '68.6 +- 1.0 %' or '68.6' in percent.

    Raises:
        SpecError: when it is none of these, longer than any, or a mean outside 0 to 100.
    """
    match = SPREAD.fullmatch(text) if len(text) <= MAX_TEXT else None
    if match is None:
        raise SpecError(f"wanted a mean with its spread, such as '68.6 (1.0)', got {escape(text)}")
    mean, std = float(match[1]), None if match[2] is None else float(match[2])
    if not 0 <= mean <= POINTS or (std is not None and std < 0):
        raise SpecError(f"wanted a mean from 0 to 100 % and a spread of at least 0, got {escape(text)}")
    return PublishedResult(mean, std)


def compare_published(a: str, b: str, counts: tuple[int, int], margin: float) -> Comparison:
    """Two entries of a table against each other, by Welch; accuracies in percent, `margin` a fraction."""
    first, second = parse_published(a), parse_published(b)
    if max(first.mean, second.mean) <= 1:
        raise SpecError(
            f"wanted accuracies in percent, got {escape(a)} and {escape(b)}, which read as fractions; write 68.6"
        )
    for one, text, n in ((first, a, counts[0]), (second, b, counts[1])):
        if one.std is None and n > 1:
            raise SpecError(f"wanted the spread of {n} runs too, such as '68.6 (1.0)', got {escape(text)}")
    spreads = tuple(
        None if one.std is None or n == 1 else one.std / POINTS for one, n in zip((first, second), counts, strict=True)
    )
    return compare_summaries(
        first.mean / POINTS, spreads[0], counts[0], second.mean / POINTS, spreads[1], counts[1], margin
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns of a CSV hold what."""

    arm: str = "arm"
    value: str = "value"
    pair: str = "seed"


def compare_csv(path: Path, a: str, b: str, columns: Columns, margin: float) -> Comparison:
    """Two arms of a table with a line per arm and seed, paired by a column.

    Values above 1 are read as percent, the whole column alike.

    Raises:
        DataError: when a column is missing, a value is no number, a seed stands twice, or the two arms do not
            hold the same seeds.
    """
    rows = _read(path, columns)
    arms = {name: _of_arm(path, rows, name, columns) for name in (a, b)}
    if set(arms[a]) != set(arms[b]):
        alone = sorted(set(arms[a]) ^ set(arms[b]))
        raise DataError(
            f"{escape(path)}: wanted the same {columns.pair} for {escape(a)} and {escape(b)}, "
            f"got {escape(alone[0])} in one only"
        )
    values = [*arms[a].values(), *arms[b].values()]
    scale = POINTS if max(abs(value) for value in values) > 1 else 1
    pairs = sorted(arms[a])
    return compare_paired([arms[a][one] / scale for one in pairs], [arms[b][one] / scale for one in pairs], margin)


def _read(path: Path, columns: Columns) -> list[Mapping[str, str]]:
    try:
        reader = csv.DictReader(io.StringIO(_content(path).decode("utf-8-sig"), newline=""))
        rows: list[Mapping[str, str]] = [*reader]
        names = list(reader.fieldnames or ())
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{escape(path)}: wanted a CSV file, got: {escape(error)}") from None
    for name in (columns.arm, columns.value, columns.pair):
        if name not in names:
            known = ", ".join(map(escape, names)) or "none"
            raise DataError(f"{escape(path)}: no column {escape(name)}{suggest(name, names)} (columns: {known})")
    return rows


def _content(path: Path) -> bytes:
    """The bytes of a regular file.

    Raises:
        OSError: when it cannot be opened.
        ValueError: when it is no regular file, or larger than such a table is.
    """
    file, size = open_regular(path, links=True)
    with file:
        if size > MAX_CSV:
            raise ValueError(f"{size:,} bytes, wanted at most {MAX_CSV:,}")
        return file.read(MAX_CSV)


def _of_arm(path: Path, rows: Iterable[Mapping[str, str]], arm: str, columns: Columns) -> dict[str, float]:
    found: dict[str, float] = {}
    names = set()
    for row in rows:
        names.add(row[columns.arm])
        if row[columns.arm] != arm:
            continue
        if row[columns.pair] in found:
            raise DataError(
                f"{escape(path)}: {columns.pair} {escape(row[columns.pair])} stands twice for {escape(arm)}"
            )
        found[row[columns.pair]] = _number(path, row[columns.value])
    if not found:
        known = ", ".join(map(escape, sorted(names)))
        raise DataError(f"{escape(path)}: no line for {escape(arm)}{suggest(arm, names)} (known: {known})")
    return found


def _number(path: Path, text: str) -> float:
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f"{escape(path)}: wanted a number, got {escape(text)}")
    return value
