"""Every declared pair over all conditions as a table, and under whose recipe its arms were trained."""

from collections.abc import Sequence

from shiftprobe.report.kit import claims, wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.table import Entry, Notes, Table
from shiftprobe.results.model import Headline, Verdict, widest

VOID = "the comparison is void"
WEAK = "one of the arms is not shown to beat always naming the commonest class"


def pair_table(run: ReadRun) -> Table | None:
    """Every declared pair over all conditions, a row each; None in folders that keep no verdict of a pair."""
    told = [one for one in run.summary.verdicts if one.contrast is not None]
    if not told:
        return None
    notes = Notes()
    where = "over all conditions" if run.drifts else "on the target"
    void = ": void, they say nothing about the checkpoint" if claims.void(run) else ""
    heads = (
        ("pair", ""), ("difference", "points"), ("verdict", ""), ("95 %", "points"),
        ("n", "seeds"), ("images", "test"), ("p", ""),
    )  # fmt: skip
    weak = {
        arm for mark in run.summary.limits if mark.kind in {"at_majority", "control_not_trained"} for arm in mark.arms
    }
    alike = _whose_recipe(told)
    rows = tuple(
        _pair(
            one,
            one.contrast,
            notes,
            empty=VOID if void else WEAK if weak & set(one.pair) else "",
            alike=alike.get(one.pair, ""),
        )
        for one in told
        if one.contrast
    )
    return Table(caption=f"Every pair {where}{void}", heads=heads, rows=rows, notes=notes.said, sortable=False)


def _whose_recipe(told: Sequence[Verdict]) -> dict[tuple[str, str], str]:
    """By which recipe both arms of a pair are trained, where some pair has two."""
    own = {one.pair: one.one_recipe for one in told if one.one_recipe is not None}
    under = {some.pair: f"both trained as {some.trained_as}" for found in own.values() for some in found.under}
    return {**under, **dict.fromkeys(own, "each by its own recipe")}


def _pair(told: Verdict, one: Headline, notes: Notes, *, empty: str, alike: str) -> tuple[Entry, ...]:
    """A row; a comparison that says nothing keeps its numbers and loses its sign; `alike`: whose recipe both have."""
    low, high = widest(one)
    alone = "seeds alone" if one.both_low is None else "seeds and images"
    kind = one.verdict if one.verdict in wording.MARKS else "inconclusive"
    other = told.with_all
    note = notes.number(empty) if empty else None
    if told.one_recipe is not None and told.one_recipe.decides and not empty:
        note = notes.number(f"{told.one_recipe.verdict} with own recipes; under one recipe for both another word")
    note = notes.number(f"with every training in it is {other}") if other and other != one.verdict else note
    missing = notes.number(wording.CANNOT) if low is None or high is None else None
    interval = wording.points_interval(low, high)
    return (
        Entry(main=wording.minus(*told.pair), small=(alike,) if alike else ()),
        Entry(main=wording.points(one.difference, low, high), sort=one.difference),
        Entry(main=f"says nothing ({wording.MARKS[kind].word})", sort=kind, note=note)
        if empty
        else Entry(main=wording.MARKS[kind].word, sort=kind, kind=kind, note=note),
        Entry(main=interval or "n/a", small=(alone,) if interval else (), note=missing),
        Entry(main=f"{one.n}"),
        Entry(main=f"{one.images:,}" if one.images else wording.DASH),
        Entry(
            main=wording.p_value(one.p),
            small=("with all seeds",) if told.with_all else (),
            note=missing if one.p is None else None,
        ),
    )
