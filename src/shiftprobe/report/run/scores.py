"""Every arm in the scores that are not judged, beside the one that is."""

from shiftprobe.core.types import UNSHIFTED
from shiftprobe.metrics.scores import NAMES, SCORES, ScoreName
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.table import Entry, Notes, Table
from shiftprobe.results.model import ArmPoint


def table(run: ReadRun) -> Table | None:
    """A row per arm, a column per score, at the largest label budget; None where a folder holds no other score."""
    held = {point.score for point in run.summary.scores}
    names = [name for name in NAMES if name in held]
    if not names:
        return None
    notes = Notes()
    rows = tuple(
        (Entry(main=arm, arm=arm), *(_entry(point(run, arm, name), notes) for name in names))
        for arm in run.summary.arms
    )
    heads = (("arm", ""), *((head(name), f"{SCORES[name].short_unit}, mean (std); 95 % over images") for name in names))
    budget = max(run.summary.budgets, default=None)
    where = f", {wording.counted(budget, 'labelled image')} per arm" if budget else ""
    caption = f"Other scores on {wording.start(run)}{where}"
    return Table(caption=caption, heads=heads, rows=rows, notes=notes.said, sortable=False)


def point(run: ReadRun, arm: str, name: ScoreName) -> ArmPoint | None:
    """An arm on the unshifted target at the largest budget, or without one where it has none."""
    budgets = {None, max(run.summary.budgets, default=None)}
    mine = (one for one in run.summary.scores if (one.arm, one.score, one.condition) == (arm, name, UNSHIFTED))
    return next((one for one in mine if one.budget in budgets), None)


def head(name: ScoreName) -> str:
    """How a column is called: of the likelihood more is better here as everywhere."""
    return name if SCORES[name].rises else f"minus {name}"


def _entry(one: ArmPoint | None, notes: Notes) -> Entry:
    if one is None or one.mean is None:
        reason = one.reason if one else wording.NO_CELL
        return Entry(main="n/a", note=notes.number(reason))
    ends = wording.interval(one.low, one.high)
    return Entry(main=wording.mean_std(one), small=(ends,) if ends else ())
