"""Numbers and words of a diagnosis that terminal, page, Markdown and paper say alike."""

import math
from collections.abc import Mapping

from shiftprobe.core.words import counted, in_percent, in_points, whole_percent
from shiftprobe.results.diagnosis import Answer, Diagnosis, Experiment, Lack, NotLooked, Outcome, Stage, judged_on
from shiftprobe.results.model import Summary

STAGES: Mapping[Stage, str] = {
    "file": "file and data",
    "worth": "is there anything to explain",
    "schedule": "schedule and rate",
    "where": "where the gain lives",
    "head": "head or body",
    "labels": "labels and capacity",
}
OUTCOMES: Mapping[Outcome, str] = {
    "cause": "cause",
    "suggestive": "suggestive",
    "ruled_out": "ruled out",
    "unclear": "unclear",
    "not_possible": "not possible",
}
MEANINGS: Mapping[Outcome, str] = {
    "cause": "it moves enough of the gap, a third or more, and its interval after Holm excludes what its sham does",
    "suggestive": "it works, but too few images or seeds judge it; the reason stands beside it",
    "ruled_out": "shown to move less than that: not the cause",
    "unclear": "neither shown to help nor shown not to",
    "not_possible": "it could not be tried here; the reason stands beside it",
}
ANSWERS: Mapping[Answer, str] = {"cause": "cause found", "no_fault": "no fault", "open": "open"}
PLACES: Mapping[str, str] = {"home": "at home", "target": "on the target", "gain": "in the gain of transfer"}
NOTHING = "n/a"


def stale(found: Diagnosis, summary: Summary) -> str:
    """What to say where the run has grown since it was diagnosed; empty where it has not."""
    if not found.judged or found.judged == judged_on(summary):
        return ""
    return "The run holds other arms, conditions, budgets or seeds than when this was found. Diagnose it again with:"


def place(at: str) -> str:
    """'at home', 'on the target', 'in the gain of transfer'."""
    return PLACES.get(at, at)


def known(value: float | None) -> bool:
    """Whether a number is there to be told."""
    return value is not None and math.isfinite(value)


def level(value: float | None, at: str) -> str:
    """An accuracy in percent, '41.2 %', or a gain in points, '+2.1 points'."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{in_points(value)} points" if at == "gain" else f"{in_percent(value)} %"


def change(one: Experiment) -> str:
    """'41.2 % -> 78.9 % (its sham: 41.5 %)'; what is not known is left out."""
    if not known(one.after):
        return ""
    before = f"{level(one.before, one.at)} -> " if known(one.before) else ""
    sham = f" (its sham: {level(one.sham, one.at)})" if known(one.sham) else ""
    return f"{before}{level(one.after, one.at)}{sham}"


def effect(one: Experiment) -> str:
    """'+37.4 points beyond its sham (95 % +34.1 to +40.6, n = 1,000 images, 3 seeds)'; empty without an effect."""
    found = one.effect
    if found is None or not known(found.value):
        return ""
    n = [f"n = {counted(found.n, 'image')}"] if found.n else []
    n += [counted(found.seeds, "seed")] if found.seeds else []
    ends = f"95 % {in_points(found.low)} to {in_points(found.high)}" if interval(one) else "no interval"
    beyond = " beyond its sham" if known(one.sham) else ""
    return f"{in_points(found.value)} points{beyond} ({', '.join((ends, *n))})"


def interval(one: Experiment) -> str:
    """'+34.1 to +40.6' in points; empty where there is none."""
    found = one.effect
    if found is None or not (known(found.low) and known(found.high)):
        return ""
    return f"{in_points(found.low)} to {in_points(found.high)}"


def share(one: Experiment) -> str:
    """'92 % of the gap'; empty where there is no gap."""
    if one.recovers is None or not math.isfinite(one.recovers):
        return ""
    return f"{whole_percent(one.recovers)} of the gap"


def units(amount: float) -> str:
    """'3 units', '0.5 units', 'no training'."""
    if not math.isfinite(amount):
        return NOTHING
    if amount == 0:
        return "no training"
    return f"{amount:,.3g} {'unit' if amount == 1 else 'units'}" if amount < 1000 else f"{amount:,.0f} units"  # noqa: PLR2004


def spent(found: Diagnosis) -> str:
    """'21 units spent, 12 of them to screen; 24 units allowed', or that nothing was trained."""
    if not found.units:
        said = "nothing was trained"
    else:
        screened = f", {found.screened:,.3g} of them to screen" if known(found.screened) and found.screened else ""
        said = f"{units(found.units)} spent{screened}"
    return said if found.budget is None or not known(found.budget) else f"{said}; {units(found.budget)} allowed"


def lack(one: Lack) -> str:
    """What there was to explain: 'on the target 41.2 % now, 88.0 % within reach (a new head, n = 1,000 images)'."""
    behind = [one.reached_by] if one.reached_by else []
    behind += [f"n = {counted(one.n, 'image')}"] if one.n else []
    reach = f", {level(one.reach, one.at)} within reach" if known(one.reach) else ""
    return f"{place(one.at)} {level(one.now, one.at)} now{reach}" + (f" ({', '.join(behind)})" if behind else "")


def not_looked(one: NotLooked) -> str:
    """'twice the width: 6 units, beyond the budget of 12 trainings'."""
    price = units(one.units)
    return f"{one.title}: {price}, {one.why}" if one.why else f"{one.title}: {price}"


def tally(found: Diagnosis) -> str:
    """'14 experiments: 1 cause, 11 ruled out, 2 not possible'."""
    outcomes = [one.outcome for one in found.path]
    causes = outcomes.count("cause")
    counts = [counted(causes, "cause")] if causes else []
    counts += [f"{outcomes.count(key)} {word}" for key, word in OUTCOMES.items() if key in outcomes and key != "cause"]
    return f"{counted(len(outcomes), 'experiment')}: {', '.join(counts)}" if counts else "no experiment was done"
