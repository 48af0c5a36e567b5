"""What to do next, read from a run's numbers by fixed rules; silent where an interval forbids it."""

from collections.abc import Sequence

from shiftprobe.core.types import Row
from shiftprobe.core.words import percent
from shiftprobe.results.model import Step, Summary
from shiftprobe.why.arm_steps import adapt, other_arm
from shiftprobe.why.evidence import lacking
from shiftprobe.why.features import DIAGNOSE
from shiftprobe.why.run_facts import PAIR, RunFacts
from shiftprobe.why.step import StepRule
from shiftprobe.why.verdict_steps import fine_tune, leave_it, settle_it, spend_on_labels, train_anew

MAX_STEPS = 3  # a longer list is no next step


def next_steps(rows: Sequence[Row], summary: Summary) -> tuple[Step, ...]:
    """What an engineer would do next, the most pressing first; nothing that the numbers do not carry.

    Args:
        rows: every row of a run.
        summary: its summary.

    Returns:
        At most three steps. A comparison that is void has one: what would make it valid.
    """
    run = RunFacts.of(rows, summary)
    void = source_at_chance(run) or one_arm(run)
    if void is not None:
        return (void,)
    found = (rule(run) for rule in STEPS)
    return tuple(one for one in found if one is not None)[:MAX_STEPS]


def source_at_chance(run: RunFacts) -> Step | None:
    """A checkpoint that knows nothing at home says nothing about transfer."""
    home, classes = run.summary.source_accuracy, run.source_classes
    if not home or not classes or home.low > 1 / classes:
        return None
    return Step(
        "source_at_chance",
        f"First {DIAGNOSE}: this checkpoint is at chance on its own test images ({percent(home.value)}, n = {home.n:,} "
        "images), so nothing here tells of transfer. Where its preprocessing (model.preprocess: size, channels, mean, "
        f"std) and its batch statistics are right, train the source longer (--set source.epochs={run.longer}) or take "
        "another checkpoint.",
    )


def one_arm(run: RunFacts) -> Step | None:
    """Without two of the ways to go on there is nothing to compare."""
    if run.choice != "no_comparison":
        return None
    return Step("one_arm", f"Run both arms in one command, --arms {','.join(sorted(PAIR))}: nothing was compared here.")


def schedule(run: RunFacts) -> Step | None:
    """Trainings that were cut short come before any other step."""
    here = run.unfinished
    if not here:
        return None
    said = "; ".join(f"{one.arm} {lacking(one)}" for one in here)
    return Step(
        "schedule",
        f"First train longer (--set {run.lengthened}): {said}. A short schedule flatters the arm that learns faster.",
    )


STEPS: tuple[StepRule, ...] = (
    schedule,
    fine_tune,
    leave_it,
    train_anew,
    spend_on_labels,
    settle_it,
    other_arm,
    adapt,
)
"""In the order in which they press: the verdict's own step, then what the other arms say."""
