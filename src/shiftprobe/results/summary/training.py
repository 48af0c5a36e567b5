"""How the arms were trained: what was tuned, what the curves say about the schedule."""

from collections.abc import Sequence
from dataclasses import replace

from shiftprobe.results.about import About
from shiftprobe.results.model import Chosen, Curve, EarlyStop, TrainingFacts
from shiftprobe.results.summary.accuracies import Accuracies
from shiftprobe.results.summary.convergence import by_arm, by_seed, converged, first_of_whom
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.recipes import before_recipes
from shiftprobe.spec.schema import Spec

LEARNT = 0.1  # nats; a network whose loss is lower has learnt its training images
FALLING = 0.8


def training(spec: Spec, curves: Sequence[Curve], about: About, seen: Accuracies) -> TrainingFacts:
    """What was tuned and tried, and what the curves say.

    Args:
        spec: what was asked for.
        curves: of all trainings.
        about: what planning found out.
        seen: test accuracies after the last epoch.
    """
    tune, groups = spec.train.tune, by_arm(curves)
    early = tuple(_early(group) for group in groups if first_of_whom(_most_unfinished, by_seed(group), spec.seeds))
    falling = {(one.arm, one.budget): one.count for one in early}
    facts = converged(curves, seen, spec, about)
    recipes = {one.arm: one.recipe or before_recipes(spec.train) for one in curves}
    rates = tuple(dict.fromkeys(one.lr for one in recipes.values())) if tune is None else tune.lr
    return TrainingFacts(
        validation=spec.train.validation,
        epochs=max((one.epochs or 0 for one in facts), default=None),
        sentence=_sentence(spec, rates),
        rates=rates,
        recipes=recipes,
        tune={"lr": tune.lr} if tune else None,
        hyperparameters=_hyperparameters(spec, about, rates, next(iter(recipes.values()), before_recipes(spec.train))),
        chosen=tuple(_chosen(group) for group in groups) if tune else (),
        converged=tuple(replace(one, falling=falling.get((one.arm, one.budget), 0)) for one in facts),
        early=early,
        schedule=_schedule(early),
    )


def _early(group: Sequence[Curve]) -> EarlyStop:
    first = group[0]
    return EarlyStop(arm=first.arm, budget=first.budget or 0, count=sum(map(unfinished, group)), n=len(group))


def _most_unfinished(curves: Sequence[Curve]) -> bool:
    return 2 * sum(map(unfinished, curves)) > len(curves)


def _schedule(early: Sequence[EarlyStop]) -> str:
    """Which trainings ended too early to be compared; empty when all had learnt their images."""
    if not early:
        return ""
    said = [f"{one.arm} in {one.count} of {one.n} trainings with {one.budget:,} labels" for one in early]
    return (
        f"Not converged: the training loss was still falling at the last epoch of {', '.join(said)}. A short schedule "
        "flatters the arm that learns faster, which is usually transfer: raise train.epochs before you trust the "
        "difference there."
    )


def unfinished(curve: Curve) -> bool:
    """Whether a training stopped on its way down: its loss fell by a fifth over the last fifth of the epochs."""
    loss = [one for one in curve.loss if one is not None]
    earlier = loss[-1 - max(1, len(loss) // 5)] if len(loss) > 1 else float("inf")
    return bool(loss[-1] > LEARNT and loss[-1] < FALLING * earlier)


def _sentence(spec: Spec, rates: Sequence[float]) -> str:
    share = f"{100 * spec.train.validation:g} % of every budget"
    if spec.train.tune:
        return (
            f"Every arm tried the learning rates {_numbers(rates)} in every cell and kept the one that was best on its "
            f"validation part ({share}): the same number of trials for all."
        )
    untuned = f"Nothing was tuned: all arms train at one learning rate, {_numbers(rates)}"
    advice = "the verdict may move with it, and --tune lr=1e-3,3e-3,1e-2 gives every arm the same trials"
    if not spec.train.validation:
        return f"{untuned}; {advice}, with a validation part."
    return f"{untuned}; {advice}. The validation part ({share}) picks the best epoch and trains nothing."


def _numbers(rates: Sequence[float]) -> str:
    return ", ".join(f"{rate:g}" for rate in rates)


def _hyperparameters(spec: Spec, about: About, rates: Sequence[float], recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """What a paper's supplement lists."""
    train, seen = spec.train, about.preprocess
    tried = _numbers(rates)
    return (
        ("architecture", spec.model.arch),
        ("source weights", spec.model.weights),
        *(about.checkpoint.rows if about.checkpoint is not None else ()),
        ("head of transfer", "drawn anew, the same as scratch's" if spec.model.head == "new" else "the checkpoint's"),
        ("optimiser", "Adam, betas 0.9 and 0.999, no weight decay"),
        ("learning rate", f"{tried} (chosen on the validation part)" if train.tune else tried),
        ("schedule", "linear warm-up over the first epoch, then constant"),
        ("epochs", str(recipe.epochs)),
        ("epochs of the source", str(spec.source.epochs or recipe.epochs)),
        ("batch", str(recipe.batch)),
        ("loss", "cross-entropy"),
        ("augmentation", "none beside the shift"),
        ("validation part", f"{100 * train.validation:g} % of the budget"),
        ("precision", train.precision),
        ("image size", f"{seen.size} px, {seen.channels} channels" if seen else "unknown"),
        ("seeds", ", ".join(map(str, spec.seeds))),
        ("device, threads per process", f"{about.device}, {train.threads}"),
    )


def _chosen(group: Sequence[Curve]) -> Chosen:
    """The rate that most trainings of an arm kept; the smallest of those that tie."""
    rates = [one.lr for one in group if one.lr is not None]
    most = min(sorted(set(rates)), key=lambda rate: -rates.count(rate))
    first = group[0]
    return Chosen(arm=first.arm, budget=first.budget or 0, values={"lr": most}, count=rates.count(most), n=len(group))
