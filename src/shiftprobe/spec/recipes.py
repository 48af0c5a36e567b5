"""Recipes by name, each with its source, and which one an arm is trained by."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from shiftprobe.core.errors import SpecError
from shiftprobe.spec.arm_names import trained_as
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.training import Parts, RecipeName, Train

Family: TypeAlias = Literal["transformer", "convolutional"]

SMALL_GREY = 64  # px; below it, and without colour, images are as easy to learn as digits
MANY = 20_000  # images from which BiT mixes them
LARGE = 500_000


def like_digits(size: int, channels: int) -> bool:
    """Whether images are as easy to learn as digits: grey, and small in px."""
    return channels == 1 and size < SMALL_GREY


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a recipe depends on beside its name."""

    family: Family
    easy: bool  # images like digits: grey, and small
    pretrained: bool  # whether the arm begins from the checkpoint's weights
    images: int  # that train


PLAIN = Recipe()
"""Adam at one constant rate after one epoch of warm-up: enough for digits."""

VTAB = Recipe(name="vtab", opt="sgd", lr=0.01, sched="step", warmup=0.1, steps=1000, batch=64)
"""Zhai et al., 2019, arXiv:1910.04867: the light sweep for 1,000 labels."""

TRANSFORMER_FINETUNE = Recipe(
    name="finetune",
    opt="adamw",
    lr=1e-4,
    weight_decay=0.05,
    sched="cosine",
    warmup=0.1,
    min_steps=500,
    aug="crop_flip",
    scale=0.7,
    flip=True,
    smoothing=0.1,
    layer_decay=0.75,
    clip_grad=1.0,
)
"""He et al., 2021, arXiv:2111.06377 (decay per layer, smoothing, weight decay); crops of Gulrajani and Lopez-Paz, 2020,
arXiv:2007.01434."""

TRANSFORMER_SCRATCH = replace(TRANSFORMER_FINETUNE, name="scratch", lr=5e-4, layer_decay=1.0)
"""Touvron et al., 2020, arXiv:2012.12877, without the distillation and the stronger augmentation."""

CONVOLUTIONAL_FINETUNE = Recipe(
    name="finetune",
    opt="sgd",
    lr=0.01,
    weight_decay=1e-4,
    sched="cosine",
    warmup=0.1,
    min_steps=500,
    aug="crop_flip",
    scale=0.7,
    flip=True,
    clip_grad=1.0,
)
"""Rates of Zhai et al., 2019, arXiv:1910.04867 and Li et al., 2020, arXiv:2002.11770; cosine and clipping as big_vision
fine-tunes (Beyer et al., 2022)."""

CONVOLUTIONAL_SCRATCH = replace(CONVOLUTIONAL_FINETUNE, name="scratch", opt="adamw", lr=1e-3, weight_decay=0.05)
"""Wightman et al., 2021, arXiv:2110.00476 (decay, cosine), with the optimiser of Loshchilov and Hutter, 2017,
arXiv:1711.05101, which needs no batch norm to be stable."""


ABOUT: Mapping[RecipeName, str] = {
    "auto": "plain for images like digits; else finetune for a checkpoint's weights and scratch for others",
    "plain": "Adam, a constant rate, 20 epochs: digits; not for a paper on other data",
    "finetune": "SGD or, for transformers, AdamW; cosine, crops and flips, 500 steps or more",
    "scratch": "AdamW, cosine, crops and flips, 500 steps or more",
    "bit": "BiT-HyperRule: SGD, a rate that drops three times, 500 steps below 20,000 images",
    "vtab": "SGD, a rate that drops three times, 1,000 steps: 1,000 labels",
}
"""Every recipe in a line; docs/training.md has the parts and the sources."""


def bit(situation: Situation) -> Recipe:
    """BiT-HyperRule (Kolesnikov et al., 2020, arXiv:1912.11370), with crops of our own: .64 of the area at least."""
    steps = 500 if situation.images < MANY else 10_000 if situation.images < LARGE else 20_000
    return Recipe(
        name="bit",
        opt="sgd",
        lr=0.003,
        sched="step",
        warmup=0.2 if steps == 500 else 500 / steps,  # noqa: PLR2004 - 100 steps in the shortest of the three
        steps=steps,
        batch=512,
        aug="crop_flip",
        scale=0.64,
        flip=True,
        mixup=0.1 if situation.images >= MANY else 0.0,
    )


def named(name: str, situation: Situation) -> Recipe:
    """A recipe as it is published; `auto` is plain for images like digits, else what fits the arm's beginning."""
    if name == "auto":
        name = "plain" if situation.easy else "finetune" if situation.pretrained else "scratch"
    transformer = situation.family == "transformer"
    recipes: Mapping[str, Recipe] = {
        "plain": PLAIN,
        "vtab": VTAB,
        "finetune": TRANSFORMER_FINETUNE if transformer else CONVOLUTIONAL_FINETUNE,
        "scratch": TRANSFORMER_SCRATCH if transformer else CONVOLUTIONAL_SCRATCH,
    }
    return bit(situation) if name == "bit" else recipes[name]


def before_recipes(train: Train) -> Recipe:
    """How every arm of a run was trained before recipes had names: plainly, with the length and rate of its spec."""
    lr = train.lr if isinstance(train.lr, float) else PLAIN.lr
    return replace(PLAIN, epochs=train.epochs or PLAIN.epochs, batch=train.batch or PLAIN.batch, lr=lr)


def resolve(train: Train, arm: str, situation: Situation) -> Recipe:
    """How an arm is trained: its recipe, and the parts that the spec sets.

    Args:
        train: what the spec says.
        arm: its name; one that is trained as another is (`scratch@transfer`) takes what is said of that other.
        situation: what the arm begins from, or the other that it is trained as.

    Raises:
        SpecError: when parts contradict each other, in one line.
    """
    like = trained_as(arm)
    name = train.recipe if isinstance(train.recipe, str) else train.recipe.get(like, "auto")
    recipe = named(name, situation)
    parts = {key: getattr(train, key) for key in Parts.model_fields if getattr(train, key) is not None}
    if isinstance(train.lr, Mapping):
        parts["lr"] = train.lr.get(like, recipe.lr)
    if train.epochs is not None:
        parts = {"steps": None, "min_steps": 0, **parts}
    if train.aug == "none":
        parts |= {"scale": 1.0, "flip": False}
    return check(replace(recipe, **parts, precision=train.precision), situation.images)


def check(recipe: Recipe, images: int) -> Recipe:
    """A recipe whose parts agree.

    Raises:
        SpecError: in one line, otherwise.
    """
    course = recipe.course(images)
    if course.warmup > course.steps:
        raise SpecError(
            f"train.warmup: wanted at most the {course.steps:,} steps of a training on {images:,} images, got "
            f"{course.warmup:,}; lower train.warmup or raise train.epochs"
        )
    if recipe.aug == "none" and recipe.flip:
        raise SpecError("train.flip: wanted crops to flip, got train.aug none; set train.aug to crop_flip or trivial")
    return recipe
