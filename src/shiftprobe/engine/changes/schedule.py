"""The same training for longer, or at another rate."""

from dataclasses import replace

from shiftprobe.engine.changes.base import CHANGES, Change, Ingredients, Values

MOST_STEPS = 100  # times as many
RATES = (1e-6, 1e6)  # of the rate, both ends


def longer(made_of: Ingredients, values: Values) -> Ingredients:
    """So many times the steps, as a run of its own has them: the rate is annealed over the whole course.

    The warm-up is what the recipe makes of it: a share of all steps grows with them, an epoch stays an epoch.
    """
    (times,), recipe = map(int, values), made_of.recipe
    steps = None if recipe.steps is None else times * recipe.steps
    more = replace(recipe, epochs=times * recipe.epochs, min_steps=times * recipe.min_steps, steps=steps)
    return replace(made_of, recipe=more)


def faster(made_of: Ingredients, values: Values) -> Ingredients:
    """So many times the rate, whatever chose it."""
    return replace(made_of, recipe=replace(made_of.recipe, lr=values[0] * made_of.recipe.lr))


CHANGES.add(
    Change(
        name="steps",
        spelling=r"steps(\d+)",
        example="steps3",
        about="three times the steps, with the schedule of a run of its own",
        apply=longer,
        refuses=lambda values: "" if 1 < values[0] <= MOST_STEPS else f"2 to {MOST_STEPS} times the steps",
        units=lambda values: values[0],
    )
)
CHANGES.add(
    Change(
        name="lr",
        spelling=r"lr(\d+(?:\.\d+)?)",
        example="lr0.1",
        about="a tenth of the rate",
        apply=faster,
        refuses=lambda values: "" if RATES[0] <= values[0] <= RATES[1] and values[0] != 1 else "a factor that is not 1",
    )
)
