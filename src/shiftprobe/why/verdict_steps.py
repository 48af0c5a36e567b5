"""The step that a verdict asks for."""

from collections.abc import Mapping

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.core.words import listed
from shiftprobe.results.decision import Choice
from shiftprobe.results.model import Step
from shiftprobe.why.base import asked_arms
from shiftprobe.why.budgets import fewer_labels
from shiftprobe.why.evidence import more_seeds
from shiftprobe.why.recipe import deciding_recipe, tuning
from shiftprobe.why.run_facts import PAIR, RunFacts
from shiftprobe.why.step import AGAIN, told_places

GENTLE = ("lp_ft", "linear_probe")  # arms that keep the checkpoint's features
DOING: Mapping[Choice, str] = {
    "leave_it": "leave it as it is",
    "fine_tune": "fine-tune it",
    "train_anew": "train anew",
}
OTHER_SHIFT = f"A --shift, {AGAIN}, tells where its gain ends"
LEVEL = 0.05  # of the family after Holm


def fine_tune(run: RunFacts) -> Step | None:
    """Nothing beats the fine-tuned checkpoint: where that is shown, and what would show more."""
    if run.choice != "fine_tune":
        return None
    return Step("fine_tune", f"Fine-tune the checkpoint with {run.budget:,} labels.{_elsewhere(run)} {_further(run)}.")


def _further(run: RunFacts) -> str:
    """The next thing to learn about a start that helps."""
    known, shown = _compared(run), _shown(run, 1)
    more = f"--seeds {2 * len(run.summary.seeds)}, {AGAIN}, keeps the seeds that are there"
    if len(known) <= 1:
        return _along_budgets(run) or _fewer(run, "{}, tells how many labels it is worth") or OTHER_SHIFT
    if len(shown) == len(known):
        return (
            f"It is ahead of training anew in all {len(known)} conditions after Holm's correction, so its gain ends "
            "nowhere on this dial: try a stronger or another --shift"
        )
    if shown:
        return f"It is shown to be ahead of training anew {told_places(run, shown)}. To settle the others: {more}"
    return f"In which conditions it is ahead of training anew is not shown one by one (Holm). To settle that: {more}"


def _fewer(run: RunFacts, said: str) -> str:
    """What a quarter of the labels would show, or an image of each class; empty where no smaller budget can train."""
    fewer = fewer_labels(run, 4)
    return "" if fewer is None else said.format(f"--budget {fewer},{run.budget}, {AGAIN}")


def leave_it(run: RunFacts) -> Step | None:
    """Fine-tuning brings nothing or harms: what a gentler one would be, where none was tried."""
    if run.choice != "leave_it":
        return None
    arms, tried = _gentler(run), "gentler arms were tried too; another checkpoint is worth more than another setting"
    if arms:
        tried = (
            f"before you give fine-tuning up, a tenth of its rate ({_lower_rate(run)}) or --arms {arms} "
            "keeps more of its features"
        )
    return Step("leave_it", f"Use the checkpoint as it is.{_elsewhere(run)} {tried[0].upper()}{tried[1:]}.")


def train_anew(run: RunFacts) -> Step | None:
    """Training from scratch beats the checkpoint: do without it, unless a gentler way was not tried."""
    if run.choice != "train_anew":
        return None
    arms, tried = _gentler(run), "another checkpoint is worth more than another setting"
    if arms:
        tried = f"before you give it up, --arms {arms} keeps its features through the first epochs"
    return Step(
        "train_anew", f"Train from scratch: fine-tuning this checkpoint costs accuracy;{_elsewhere(run)} {tried}."
    )


def _gentler(run: RunFacts) -> str:
    """The run's arms with one more that keeps the checkpoint's features; empty where all of these were tried."""
    left = [arm for arm in GENTLE if arm not in run.summary.arms]
    return ",".join((*asked_arms(run), left[0])) if left else ""


def spend_on_labels(run: RunFacts) -> Step | None:
    """Both arms are equivalent: the weights are not what is missing; fewer labels are where they may help."""
    contrast = run.headline
    if run.choice != "either" or contrast is None or contrast.margin_certified is None:
        return None
    certified = f"within ±{100 * contrast.margin_certified:.3g} points (TOST, n = {contrast.n} seeds)"
    fewer = _along_budgets(run)
    if not fewer and len(run.summary.budgets) == 1:
        fewer = _fewer(run, "With fewer labels it may still help: {}")
    end = f" {fewer}." if fewer else ""
    return Step(
        "spend_on_labels",
        f"Train from scratch: with {run.budget:,} labels it is as good, {certified}.{_elsewhere(run)} Spend on labels "
        f"of the target, not on these weights.{end}",
    )


def settle_it(run: RunFacts) -> Step | None:
    """Nothing is shown on the whole: how many seeds would settle it, and what is shown in single places anyway."""
    if run.choice != "cannot_tell":
        return None
    anyway = _along_budgets(run)
    return Step("settle_it", f"Do not choose yet: {_settling(run)}.{f' {anyway}.' if anyway else ''}{_elsewhere(run)}")


def _elsewhere(run: RunFacts) -> str:
    """Conditions that alone say another thing than all of them together, after Holm's correction."""
    decision = run.summary.decision
    told = []
    for choice, doing in DOING.items():
        places = [one.condition for one in decision.places if one.choice == choice] if decision else []
        if places and choice != run.choice and len(run.places) > 1:
            told.append(f"{doing} {told_places(run, places)}")
    return f" Alone, {'; '.join(told)}." if told else ""


def _settling(run: RunFacts) -> str:
    """What more_seeds says of the comparison that is open; of one seed there is nothing to plan with."""
    if deciding_recipe(run) is not None and set(PAIR) <= set(run.summary.decision.open if run.summary.decision else ()):
        return f"{tuning(run)} gives every arm the same trials, so that no recipe decides"
    contrast = run.open_contrast
    gone = [one for one in contrast.astray if one.count] if contrast else []
    if gone:
        told = " and ".join(f"{one.arm} (seed {', '.join(map(str, one.seeds))})" for one in gone)
        return (
            f"look at the loss of what went astray, {told}, and try a lower rate ({_lower_rate(run)}); "
            "more seeds tell how often that happens"
        )
    if not contrast or len(run.summary.seeds) == 1:
        return f"one seed settles nothing; --seeds 5, {AGAIN}, keeps the one that is there"
    return more_seeds(run, contrast)


def _compared(run: RunFacts) -> list[Condition]:
    """Conditions in which the two arms were compared at the largest budget."""
    return [place for place in run.places if run.contrast(place) is not None]


def _shown(run: RunFacts, sign: int, budget: int | None = None) -> list[Condition]:
    """Conditions in which a difference of one sign survives Holm's correction."""
    found = ((place, run.contrast(place, budget)) for place in run.places)
    return [
        place
        for place, one in found
        if one and one.p_holm is not None and one.p_holm < LEVEL and sign * one.difference > 0
    ]


def _along_budgets(run: RunFacts) -> str:
    """With which of several budgets transfer is ahead on the unshifted target, and from which on it does not matter."""
    budgets = run.summary.budgets
    ahead = [budget for budget in budgets if UNSHIFTED in _shown(run, 1, budget)]
    labels = run.summary.labels
    level = labels.equivalent_from if labels else None
    if len(budgets) == 1 or not (ahead or level):
        return ""
    said = [f"it is ahead with {listed([f'{budget:,}' for budget in ahead])} labels"] if ahead else []
    said += [f"from {level:,} labels on both arms are equivalent"] if level else []
    return f"Along the budgets {'; '.join(said)}"


def _lower_rate(run: RunFacts) -> str:
    """The flag that asks for a lower rate; where rates are tuned, `train.lr` moves nothing."""
    rate, tried = run.gentler_rate, run.training.tune or {}
    return f"--tune lr={rate},{min(run.training.rates):g}" if "lr" in tried else f"--set train.lr={rate}"
