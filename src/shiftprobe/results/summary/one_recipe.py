"""Verdicts on arms of different recipes, beside the same two beginnings under each one recipe."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from shiftprobe.core.words import in_points
from shiftprobe.results.marks import Mark
from shiftprobe.results.model import Headline, Verdict, widest
from shiftprobe.results.one_recipe import Agreement, OneRecipe, UnderOne
from shiftprobe.results.summary.accuracies import ArmPair
from shiftprobe.results.summary.recipes import Recipes, differ
from shiftprobe.spec.arm_names import trained_as
from shiftprobe.spec.pairs import same_recipe
from shiftprobe.stats import Verdict as Judgement

OPPOSITE: Mapping[Judgement, Judgement] = {"better": "worse", "worse": "better"}


def held_against_one_recipe(
    verdicts: Mapping[ArmPair, Verdict], recipes: Recipes, weak: Collection[str] = ()
) -> dict[ArmPair, Verdict]:
    """Each verdict; of arms with different recipes with what stays of it when both have one.

    A word that the other contrasts do not repeat is declined: nothing may rest on a recipe alone.

    Args:
        verdicts: of every pair, those under one recipe among them.
        recipes: how the arms were trained.
        weak: arms that are not shown to beat the commonest class; a contrast with one of them says nothing.
    """
    return {
        pair: _held(one, verdicts, recipes, weak) if differ(recipes, pair) else one for pair, one in verdicts.items()
    }


def _held(one: Verdict, verdicts: Mapping[ArmPair, Verdict], recipes: Recipes, weak: Collection[str]) -> Verdict:
    if one.contrast is None:
        return one
    both = [(pair, verdicts.get(pair)) for pair in same_recipe(one.pair)]
    under = tuple(
        _under(as_, pair, known.contrast, void=not set(pair).isdisjoint(weak))
        for as_, (pair, known) in zip(one.pair, both, strict=True)
        if known is not None and known.contrast is not None
    )
    found = OneRecipe(
        recipes=(recipes.by_arm[one.pair[0]].name, recipes.by_arm[one.pair[1]].name),
        difference=one.contrast.difference,
        verdict=one.contrast.verdict,
        under=under,
        agreement=_agreement(one.contrast, under, len(both)),
    )
    told = replace(one, one_recipe=found, marks=(*one.marks, *_marks(found, one.pair)))
    if not found.decides:
        return replace(told, detail=" ".join(filter(None, (one.detail, _beside(found, one.pair)))))
    return replace(
        told,
        word="inconclusive",
        sentence=told_apart(found, one.pair),
        detail=" ".join(filter(None, (one.sentence, one.detail))),
        contrast=replace(one.contrast, verdict="inconclusive"),
    )


def _under(as_: str, pair: ArmPair, one: Headline, *, void: bool) -> UnderOne:
    low, high = widest(one)
    return UnderOne(
        trained_as=trained_as(as_),
        pair=pair,
        difference=one.difference,
        low=low,
        high=high,
        verdict=one.verdict,
        void=void,
    )


def _agreement(own: Headline, under: Sequence[UnderOne], wanted: int) -> Agreement:
    """The gravest that any contrast under one recipe says."""
    sign, under = _sign(own), [one for one in under if not one.void]
    if any(one.verdict == OPPOSITE.get(own.verdict) or sign * _sign(one) < 0 for one in under):
        return "contradicts"
    if any(one.verdict != own.verdict for one in under):
        return "other_word"
    return "agrees" if len(under) == wanted else "missing"


def _sign(one: Headline | UnderOne) -> int:
    """The sign of a difference whose interval excludes 0; else 0."""
    low, high = widest(one) if isinstance(one, Headline) else (one.low, one.high)
    if low is None or high is None:
        return 0
    return (low > 0) - (high < 0)


def told_apart(found: OneRecipe, pair: ArmPair, names: Mapping[str, str] | None = None) -> str:
    """The headline where the recipe decides, in at most 25 words.

    Args:
        found: what both kinds of contrasts say.
        pair: the arms.
        names: how arms are called, where not by their names.
    """
    a, b = ((names or {}).get(arm, arm) for arm in pair)
    lead = "The recipe decides" if found.agreement == "contradicts" else "The word hangs on the recipe"
    own = f"{in_points(found.difference or 0.0)} points ({found.verdict}) with own recipes"
    return f"{lead}: {a} minus {b} {', '.join((own, *_each(found)))}."


def _beside(found: OneRecipe, pair: ArmPair) -> str:
    """What stands beside a word that both kinds of contrasts share, or that the run cannot hold against one recipe."""
    if not found.under:
        return ""
    same = "the same word" if found.agreement == "agrees" else "as far as the run holds them"
    return f"Under one recipe {pair[0]} minus {pair[1]} is {', '.join(_each(found))}: {same}."


def _each(found: OneRecipe) -> list[str]:
    return [
        f"nothing under {one.trained_as}'s"
        if one.void
        else f"{in_points(one.difference)} ({one.verdict}) under {one.trained_as}'s"
        for one in found.under
    ]


def _marks(found: OneRecipe, pair: ArmPair) -> tuple[Mark, ...]:
    a, b = pair
    own = f"{a} is trained by recipe {found.recipes[0]}, {b} by {found.recipes[1]}"
    if found.recipes[0] == found.recipes[1]:
        own = f"{a} and {b} are both trained by recipe {found.recipes[0]}, with other parts"
    turns = found.agreement == "contradicts"
    if found.decides:
        text = (
            f"{own}, and under one recipe for both the word {'turns' if turns else 'is not shown'}: what {a} gains or "
            "loses may not be that of its weights alone. --tune gives every recipe the same trials."
        )
        label = "" if turns else "the word hangs on the recipe"
        return (Mark(kind="recipe_decides", label=label, text=text, arms=tuple(sorted(pair))),)
    if found.agreement == "missing":
        more = (
            "a contrast under one recipe says nothing, for an arm of it did not learn."
            if found.under
            else "--set compare.crossed=true also trains each as the other is."
        )
        text = f"{own}: the difference is that of weights with their recipe; {more}"
        return (Mark(kind="weights_with_recipe", text=text, arms=tuple(sorted(pair))),)
    return ()
