"""What the checkpoint is worth in labels, and how the arms were trained, as tables."""

from dataclasses import dataclass

from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.table import Entry, Notes, Table
from shiftprobe.results.recipe_words import trained
from shiftprobe.stats import Worth

OUTSIDE = "the number lies outside the budgets that were tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsSection:
    """The worth of the checkpoint in labelled images."""

    sentence: str
    table: Table | None


def labels(run: ReadRun) -> LabelsSection | None:
    """None when the run did not compare budgets."""
    found = run.summary.labels
    if found is None:
        return None
    still = {one.arm for one in run.summary.points if one.budget is None}
    trained = (pair for pair in run.pairs if not still & set(pair))
    notes, (a, b) = Notes(), next(trained, ("first arm", "second arm"))
    rows = tuple((Entry(main=f"{one.budget:,}", sort=float(one.budget)), *_worth(one, notes)) for one in found.worth)
    heads = ((f"{a} with", "labelled images"), (f"{b} needs", "labelled images"), ("95 %", "interval"), ("n", "seeds"))
    caption = f"How many labels {b} needs to reach {a}"
    table = Table(caption=caption, heads=heads, rows=rows, notes=notes.said) if rows else None
    return LabelsSection(sentence=found.sentence, table=table)


def _worth(one: Worth, notes: Notes) -> tuple[Entry, ...]:
    seeds = Entry(main=f"{one.n}", sort=float(one.n))
    shown = f"{one.bound} {one.equal_to:,.0f}".strip()
    note = notes.number(OUTSIDE) if one.bound else None
    return (Entry(main=shown, sort=one.equal_to, note=note), Entry(main=_interval(one), sort=one.low or 0.0), seeds)


def _interval(one: Worth) -> str:
    """Both ends where they lie within the budgets that were tried; an end beyond them is said in words."""
    if one.low is not None and one.high is not None:
        return f"{one.low:,.0f} to {one.high:,.0f}"
    if one.low is not None:
        return f"at least {one.low:,.0f}"
    if one.high is not None:
        return f"at most {one.high:,.0f}"
    return "no interval" if one.n < 2 else "no end within the budgets"  # noqa: PLR2004 - one seed has no spread


def hyperparameters(run: ReadRun) -> tuple[tuple[str, str], ...]:
    """Names and values as a paper's supplement lists them."""
    training = run.summary.training
    return tuple((name, _value(value)) for name, value in training.hyperparameters) if training else ()


def recipes(run: ReadRun) -> Table | None:
    """How each arm was trained, a column per recipe; None where all were trained alike, or nobody says."""
    ways = trained(run.summary.training) if run.summary.training else ()
    if len(ways) < 2:  # noqa: PLR2004 - one recipe stands among the hyper-parameters
        return None
    told = [dict(way.parts) for way in ways]
    names = dict.fromkeys(name for one in told for name in one)
    rows = tuple((Entry(main=name), *(Entry(main=one.get(name, "none")) for one in told)) for name in names)
    heads = (("part", ""), *((", ".join(way.arms), "") for way in ways))
    return Table(
        caption="Recipe of each arm, with the largest label budget", heads=heads, rows=rows, notes=(), sortable=False
    )


def chosen(run: ReadRun) -> Table | None:
    """The values that tuning chose, by arm and budget; None when nothing was tuned."""
    training = run.summary.training
    if training is None or training.tune is None or not training.chosen:
        return None
    rows = tuple(
        (
            Entry(main=one.arm, arm=one.arm, sort=one.arm),
            Entry(main=f"{one.budget:,}", sort=float(one.budget)),
            Entry(main=", ".join(f"{name} {_value(value)}" for name, value in one.values.items()) or wording.DASH),
            Entry(main=f"{one.count} of {one.n}", sort=float(one.count)),
        )
        for one in training.chosen
    )
    heads = (("arm", ""), ("budget", "images"), ("most often", ""), ("in", "trainings"))
    tried = "; ".join(f"{name} of {_value(values)}" for name, values in training.tune.items())
    return Table(caption=f"Chosen on the validation part: {tried}", heads=heads, rows=rows, notes=())


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value)) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return "not set" if value is None else str(value)
