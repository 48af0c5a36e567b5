"""A run whose time is counted in cells, so that minutes cut it at a known place on any machine."""

from pathlib import Path

import pytest

from shiftprobe.engine import priced, within

EACH = 100.0  # s of a cell
PRICES = (1e-4, 1e-5)  # s per image of a training step and of a look: next to nothing


def count_cells(monkeypatch: pytest.MonkeyPatch, out: Path) -> None:
    """Every cell takes as long as every other, whatever the clock says; nothing else takes any time.

    Args:
        monkeypatch: of the test.
        out: the folder of the one run.
    """
    monkeypatch.setattr(priced, "prices_of", lambda _: PRICES)
    monkeypatch.setattr(within, "seconds_of_cell", lambda *_: EACH)
    monkeypatch.setattr(within, "monotonic", lambda: EACH * len(list(out.glob("*/probes/accuracy/*/manifest.json"))))
