"""What limits a run because of how its arms were trained: a recipe too plain for its images, images not learnt."""

from shiftprobe.core.words import listed
from shiftprobe.results.about import About
from shiftprobe.results.marks import Mark
from shiftprobe.results.model import TrainingFacts
from shiftprobe.results.summary.convergence import LEARNT_SHARE, easy
from shiftprobe.spec.arm_names import AS

PLAIN = "plain"


def recipe_marks(training: TrainingFacts, about: About) -> tuple[Mark, ...]:
    """Marks of the recipes of a run; at most one of a kind.

    Args:
        training: how the arms were trained.
        about: how images reach the network.
    """
    return (*_plain(training, about), *_not_learnt(training))


def _plain(training: TrainingFacts, about: About) -> tuple[Mark, ...]:
    arms = tuple(sorted(arm for arm, recipe in training.recipes.items() if recipe.name == PLAIN))
    if not arms or easy(about.preprocess):
        return ()
    text = (
        f"{listed(arms)} {'was' if len(arms) == 1 else 'were'} trained plainly, which serves for digits: on images "
        "like these nobody trains without augmentation and decay, and both arms are undersold, scratch more. "
        "--set train.recipe=auto trains as the field does."
    )
    return (Mark(kind="plain_recipe", text=text, arms=arms),)


def _not_learnt(training: TrainingFacts) -> tuple[Mark, ...]:
    here = [one for one in training.converged if one.not_learnt and AS not in one.arm]
    if not here:
        return ()
    many = len({one.budget for one in training.converged}) > 1
    said = "; ".join(
        f"{one.arm}{f' with {one.budget:,} labels' if many else ''} in {one.not_learnt} of {one.n} (median "
        f"{100 * (one.train_accuracy or 0.0):.0f} %)"
        for one in here
    )
    text = (
        f"Fewer than {100 * LEARNT_SHARE:g} % of their own training images are right after the last step: {said}. The "
        "schedule ended before they were learnt, or labels are wrong. Train longer: "
        f"--set {training.lengthened}."
    )
    return (Mark(kind="not_learnt", text=text, arms=tuple(sorted({one.arm for one in here}))),)
