"""Runs of several conditions, and what is said of them: names and grades."""

from collections.abc import Sequence
from typing import Any

from tests.why.made_up import arm, told

from shiftprobe.core.types import UNSHIFTED, Condition, Row

NONE = (0.0, 0.01, -0.02, -0.05)
CLEAR = (0.0, 0.1, 0.2, 0.3)


def grades(*rows: Sequence[Row], **made: Any) -> dict[str, str]:
    return {one.name: one.grade for one in told(*rows, **made).explanations}


def places(conditions: int) -> tuple[list[Condition], dict[str, Any]]:
    """The unshifted target and further doses of one shift, and the spec that asks for them."""
    doses = [round((i + 1) / 10, 1) for i in range(conditions - 1)]
    spec = {"shifts": ["contrast"], "severities": doses} if doses else {}
    return [UNSHIFTED, *(Condition("contrast", dose) for dose in doses)], spec


def everywhere(pair: Sequence[list[Row]], where: Sequence[Condition]) -> list[Row]:
    return [row for rows in pair for at in where for row in arm(rows[0].arm, *(one.value for one in rows), place=at)]
