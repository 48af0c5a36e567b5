import re
from pathlib import Path

import pytest

from shiftprobe.shifts import SHIFTS, DosedShift

DOCS = Path(__file__).parents[2] / "docs"
ROWS = {
    row[0].strip(" `"): row
    for row in (line.strip("|").split("|") for line in (DOCS / "shifts.md").read_text().splitlines())
    if len(row) == 8
}


@pytest.mark.parametrize("name", SHIFTS)
def test_the_list_of_shifts_tells_the_dial_as_it_is(name: str) -> None:
    shift = SHIFTS[name]
    if not isinstance(shift, DosedShift):
        return
    kind, dial, random, colour = (cell.strip() for cell in ROWS[name][1:5])
    assert kind == shift.kind
    assert dial == f"{shift.parameter}, {shift.start:g} to {shift.end:g} {shift.unit}".rstrip()
    assert (random, colour) == ("yes" * shift.random, "yes" * shift.colour)


def test_the_list_names_nothing_else_and_counts_right() -> None:
    names = [name for name in ROWS if re.fullmatch("[a-z_]+", name) and name != "family"]
    assert sorted(names) == sorted(name for name in SHIFTS if isinstance(SHIFTS[name], DosedShift))
    assert f"{len(names)} families" in (DOCS / "shifts.md").read_text()


def test_its_pictures_are_there_and_light() -> None:
    for size in (28, 224):
        assert (DOCS / f"contact-{size}.png").stat().st_size < 400_000
