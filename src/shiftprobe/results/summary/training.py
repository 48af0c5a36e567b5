"""How the arms were trained: what was tuned, what the curves say about the schedule."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from shiftprobe.results.about import About
from shiftprobe.results.model import Curve, EarlyStop, TrainingFacts
from shiftprobe.results.recipe_words import Trained, rates_told, source, trained
from shiftprobe.results.summary import tuned
from shiftprobe.results.summary.accuracies import Accuracies
from shiftprobe.results.summary.convergence import annealed, by_arm, by_seed, converged, first_of_whom
from shiftprobe.results.summary.recipes import Recipes
from shiftprobe.results.tuning import Tuning
from shiftprobe.spec.arch_options import bare
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.recipes import before_recipes
from shiftprobe.spec.schema import Spec

LEARNT = 0.1  # nats; a network whose loss is lower has learnt its training images
FALLING = 0.8


def training(
    spec: Spec,
    curves: Sequence[Curve],
    about: About,
    seen: Accuracies,
    *,
    chance: float | None,
    tuning: Tuning | None = None,
) -> TrainingFacts:
    """What was tuned and tried, and what the curves say.

    Args:
        spec: what was asked for.
        curves: of all trainings.
        about: what planning found out.
        seen: test accuracies, or another score, after the last epoch.
        chance: what always saying the same reaches in that score; None where nobody knows.
        tuning: the trials of every arm; None in folders where each training chose for itself.
    """
    tune, groups = tuned.tried(spec), by_arm(curves)
    steady = [group for group in groups if not annealed(group[0])]
    early = tuple(_early(group) for group in steady if first_of_whom(_most_unfinished, by_seed(group), spec.seeds))
    falling = {(one.arm, one.budget): one.count for one in early}
    facts = converged(curves, seen, spec, about, chance)
    recipes = Recipes.of(curves, spec).by_arm
    usual = next(iter(recipes.values()), before_recipes(spec.train))
    own = tuple(dict.fromkeys(one.lr for one in recipes.values() or [usual]))
    found = TrainingFacts(
        validation=spec.train.validation,
        epochs=max((one.epochs or 0 for one in facts), default=usual.epochs),
        rates=own if tune is None or "lr" not in tune else tuned.rates(tune),
        recipes=recipes,
        recipe_sources=_sources(recipes, curves, about, tune or ()),
        tune=tune,
        tuning=tuning,
        chosen=tuned.chosen(tuning, groups) if tune else (),
        converged=tuple(replace(one, falling=falling.get((one.arm, one.budget), 0)) for one in facts),
        early=early,
        schedule=_schedule(early),
    )
    ways = trained(found)
    told = ways if recipes else (Trained(arms=(), recipe=usual, steps=None, epochs=None, source=""),)
    return replace(
        found,
        sentence=_sentence(spec, found),
        hyperparameters=_hyperparameters(spec, about, told[0] if len(told) == 1 else None),
    )


def _sources(
    recipes: Mapping[str, Recipe], curves: Sequence[Curve], about: About, tuned: Collection[str]
) -> dict[str, str]:
    """Where each arm's recipe was published, of those that were."""
    images = max((one.images or 0 for one in curves), default=0)
    known = {arm: source(one, about.family, images, tuned) for arm, one in recipes.items()}
    return {arm: said for arm, said in known.items() if said}


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


def _sentence(spec: Spec, found: TrainingFacts) -> str:
    share = f"{100 * spec.train.validation:g} % of every budget"
    if spec.train.tune:
        return tuned.sentence(spec, found.tuning)
    untuned = f"Nothing was tuned: {rates_told(found)}"
    advice = "the verdict may move with it, and --tune lr=1e-3,3e-3,1e-2 gives every arm the same trials"
    if not spec.train.validation:
        return f"{untuned}; {advice}, with a validation part."
    return f"{untuned}; {advice}. The validation part ({share}) picks the best epoch and trains nothing."


def _hyperparameters(spec: Spec, about: About, way: Trained | None) -> tuple[tuple[str, str], ...]:
    """What a paper's supplement lists; parts of the recipe where all arms have one, else each arm's stand beside."""
    train, seen = spec.train, about.preprocess
    epochs = spec.source.epochs or (way.recipe.epochs if way else None)
    return (
        ("architecture", bare(spec.model.arch)),
        ("source weights", spec.model.weights),
        *(about.checkpoint.rows if about.checkpoint is not None else ()),
        ("head of transfer", "drawn anew, the same as scratch's" if spec.model.head == "new" else "the checkpoint's"),
        *(way.parts if way else ()),
        *((("epochs of the source", str(epochs)),) if epochs else ()),
        ("loss", "cross-entropy"),
        ("validation part", f"{100 * train.validation:g} % of the budget"),
        *_classes(spec),
        ("image size", f"{seen.size} px, {seen.channels} channels" if seen else "unknown"),
        ("seeds", ", ".join(map(str, spec.seeds))),
        ("device, threads per process", f"{about.device}, {train.threads}"),
    )


def _classes(spec: Spec) -> Iterator[tuple[str, str]]:
    """Which classes a budget holds, where it is not all of them equally."""
    if spec.target.draw == "shares":
        yield "classes of a budget", "in their shares of the target's training pool, after an image of each"
