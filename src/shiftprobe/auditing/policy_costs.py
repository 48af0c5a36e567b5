"""A policy's matrix of costs, where it names a CSV file beside it."""

import csv
from collections.abc import Mapping
from math import isfinite
from pathlib import Path

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.spec.loading import read_text, there

FORM = "a header of a corner and the answers, then a line per label with its costs: `label,cat,dog`, `cat,0,5`"


def with_costs(data: Mapping[str, object], folder: Path) -> dict[str, object]:
    """A policy's keys, the costs of a file in the place of its name.

    Args:
        data: the keys as given.
        folder: where the policy lies.

    Raises:
        SpecError: when the file is not there, or holds something else.
    """
    rule = data.get("cost")
    if not isinstance(rule, Mapping) or not isinstance(name := rule.get("matrix"), str):
        return dict(data)
    return {**data, "cost": {**rule, "matrix": read_costs(folder / name)}}


def read_costs(path: Path) -> dict[str, dict[str, float]]:
    """Costs by label and answer from a table; an empty cell names none.

    Raises:
        SpecError: when the file is not there, or holds something else.
    """
    if not there(path):
        raise SpecError(
            f"cost.matrix: no file {escape(path)}; give the path beside the policy, or the costs themselves"
        )
    lines = [line for line in csv.reader(read_text(path).splitlines(), strict=False) if line]
    head = lines[0] if lines else []
    if len(head) < 2 or any(len(line) != len(head) for line in lines):  # noqa: PLR2004 - a corner and an answer
        raise SpecError(f"{escape(path)}: wanted {FORM}; got lines of other lengths, or none")
    answers, labels = [one.strip() for one in head[1:]], [line[0].strip() for line in lines[1:]]
    for names in (answers, labels):
        if len(set(names)) < len(names):
            raise SpecError(f"{escape(path)}: a name stands there twice; wanted {FORM}")
    return {
        label: {answer: _cost(path, cell) for answer, cell in zip(answers, line[1:], strict=True) if cell.strip()}
        for label, line in zip(labels, lines[1:], strict=True)
    }


def _cost(path: Path, cell: str) -> float:
    try:
        cost = float(cell)
    except ValueError:
        cost = -1.0
    if not isfinite(cost) or cost < 0.0:
        raise SpecError(f"{escape(path)}: wanted costs from 0, got {escape(cell, 40)}")
    return cost
