"""A recipe in words: its parts for a table, a phrase for a sentence, and where it comes from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields

from shiftprobe.core.words import listed
from shiftprobe.results.model import TrainingFacts
from shiftprobe.spec.arm_names import trained_as
from shiftprobe.spec.recipe import Balance, Optimizer, Recipe, Schedule
from shiftprobe.spec.recipes import Family, Situation, named
from shiftprobe.spec.tuning import Value

OPTIMISERS: Mapping[Optimizer, tuple[str, str]] = {
    "adam": ("Adam", "betas 0.9 and 0.999"),
    "adamw": ("AdamW", "betas 0.9 and 0.999"),
    "sgd": ("SGD", "momentum 0.9"),
}
SCHEDULES: Mapping[Schedule, str] = {
    "constant": "constant",
    "cosine": "cosine to 0",
    "step": "a tenth after 40, 60 and 80 % of the steps",
}
BALANCES: Mapping[Balance, str] = {"none": "", "weights": "loss weighted by class", "sampling": "drawn evenly by class"}
ROWS: Mapping[str, str] = {
    "opt": "optimiser",
    "lr": "learning rate",
    "weight_decay": "weight decay",
    "sched": "schedule",
    "warmup": "schedule",
    "epochs": "length",
    "steps": "length",
    "aug": "augmentation",
    "scale": "augmentation",
    "flip": "augmentation",
    "mixup": "augmentation",
    "cutmix": "augmentation",
    "smoothing": "label smoothing",
    "layer_decay": "rate per block",
    "ema": "moving average of weights",
    "clip_grad": "gradient norm",
    "freeze_bn": "batch statistics",
    "balance": "classes",
}
"""The row of a recipe's table in which a part stands."""
SHARED = frozenset({"schedule", "length", "augmentation"})  # rows of several parts
BIT = "BiT-HyperRule, Kolesnikov et al., 2020, arXiv:1912.11370"
VTAB = "VTAB, light sweep, Zhai et al., 2019, arXiv:1910.04867"
FINETUNE_TRANSFORMER = "MAE fine-tuning, He et al., 2021, arXiv:2111.06377; crops of Gulrajani and Lopez-Paz, 2020"
FINETUNE_CONVOLUTIONAL = (
    "rates of Zhai et al., 2019, arXiv:1910.04867 and Li et al., 2020, arXiv:2002.11770; cosine and clipping of "
    "Beyer et al., 2022, big_vision"
)
SCRATCH_TRANSFORMER = "DeiT, Touvron et al., 2020, arXiv:2012.12877, without distillation"
SCRATCH_CONVOLUTIONAL = (
    "Wightman et al., 2021, arXiv:2110.00476, with AdamW, Loshchilov and Hutter, 2017, arXiv:1711.05101"
)


def parts(recipe: Recipe, steps: int | None = None, epochs: int | None = None) -> tuple[tuple[str, str], ...]:
    """Name and value of every part, as a paper's supplement lists them; what is off is left out but where one asks.

    Args:
        recipe: how an arm was trained.
        steps: optimiser steps of its training, where known.
        epochs: how many those fill.
    """
    name, terms = OPTIMISERS[recipe.opt]
    decay = f"{recipe.weight_decay:g}, not on norms and biases" if recipe.weight_decay else "none"
    told = (
        ("recipe", recipe.name),
        ("optimiser", f"{name}, {terms}"),
        ("learning rate", f"{recipe.lr:g}"),
        ("weight decay", decay),
        ("schedule", f"{warmup(recipe)}, then {SCHEDULES[recipe.sched]}"),
        ("length", length(recipe, steps, epochs)),
        ("batch", str(recipe.batch)),
        ("augmentation", ", ".join(augmentation(recipe)) or "none beside the shift"),
        ("label smoothing", f"{recipe.smoothing:g}" if recipe.smoothing else ""),
        ("rate per block", f"x {recipe.layer_decay:g} from the head down" if recipe.layer_decay < 1 else ""),
        ("moving average of weights", f"decay {recipe.ema:g}" if recipe.ema else ""),
        ("gradient norm", f"at most {recipe.clip_grad:g}" if recipe.clip_grad else ""),
        ("batch statistics", "the checkpoint's, frozen" if recipe.freeze_bn else ""),
        ("classes", BALANCES[recipe.balance]),
        ("precision", recipe.precision),
    )
    return tuple((part, value) for part, value in told if value)


def warmup(recipe: Recipe) -> str:
    """'linear warm-up over 100 steps'."""
    if recipe.warmup is None:
        return "linear warm-up over the first epoch"
    if recipe.warmup == 0:
        return "no warm-up"
    if recipe.warmup < 1:
        return f"linear warm-up over {100 * recipe.warmup:g} % of the steps"
    return f"linear warm-up over {recipe.warmup:g} steps"


def length(recipe: Recipe, steps: int | None = None, epochs: int | None = None) -> str:
    """'500 steps (125 epochs)'; of a length that nobody counted, what the recipe asks for."""
    if steps is not None:
        return f"{steps:,} steps" + (f" ({epochs:,} epoch{'s' * (epochs != 1)})" if epochs else "")
    if recipe.steps is not None:
        return f"{recipe.steps:,} steps"
    return f"{recipe.epochs} epochs" + (f", at least {recipe.min_steps:,} steps" if recipe.min_steps else "")


def augmentation(recipe: Recipe, cited: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """'crops of at least 70 % of the area', 'flips', 'mixup 0.1'; empty where images are trained on as they are.

    Args:
        recipe: how an arm was trained.
        cited: the source of TrivialAugment (`trivial`), `mixup` and `cutmix`, said behind their names.
    """
    told = {key: f" {source}" for key, source in (cited or {}).items()}
    crops = {"none": "", "crop_flip": "crops", "trivial": f"TrivialAugment{told.get('trivial', '')} and crops"}
    said = (
        f"{crops[recipe.aug]} of at least {100 * recipe.scale:g} % of the area" if recipe.aug != "none" else "",
        "flips" if recipe.flip else "",
        f"mixup {recipe.mixup:g}{told.get('mixup', '')}" if recipe.mixup else "",
        f"cutmix {recipe.cutmix:g}{told.get('cutmix', '')}" if recipe.cutmix else "",
    )
    return tuple(filter(None, said))


def source(recipe: Recipe, family: Family | None, images: int, tuned: Collection[str] = ()) -> str:
    """Where a recipe comes from, and which of its parts are set otherwise; empty of this project's own.

    Args:
        recipe: how an arm was trained.
        family: of the network; None where it is not known.
        images: how many trained it.
        tuned: parts that trials chose: they are the run's own, and named elsewhere.
    """
    by_family: Mapping[tuple[str, Family], str] = {
        ("finetune", "transformer"): FINETUNE_TRANSFORMER,
        ("finetune", "convolutional"): FINETUNE_CONVOLUTIONAL,
        ("scratch", "transformer"): SCRATCH_TRANSFORMER,
        ("scratch", "convolutional"): SCRATCH_CONVOLUTIONAL,
    }
    named_by: Mapping[str, str] = {"bit": BIT, "vtab": VTAB}
    if family is None or recipe.name not in {*named_by, "finetune", "scratch"}:
        return ""
    published = named(recipe.name, Situation(family=family, easy=False, pretrained=True, images=images))
    own = {"name", "precision", *tuned}
    changed = [
        part.name
        for part in fields(Recipe)
        if part.name not in own and getattr(recipe, part.name) != getattr(published, part.name)
    ]
    said = named_by.get(recipe.name) or by_family[recipe.name, family]
    return f"{said}; set otherwise here: {listed(changed)}" if changed else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """Arms that were trained alike at the largest budget, and how."""

    arms: tuple[str, ...]
    recipe: Recipe
    steps: int | None
    epochs: int | None
    source: str  # where the recipe was published; empty where nobody says
    tried: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)  # parts that trials chose, with their values

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Name and value of every part; of those that trials chose what was tried."""
        told = dict(parts(self.recipe, self.steps, self.epochs))
        for part, values in self.tried.items():
            said = ", ".join(one if isinstance(one, str) else f"{one:g}" for one in values)
            row = ROWS.get(part, part)
            told[row] = f"{f'{part} ' if row in SHARED else ''}{said} (chosen on the validation part)"
        return (*told.items(), *((("published as", self.source),) if self.source else ()))


def trained(training: TrainingFacts) -> tuple[Trained, ...]:
    """Every way of training that a run holds, in the order of its arms; parts that trials chose set none apart."""
    most = max((one.budget for one in training.converged), default=0)
    lengths = {one.arm: (one.steps, one.epochs) for one in training.converged if one.budget == most}
    tried = training.tune or {}
    found: dict[tuple[object, ...], Trained] = {}
    for arm, recipe in training.recipes.items():
        steps, epochs = lengths.get(arm, (None, None))
        source = training.recipe_sources.get(arm, "")
        kept = tuple(getattr(recipe, part.name) for part in fields(Recipe) if part.name not in tried)
        way = found.get((kept, steps, epochs, source))
        arms = (*(way.arms if way else ()), arm)
        found[kept, steps, epochs, source] = Trained(
            arms=arms, recipe=recipe, steps=steps, epochs=epochs, source=source, tried=tried
        )
    return tuple(found.values())


def sentence(training: TrainingFacts) -> str:
    """'transfer is trained by recipe finetune (SGD at 0.01, cosine, 500 steps), scratch by scratch (...).'; or ''."""
    ways = trained(training)
    told = [
        f"{listed(way.arms)} by recipe {way.recipe.name} ({in_short(way)})"
        if i == 0
        else f"{listed(way.arms)} by {way.recipe.name} ({in_short(way)})"
        for i, way in enumerate(ways)
    ]
    return f"Trained: {'; '.join(told)}." if told else ""


def rates_told(training: TrainingFacts) -> str:
    """'all arms train at one learning rate, 0.002', or the rate of each."""
    told = {arm: one for arm, one in training.recipes.items() if trained_as(arm) == arm}
    if len(training.rates) <= 1:
        return f"all arms train at one learning rate, {', '.join(f'{rate:g}' for rate in training.rates)}"
    return f"the learning rates are {listed([f'{one.lr:g} for {arm}' for arm, one in told.items()])}"


def in_short(way: Trained) -> str:
    """'SGD at 0.01, decay 0.0001, cosine, 500 steps, augmented'."""
    rate = "the rate that trials chose" if "lr" in way.tried else f"{way.recipe.lr:g}"
    said = (
        f"{OPTIMISERS[way.recipe.opt][0]} at {rate}",
        f"decay {way.recipe.weight_decay:g}" if way.recipe.weight_decay and "weight_decay" not in way.tried else "",
        f"{way.recipe.sched} rate",
        length(way.recipe, way.steps),
        "augmented" if augmentation(way.recipe) else "",
    )
    return ", ".join(filter(None, said))


def equal_trials(rates: Sequence[float]) -> str:
    """The flag that gives every arm the same trials: of each rate a tenth, the rate itself, and three times as much.

    The best one after pretraining is often lower.
    """
    tried = {float(f"{factor * rate:.3g}") for rate in rates or (1e-3,) for factor in (0.1, 1, 3)}
    return f"--tune lr={','.join(f'{rate:g}' for rate in sorted(tried))}"
