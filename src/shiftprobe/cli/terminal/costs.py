"""What a run costs, said before it begins: cells, trainings, hours, disk, and what a cheaper one would settle."""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from shiftprobe.cli.terminal import progress
from shiftprobe.cli.terminal.findings import skipped
from shiftprobe.cli.terminal.speech import say
from shiftprobe.core.words import counted, in_units, listed

if TYPE_CHECKING:
    from shiftprobe.core.types import Cell
    from shiftprobe.engine.cost import Cost
    from shiftprobe.engine.outlook import Outlook, PlanOutlook, Spread
    from shiftprobe.engine.plan import Plan
    from shiftprobe.engine.priced import PricedRun

HOUR = 3600  # s
HANDY = 0.55  # of the cost: up to here a cheaper plan is told as a half, a third and so on


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBill:
    """What a run costs and what that buys."""

    run: "PricedRun"
    cost: "Cost"
    devices: int
    outlook: "Outlook | None"
    minutes: float | None = None
    within: tuple["Cell", ...] | None = None  # cells that fit into the minutes; None without any


def bill_of(ready: "Plan", wanted: int | None, minutes: float | None) -> RunBill:
    """The bill of a plan.

    Args:
        ready: the plan.
        wanted: processes; None takes as many as there are cores.
        minutes: that it may take; None: as many as it needs.

    Raises:
        SpecError: when not one seed of the headline fits into the minutes.
    """
    from shiftprobe.engine.cost import cost_of
    from shiftprobe.engine.minutes import allowed_for, fitting
    from shiftprobe.engine.outlook import outlook
    from shiftprobe.engine.priced import priced
    from shiftprobe.engine.side_by_side import site

    run = priced(ready, wanted)
    if minutes is not None:
        allowed_for(run, minutes)
    return RunBill(
        cost=cost_of(run.setup, run.cells, run.todo, run.workers, run.prices),
        devices=site(run.setup).gpus if run.setup.device == "cuda" else 1,
        run=run,
        outlook=outlook(run),
        minutes=minutes,
        within=None if minutes is None else fitting(run, minutes),
    )


def show(bill: RunBill, ready: "Plan", *, as_json: bool) -> None:
    """A dry run: every cell and the bill, what follows the run, and which arms it cannot train."""
    if as_json:
        say(json.dumps(to_json(bill, ready), sort_keys=True, allow_nan=False))
        return
    todo = set(bill.run.todo)
    for cell in ready.cells:
        say(f"{'todo' if cell in todo else 'done'}  {cell.key}")
    for line in lines(bill):
        say(line)
    asked = ready.setup.spec.why
    if asked is not None:
        say(f"Then a diagnosis: at most {asked.trainings:g} trainings of one arm with one seed each.")
    skipped(ready.facts.skipped_arms)


def lines(bill: RunBill) -> list[str]:
    """The estimate, then a line each on trainings, disk, what the run can settle, cheaper plans, and the minutes."""
    cost, disk = bill.cost, bill.cost.disk
    found = [progress.estimate(cost, bill.run.workers, bill.run.setup.device)]
    if cost.arms:
        found.append(f"Trainings: {', '.join(f'{arm} {count}' for arm, count in sorted(cost.arms.items()))}.")
    if cost.todo:
        kept = (
            f"{in_units(disk.weights)} of weights at most and about {in_units(disk.rest)} of answers, tables and page"
        )
        found.append(f"The run folder grows by {in_units(disk.weights + disk.rest)}: {kept}.")
    if bill.devices > 1:
        found.append(f"Each of {bill.devices} devices works for about {progress.duration(cost.seconds)}.")
    found += _settling(bill.outlook, "of the cost" if cost.todo == cost.cells else "of the cost that is left")
    return found + _within(bill)


def _within(bill: RunBill) -> list[str]:
    """What the minutes hold, where there are any and something is to do."""
    if bill.within is None or bill.minutes is None or not bill.run.todo:
        return []
    fit, todo = len(bill.within), len(bill.run.todo)
    if fit == todo:
        return [f"--minutes {bill.minutes:g}: every cell fits by this estimate."]
    said = (
        f"--minutes {bill.minutes:g}: {fit} of {counted(todo, 'cell')} fit by this estimate, those that settle the "
        "headline first; the same command without --minutes goes on with the rest."
    )
    return [said]


def _settling(seen: "Outlook | None", of_what: str) -> list[str]:
    if seen is None:
        return []
    whole = seen.whole
    if whole.margin is None:
        certified = "one seed has no spread and certifies nothing"
    else:
        certified = f"{counted(whole.seeds, 'seed')} certify ±{100 * whole.margin:.1f} points at best"
    first = (
        f"Settles, where {seen.pair[0]} and {seen.pair[1]} are truly equal: {certified}; for ±{100 * seen.wanted:g} "
        f"with a chance of 80 % it takes {counted(seen.needed, 'seed')} ({_origin(whole.spread)})."
    )
    return [first, *(_cheaper(one, whole, of_what) for one in seen.cheaper)]


def _cheaper(one: "PlanOutlook", whole: "PlanOutlook", of_what: str) -> str:
    """'5 seeds and 3 severities: 1/6 of the cost, certifies ±1.6 points instead of ±1.1 (assumed: ...).'."""
    parts = [counted(one.seeds, "seed")] if one.seeds < whole.seeds else []
    parts += [counted(one.severities, "severity", "severities")] if one.severities < whole.severities else []
    parts += ["the largest budget alone"] if one.budgets < whole.budgets else []
    plan, cost = listed(parts), f"{_share(one.share)} {of_what}"
    plan = f"{plan[0].upper()}{plan[1:]}"
    if one.margin is None or whole.margin is None:
        return f"{plan}: {cost}, and the headline says as much."
    if one.margin == whole.margin:
        return f"{plan}: {cost}, certifies the same ±{100 * one.margin:.1f} points ({_origin(one.spread)})."
    return (
        f"{plan}: {cost}, certifies ±{100 * one.margin:.1f} points instead of ±{100 * whole.margin:.1f} "
        f"({_origin(one.spread)})."
    )


def _share(share: float) -> str:
    """'1/6', or '80 %' of what is no handy part."""
    return f"{100 * share:.0f} %" if share > HANDY else f"1/{round(1 / share)}"


def _origin(spread: "Spread") -> str:
    """Where the spread of a seed's difference comes from."""
    sd = f"{100 * spread.sd:.2g} point{'' if round(100 * spread.sd, 2) == 1 else 's'}"
    if spread.seeds is None:
        return f"assumed: a seed's difference spreads by {sd}"
    return f"a seed's difference spreads by {sd}, measured on the {spread.seeds} seeds that this run has"


def to_json(bill: RunBill, ready: "Plan") -> dict[str, object]:
    """The bill as plain data; times in hours, sizes in bytes, margins and spreads as fractions."""
    cost, todo = bill.cost, set(bill.run.todo)
    return {
        "cells": [{"cell": cell.key, "done": cell not in todo} for cell in ready.cells],
        "trainings": dict(sorted(cost.arms.items())),
        "trials": cost.trials,
        "hours": cost.seconds / HOUR,
        "device": bill.run.setup.device,
        "devices": bill.devices,
        "workers": bill.run.workers,
        "disk": asdict(cost.disk),
        "outlook": None if bill.outlook is None else asdict(bill.outlook),
        "minutes": bill.minutes,
        "within": None if bill.within is None else [cell.key for cell in bill.within],
        "skipped_arms": dict(ready.facts.skipped_arms),
    }
