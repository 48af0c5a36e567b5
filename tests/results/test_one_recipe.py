"""Arms of different recipes: what stays of their word when both have one, and that nothing rests on a recipe alone."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.why.made_up import ABOUT, HELPS, SIDE, arm, curve, still, summed

from shiftprobe.core.types import Row
from shiftprobe.results.about import Datasets
from shiftprobe.results.model import Curve, Summary, Verdict
from shiftprobe.results.summary_file import to_json
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.recipes import Situation, named
from shiftprobe.why import explain, next_steps

HIGH, MIDDLE, LOW = (0.95, 0.94, 0.96), (0.90, 0.89, 0.91), (0.80, 0.795, 0.805)
WIDE = (0.95, 0.85, 0.75)
CASE = Situation(family="convolutional", easy=False, pretrained=True, images=80)
FINETUNE, SCRATCH = named("finetune", CASE), named("scratch", CASE)
ARMS = ("zero_shot", "scratch", "transfer", "transfer@scratch", "scratch@transfer")
Values = Sequence[float]


def trainings(recipes: dict[str, Recipe]) -> list[Curve]:
    """A training per arm and seed that nothing is wrong with."""
    return [
        replace(curve(name, [2.0, 0.5, 0.01], [0.5, 0.9, 0.9], seed=seed), recipe=recipe, train_accuracy=1.0, images=80)
        for name, recipe in recipes.items()
        for seed in range(3)
    ]


RECIPES = {
    "transfer": FINETUNE,
    "scratch": SCRATCH,
    "transfer@scratch": replace(SCRATCH, name="scratch"),
    "scratch@transfer": replace(FINETUNE, name="finetune"),
}


def run(
    as_transfer: Values | None, as_scratch: Values | None, *more: list[Row], names: Sequence[str] = ARMS
) -> Summary:
    """Transfer .95 by its recipe, scratch .80 by its own; scratch as transfer is trained, transfer as scratch is."""
    rows = [*arm("transfer", *HIGH), *arm("scratch", *LOW), *itertools.chain(*more)]
    rows += arm("scratch@transfer", *as_transfer) if as_transfer else []
    rows += arm("transfer@scratch", *as_scratch) if as_scratch else []
    kept = {name: RECIPES[name] for name in names if name in RECIPES}
    return summed(rows, curves=trainings(kept), arms=list(names))[1]


def of(summary: Summary, a: str = "transfer", b: str = "scratch") -> Verdict:
    return next(one for one in summary.verdicts if one.pair == (a, b))


def kinds(verdict: Verdict) -> set[str]:
    return {mark.kind for mark in verdict.marks}


def test_both_contrasts_under_one_recipe_stand_beside_the_headline() -> None:
    summary = run(LOW, HIGH)
    found = of(summary).one_recipe
    assert found is not None
    assert found.recipes == ("finetune", "scratch")
    assert [(one.trained_as, one.pair) for one in found.under] == [
        ("transfer", ("transfer", "scratch@transfer")),
        ("scratch", ("transfer@scratch", "scratch")),
    ]
    # a mean of .95 less one of .80, in points 15
    assert [one.difference for one in found.under] == pytest.approx([0.15, 0.15])
    for one in found.under:
        beside = of(summary, *one.pair).contrast
        assert beside is not None
        assert (one.difference, one.verdict) == (beside.difference, beside.verdict)


def test_where_they_agree_the_word_stays_and_no_mark_is_set() -> None:
    summary = run(LOW, HIGH)
    assert of(summary).word == "better"
    assert not {"recipe_decides", "weights_with_recipe"} & kinds(of(summary))
    assert "Under one recipe transfer minus scratch is +15.0 (better) under transfer's" in of(summary).detail
    assert summary.decision is not None
    assert summary.decision.choice == "fine_tune"


@pytest.mark.parametrize(
    ("as_transfer", "as_scratch", "agreement"),
    [
        (HIGH, HIGH, "other_word"),  # under transfer's recipe scratch is as good
        ((0.99, 0.985, 0.995), HIGH, "contradicts"),  # ... is better
        (LOW, (0.70, 0.69, 0.705), "contradicts"),  # under scratch's recipe transfer is worse
        (WIDE, HIGH, "other_word"),  # under transfer's recipe nothing is shown
    ],
)
def test_where_they_differ_that_is_the_headline(as_transfer: Values, as_scratch: Values, agreement: str) -> None:
    summary = run(as_transfer, as_scratch)
    verdict, decision = of(summary), summary.decision
    assert decision is not None
    assert verdict.one_recipe is not None
    assert (verdict.one_recipe.agreement, verdict.one_recipe.verdict) == (agreement, "better")
    assert verdict.word == "inconclusive"
    assert "recipe_decides" in kinds(verdict)
    lead = "The recipe decides: " if agreement == "contradicts" else "The word hangs on the recipe: "
    assert verdict.sentence.startswith(f"{lead}transfer minus scratch +15.0 points (better) with own recipes, ")
    assert decision.sentence.startswith(f"{lead}fine-tuning minus training anew +15.0 points (better)")
    assert len(decision.sentence.split()) <= 25
    assert len(verdict.sentence.split()) <= 25
    assert decision.choice == "cannot_tell"


def test_a_choice_that_does_not_rest_on_the_recipe_stays() -> None:
    untouched = still("zero_shot", 0.85)  # transfer is ahead of it, scratch behind
    decision = run(HIGH, HIGH, untouched).decision
    assert decision is not None
    assert decision.choice == "fine_tune"
    assert decision.sentence.startswith("Fine-tune it: 10.0 points above leaving it")
    assert "training anew" not in decision.sentence
    assert "The word hangs on the recipe: fine-tuning minus training anew" in decision.reason
    apart = run(HIGH, HIGH, still("zero_shot", 0.5)).decision  # both are ahead of it
    assert apart is not None
    assert (apart.choice, apart.open) == ("cannot_tell", ("transfer", "scratch"))
    assert apart.sentence.startswith("The word hangs on the recipe")
    assert [one.choice for one in apart.places] == ["cannot_tell"]


@pytest.mark.parametrize(("as_transfer", "as_scratch"), [(None, None), (LOW, None)])
def test_without_both_contrasts_the_word_carries_a_mark(as_transfer: Values | None, as_scratch: Values | None) -> None:
    summary = run(as_transfer, as_scratch, names=ARMS[:3] if as_transfer is None else ARMS)
    assert of(summary).word == "better"
    (mark,) = (one for one in of(summary).marks if one.kind == "weights_with_recipe")
    assert mark.badge == "weights with their recipe"
    assert "transfer is trained by recipe finetune, scratch by scratch" in mark.text
    assert mark in summary.limits


def test_arms_of_one_recipe_have_no_second_contrast() -> None:
    same = trainings({"transfer": FINETUNE, "scratch": replace(FINETUNE, name="mine")})
    summary = summed([row for one in HELPS for row in one], curves=same)[1]
    assert of(summary).one_recipe is None
    assert "weights_with_recipe" not in kinds(of(summary))


def test_a_rate_that_trials_chose_is_no_difference_between_recipes() -> None:
    rates = trainings({"transfer": replace(FINETUNE, lr=1e-3), "scratch": replace(FINETUNE, lr=1e-2)})
    rows = [row for one in HELPS for row in one]
    assert of(summed(rows, curves=rates)[1]).one_recipe is not None
    tuned = summed(rows, curves=rates, train={"epochs": 20, "tune": {"lr": [1e-3, 1e-2]}})[1]
    assert of(tuned).one_recipe is None


def test_the_facts_are_written_and_crossed_arms_are_no_way_to_go_on() -> None:
    summary = run((0.99, 0.985, 0.995), HIGH, still("zero_shot", 0.5))
    written = next(one for one in to_json(summary)["verdicts"] if one["pair"] == ("transfer", "scratch"))["one_recipe"]
    assert (written["agreement"], written["verdict"]) == ("contradicts", "better")
    assert not any("@" in one.a or "@" in one.b for one in summary.others)


def test_no_seed_settles_what_the_recipe_decides() -> None:
    rows: list[Row] = []
    summary = run((0.99, 0.985, 0.995), HIGH, still("zero_shot", 0.5))
    why = {one.name: one for one in explain(rows, summary).explanations}
    assert "too_little" not in why
    assert why["recipe_decides"].grade == "strong"
    assert (
        "transfer minus scratch@transfer, both trained as transfer: -4.0 points"
        in why["recipe_decides"].evidence[0].text
    )
    assert "transfer@scratch minus scratch" in why["recipe_decides"].against[0].text
    (step,) = (one.text for one in next_steps(rows, summary) if one.name == "settle_it")
    assert step.startswith("Do not choose yet: --tune lr=0.0001,0.001,0.003,0.01,0.03 gives every arm")
    assert "--seeds" not in step
    assert not any("@" in one.text for one in next_steps(rows, summary))


def test_a_control_that_learnt_nothing_says_nothing_and_nobody_is_told_to_train_it_longer() -> None:
    """Scratch under transfer's recipe sits at the commonest class: a difference of 85 points to it is none."""
    about = replace(ABOUT, data=Datasets(source=SIDE, target=replace(SIDE, majority=0.1)))
    rows = [*arm("transfer", *HIGH), *arm("scratch", *LOW), *arm("transfer@scratch", *HIGH)]
    rows += arm("scratch@transfer", 0.10, 0.09, 0.11)
    _, summary = summed(rows, curves=trainings(RECIPES), arms=list(ARMS), about=about)
    found = of(summary).one_recipe
    assert found is not None
    assert [one.void for one in found.under] == [True, False]
    assert found.agreement == "missing"
    assert "nothing under transfer's" in of(summary).detail
    assert of(summary).word == "better"
    assert {"weights_with_recipe"} <= kinds(of(summary))
    assert not {"at_majority", "recipe_decides"} & kinds(of(summary))
    assert "control_not_trained" in {mark.kind for mark in summary.limits}
    assert not any("scratch@transfer" in mark.text and "Train longer" in mark.text for mark in summary.limits)
