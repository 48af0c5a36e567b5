"""What the pictures and tables of a page show of a large run; its findings are about the whole of it."""

from collections.abc import Sequence
from dataclasses import replace

from shiftprobe.core.words import listed
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.large import (
    MAX_BUDGETS,
    MAX_OPEN,
    MAX_PANELS,
    MAX_SEEDS,
    MAX_SEVERITIES,
    MAX_SHIFTS,
    spread,
)


def shown(run: ReadRun) -> ReadRun:
    """The run with the shifts, severities and label budgets that have pictures; the same one where all of them have."""
    whole = run.summary
    shifts, severities = whole.shifts[:MAX_SHIFTS], spread(whole.severities, MAX_SEVERITIES)
    budgets = spread(whole.budgets, max(1, min(MAX_BUDGETS, MAX_PANELS // max(len(shifts), 1))))
    if (shifts, severities, budgets) == (whole.shifts, whole.severities, whole.budgets):
        return run
    drawn = set(budgets)
    return replace(
        run,
        summary=replace(whole, shifts=shifts, severities=severities, budgets=budgets),
        curves=tuple(one for one in run.curves if one.budget is None or one.budget in drawn),
        galleries=tuple(one for one in run.galleries if one.budget in drawn),
    )


def folds_budgets(run: ReadRun) -> bool:
    """Whether the panels of all label budgets but the largest are folded away."""
    budgets = len(run.summary.budgets)
    return budgets > 1 and len(run.summary.shifts) * budgets > MAX_OPEN


def told(run: ReadRun, part: ReadRun) -> str:
    """What a page shows of a large run and what is folded, up to the names of the files that hold the rest.

    Empty where all of it is in view.

    Args:
        run: the whole run.
        part: as `shown` gives it.
    """
    whole, drawn = run.summary, part.summary
    said = [
        _some(f"{len(drawn.shifts)} of {len(whole.shifts):,} shifts", drawn.shifts, whole.shifts),
        _some(
            f"{len(drawn.severities)} of {len(whole.severities):,} severities, evenly spaced",
            drawn.severities,
            whole.severities,
        ),
        _some(
            f"{len(drawn.budgets)} of {len(whole.budgets):,} label budgets "
            f"({', '.join(f'{one:,}' for one in drawn.budgets)})",
            drawn.budgets,
            whole.budgets,
        ),
        f"{MAX_SEEDS} of {len(whole.seeds):,} seeds as single lines, dots and rows"
        if len(whole.seeds) > MAX_SEEDS
        else "",
    ]
    parts = list(filter(None, said))
    folded = "panels of all label budgets but the largest are folded" if folds_budgets(part) else ""
    if not parts and not folded:
        return ""
    sizes = (_conditions(run), "condition"), (len(whole.budgets), "label budget"), (len(whole.seeds), "seed")
    begin = f"A large run: {listed([wording.counted(n, what) for n, what in sizes])}."
    shows = f" Pictures and tables show {'; '.join(parts)}." if parts else ""
    folds = f" {folded[0].upper()}{folded[1:]}." if folded else ""
    over = " Means, intervals, verdicts and findings are about all of it." if parts else ""
    return f"{begin}{shows}{folds}{over} Every number stands in"


def _some(words: str, part: Sequence[object], whole: Sequence[object]) -> str:
    return words if len(part) < len(whole) else ""


def _conditions(run: ReadRun) -> int:
    return 1 + len(run.summary.shifts) * len(run.doses)
