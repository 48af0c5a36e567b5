"""A cause that lies in how the arms were trained: each has its own recipe, and with one for both the word moves."""

from shiftprobe.results.model import Explanation, Fact
from shiftprobe.results.one_recipe import OneRecipe, UnderOne
from shiftprobe.results.recipe_words import equal_trials
from shiftprobe.why.base import between, points
from shiftprobe.why.chance import learnt
from shiftprobe.why.run_facts import RunFacts

CLAIMS = {
    True: "The recipe, not the weights: with one recipe for both arms the difference turns around.",
    False: "Perhaps the recipe: with one recipe for both arms the word is not shown.",
}
"""Whether the two contrasts contradict each other, or one of them cannot repeat the word."""


def recipe_decides(run: RunFacts) -> Explanation | None:
    """Under one recipe for both arms the word on transfer against scratch is another than with their own."""
    found = deciding_recipe(run)
    if found is None:
        return None
    fair = [one for one in found.under if not one.void and all(learnt(run, arm) for arm in one.pair)]
    if all(one.verdict == found.verdict for one in fair):
        return None
    return Explanation(
        name="recipe_decides",
        claim=CLAIMS[found.agreement == "contradicts"],
        grade="strong" if found.agreement == "contradicts" else "suggestive",
        evidence=tuple(_fact(one) for one in fair if one.verdict != found.verdict),
        against=tuple(_fact(one) for one in fair if one.verdict == found.verdict),
        experiment=f"{tuning(run)}: with equal trials for every recipe the word must stay what it is with their own",
    )


def deciding_recipe(run: RunFacts) -> OneRecipe | None:
    """What both arms say under one recipe, where it takes back what they say with their own."""
    found = run.verdict.one_recipe if run.verdict else None
    return found if found is not None and found.decides else None


def tuning(run: RunFacts) -> str:
    """The flag that gives every arm the same trials."""
    return equal_trials(run.training.rates)


def _fact(one: UnderOne) -> Fact:
    interval = "" if one.low is None or one.high is None else f" ({between(one.low, one.high)})"
    a, b = one.pair
    return Fact(f"{a} minus {b}, both trained as {one.trained_as}: {points(one.difference)}{interval}, {one.verdict}")
