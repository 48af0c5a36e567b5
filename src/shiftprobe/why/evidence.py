"""Causes that lie in the run itself: trainings cut short, too few seeds."""

from shiftprobe.results.model import Explanation, Fact, Headline
from shiftprobe.why.base import HALF, percent, points
from shiftprobe.why.features import untrained
from shiftprobe.why.run_facts import PAIR, RunFacts

MAX_SENSIBLE_SEEDS = 50  # seeds; who would need more should lower the spread first


def not_converged(run: RunFacts) -> Explanation | None:
    """Trainings of the two arms ended before they were down: the difference measures speed, not what can be reached.

    Their loss was still falling: strong. Only their validation accuracy was still rising: suggestive, unless an arm
    ends below a linear readout of random features with the same labels.
    """
    training = run.training
    falling = {arm for arm, budget in run.early if arm in PAIR and budget == run.budget}
    rising = [one for one in training.converged if one.arm in PAIR and one.budget == run.budget]
    rising = [one for one in rising if one.last > HALF * one.n]
    below = untrained(run)
    if not falling and not rising:
        return None
    facts = [Fact(training.schedule)] if falling else []
    facts += [
        Fact(f"{one.arm} was at its best on the validation part in its last epoch in {one.last} of {one.n}")
        for one in rising
    ]
    facts += below
    return Explanation(
        name="not_converged",
        claim="The schedule, not the weights: trainings stopped while they were still improving.",
        grade="strong" if falling or below else "suggestive",
        evidence=tuple(facts),
        against=() if below else _learnt(falling),
        experiment=f"--set train.epochs={run.longer}: if the difference stays, the schedule was not its cause",
    )


def _learnt(falling: set[str]) -> tuple[Fact, ...]:
    """The arm whose loss had come to rest, where there is one."""
    done = [arm for arm in PAIR if arm not in falling]
    return (Fact(f"the loss of {done[0]} was not falling any more"),) if len(done) == 1 else ()


def too_little(run: RunFacts) -> Explanation | None:
    """The interval holds both "no difference" and "a difference that matters"."""
    contrast = run.headline
    if run.word != "inconclusive":
        return None
    return Explanation(
        name="too_little",
        claim="Too little evidence: this run cannot tell a difference that matters from none.",
        grade="suggestive",
        evidence=(_spread(contrast),),
        experiment=more_seeds(run),
    )


def _spread(contrast: Headline | None) -> Fact:
    """How far seeds differ, which is why they leave both open."""
    if contrast is None:
        return Fact("no seed has both arms in every condition")
    if contrast.n == 1:
        return Fact("there is one seed, so nothing tells how far another would lie from it")
    if not contrast.sd:
        return Fact(f"the differences of all {contrast.n} seeds are equal, so they tell of no spread")
    spread = points(contrast.sd).lstrip("+")
    return Fact(f"the difference moves by {spread} from seed to seed (sample std, n = {contrast.n} seeds)")


def more_seeds(run: RunFacts) -> str:
    """What would settle it: the seeds that are needed if the arms are truly equal, or a smaller spread."""
    contrast = run.headline
    here = len(run.summary.seeds)
    needed = contrast.seeds_needed if contrast else None
    if not needed:
        return f"--seeds {max(2 * here, 5)}: the seeds that are there are kept"
    low, high = (max(count, here + 1) for count in needed)
    if low > MAX_SENSIBLE_SEEDS:
        return (
            f"seeds alone would take {low} or more: lower the spread first (--set train.epochs, a larger --budget), "
            f"or declare a margin above {percent(run.margin)}"
        )
    upto = f" (up to {high})" if high > low else ""
    return f"--seeds {low}{upto} would settle it if the arms are truly equal; the seeds that are there are kept"
