"""The sentences about how arms were trained: recipe by recipe, each part with its source."""

from collections.abc import Iterator, Mapping

from shiftprobe.core.words import counted, listed
from shiftprobe.paper.finished import FinishedRun, named
from shiftprobe.results.model import TrainingFacts
from shiftprobe.results.recipe_words import Trained, augmentation, trained, warmup
from shiftprobe.results.summary import tuned
from shiftprobe.spec.recipe import Balance, Optimizer, Recipe, Schedule
from shiftprobe.spec.recipes import Family, before_recipes

RECIPES: Mapping[tuple[str, Family | None], str] = {
    ("bit", None): "[@kolesnikov2020]",
    ("vtab", None): "[@zhai2019]",
    ("finetune", "transformer"): "[@he2022; @gulrajani2021]",
    ("finetune", "convolutional"): "[@zhai2019; @li2020; @beyer2022]",
    ("scratch", "transformer"): "[@touvron2021]",
    ("scratch", "convolutional"): "[@wightman2021]",
}
OPTIMISERS: Mapping[Optimizer, str] = {
    "adam": "Adam [@kingma2015]",
    "adamw": "AdamW [@loshchilov2019]",
    "sgd": "SGD with momentum 0.9",
}
SCHEDULES: Mapping[Schedule, str] = {
    "constant": "then a constant rate",
    "cosine": "then a cosine schedule [@loshchilov2017]",
    "step": "then a tenth of the rate at 40, 60 and 80 % of the steps",
}
AUGMENTATIONS = {"trivial": "[@muller2021]", "mixup": "[@zhang2018]", "cutmix": "[@yun2019]"}
BALANCES: Mapping[Balance, str] = {
    "none": "",
    "weights": "a loss weighted by class",
    "sampling": "batches drawn evenly by class",
}


def training(run: FinishedRun) -> Iterator[str]:
    """Budgets, each recipe with the arms that it trained, the source's training, the validation part, and rates."""
    spec, summary = run.spec, run.summary
    facts = summary.training or TrainingFacts()
    budgets = listed([f"{budget:,}" for budget in summary.budgets])
    ways = trained(facts) or (_of_spec(run),)
    yield f"An arm trains with {budgets} labelled images per training"
    for way in ways:
        yield _trained(way, run.family, alone=len(ways) == 1)
    if spec.target.draw == "shares":
        yield "A budget holds the classes in their shares of the target's training pool, after an image of each"
    if run.source_epochs:
        how = "the same way " if len(ways) == 1 else ""
        yield f"The source is trained {how}for {counted(run.source_epochs, 'epoch')}"
    if spec.train.validation:
        yield (
            f"Of every budget {100 * spec.train.validation:g} % are a validation part that judges epochs and trials "
            "and trains nothing"
        )
    yield _rates(run, ways)


def _of_spec(run: FinishedRun) -> Trained:
    """What the spec says, in folders made before trainings kept their recipe."""
    recipe = before_recipes(run.spec.train)
    return Trained(arms=(), recipe=recipe, steps=None, epochs=None, source="")


def _trained(way: Trained, family: Family | None, *, alone: bool) -> str:
    """'The recipe finetune [...] trains transfer: by SGD ..., in 20 epochs of batches of 64, with ...'."""
    recipe = way.recipe
    who = "all arms" if alone else listed([named(arm) for arm in way.arms])
    cite = RECIPES.get((recipe.name, None)) or RECIPES.get((recipe.name, family), "")
    decay = f"weight decay {recipe.weight_decay:g} (never on norms and biases)" if recipe.weight_decay else ""
    parts = (decay, *_regularised(recipe), f"a {warmup(recipe)}" if recipe.warmup != 0 else "no warm-up")
    augmented = listed(augmentation(recipe, AUGMENTATIONS)) or "no augmentation beside the shift"
    return (
        f"The recipe {f'{recipe.name} {cite}'.rstrip()} trains {who}: by {OPTIMISERS[recipe.opt]} on the "
        f"cross-entropy in {recipe.precision}, {_length(recipe)} of batches of {recipe.batch}, with "
        f"{', '.join(filter(None, parts))}, {SCHEDULES[recipe.sched]}, and {augmented}"
    )


def _length(recipe: Recipe) -> str:
    if recipe.steps is not None:
        return f"in {counted(recipe.steps, 'step')}"
    least = f"at least {recipe.min_steps:,} steps and " if recipe.min_steps else ""
    return f"in {least}{counted(recipe.epochs, 'epoch')}"


def _regularised(recipe: Recipe) -> tuple[str, ...]:
    """What else a training is held by, each with its source; empty where it is off."""
    return (
        f"label smoothing {recipe.smoothing:g} [@szegedy2016]" if recipe.smoothing else "",
        f"a rate that falls by {recipe.layer_decay:g} per block from the head down [@clark2020]"
        if recipe.layer_decay < 1
        else "",
        f"gradients clipped at norm {recipe.clip_grad:g} [@pascanu2013]" if recipe.clip_grad else "",
        f"weights averaged with decay {recipe.ema:g}" if recipe.ema else "",
        "the checkpoint's batch statistics frozen" if recipe.freeze_bn else "",
        BALANCES[recipe.balance],
    )


def _rates(run: FinishedRun, ways: tuple[Trained, ...]) -> str:
    facts, tune = run.summary.training, tuned.tried(run.spec)
    if facts is not None and facts.tuning is not None:
        return named(facts.sentence.rstrip("."))
    if tune:
        tried = listed([f"{rate:g}" for rate in tuned.rates(tune)])
        kept = "kept the one that was best on its validation part"
        return f"In every cell an arm tried the learning rates {tried} and {kept}"
    rates = [(way.arms, way.recipe.lr) for way in ways]
    if len({rate for _, rate in rates}) == 1:
        return f"Nothing was tuned: all arms train at the learning rate {rates[0][1]:g}"
    told = [f"{rate:g} for {listed([named(arm) for arm in arms])}" for arms, rate in rates]
    return f"Nothing was tuned: the learning rate is {listed(told)}"
