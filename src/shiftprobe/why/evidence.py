"""Causes that lie in the run itself: trainings cut short, too few seeds."""

from dataclasses import replace

from shiftprobe.core.types import UNSHIFTED
from shiftprobe.core.words import percent
from shiftprobe.results.model import Converged, Explanation, Fact, Headline
from shiftprobe.stats import seeds_to_show
from shiftprobe.why.base import points
from shiftprobe.why.chance import learnable
from shiftprobe.why.features import untrained
from shiftprobe.why.recipe import deciding_recipe
from shiftprobe.why.run_facts import PAIR, RunFacts
from shiftprobe.why.step import AGAIN

LESS_SPREAD = "lower the spread first (--set train.epochs, a larger --budget)"
MAX_SENSIBLE_SEEDS = 50  # seeds; who would need more should lower the spread first


def not_converged(run: RunFacts) -> Explanation | None:
    """Trainings of the two arms ended before they were down: the difference measures speed, not what can be reached.

    Curves alone, a falling loss or a late best epoch, are suggestive, as are few steps. Strong where the same labels
    are shown to give more: an arm ends below a linear readout of random features, or at the commonest class beside
    something that does not. Where nothing beats the commonest class, an arm that does not tells nothing of schedules.
    """
    more = learnable(run, UNSHIFTED)
    training, short = run.training, [one for one in run.unfinished if more or _cut(one)]
    falling = {arm for arm, budget in run.early if arm in PAIR and budget == run.budget}
    below = untrained(run)
    if not falling and not short:
        return None
    facts = [Fact(training.schedule)] if falling else []
    facts += [Fact(f"{one.arm} {said}") for one in short if (said := lacking(replace(one, falling=0)))]
    facts += below
    return Explanation(
        name="not_converged",
        claim="The schedule, not the weights: trainings were not trained out.",
        grade="strong" if below or (more and any(map(_stuck, short))) else "suggestive",
        evidence=tuple(facts),
        against=() if below else _learnt(falling),
        experiment=f"--set {run.lengthened}: if the difference stays, the schedule was not its cause",
    )


def _cut(one: Converged) -> bool:
    """Whether anything but a place at the commonest class says that it was not trained out."""
    return not replace(one, at_majority=()).trained_out


def _stuck(one: Converged) -> bool:
    return 2 * len(one.at_majority) > one.seeds


def lacking(one: Converged) -> str:
    """What says that an arm was not trained out; empty where nothing does."""
    most = 100 * (one.majority or 0.0)
    said = (
        f"is not shown to beat the commonest class ({most:.1f} %) in {len(one.at_majority)} of {one.seeds} seeds"
        if one.at_majority
        else "",
        f"got {one.steps:,} steps, fewer than {one.fewest:,}" if one.short else "",
        f"was at its best on the validation part only at epoch {one.late_best_epoch:g} of {one.epochs} (median of "
        f"{one.late_of} training{'s' * (one.late_of > 1)})"
        if one.late_of
        else "",
        f"ended with a falling loss in {one.falling} of {one.n} trainings" if one.falling else "",
        f"has {100 * (one.train_accuracy or 0.0):.0f} % of its own training images right at the end (median of {one.n} "
        f"training{'s' * (one.n > 1)})"
        if one.not_learnt
        else "",
    )
    return ", ".join(filter(None, said))


def _learnt(falling: set[str]) -> tuple[Fact, ...]:
    """The arm whose loss had come to rest, where there is one."""
    done = [arm for arm in PAIR if arm not in falling]
    return (Fact(f"the loss of {done[0]} was not falling any more"),) if len(done) == 1 else ()


def too_little(run: RunFacts) -> Explanation | None:
    """The interval holds both "no difference" and "a difference that matters"."""
    contrast = run.headline
    if run.word != "inconclusive" or deciding_recipe(run) is not None:
        return None
    return Explanation(
        name="too_little",
        claim="Too little evidence: this run cannot tell a difference that matters from none.",
        grade="suggestive",
        evidence=(_spread(contrast),),
        experiment=more_seeds(run, contrast),
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


def images_open(contrast: Headline) -> bool:
    """Whether seeds settle it and the test images do not."""
    if contrast.image_low is None or contrast.image_high is None or contrast.low is None or contrast.high is None:
        return False
    if not contrast.low <= 0.0 <= contrast.high:
        return contrast.image_low <= 0.0 <= contrast.image_high
    return contrast.seeds_needed is None and abs(contrast.difference) <= (contrast.margin or 0.0)


def more_seeds(run: RunFacts, contrast: Headline | None) -> str:
    """What would settle a comparison: more images where they leave it open, seeds for equivalence or the difference."""
    here = len(run.summary.seeds)
    if contrast and images_open(contrast):
        return (
            "the test images leave it open, not the seeds: more labelled images to test on (a larger target.test or "
            "target) settle it"
        )
    if contrast and contrast.seeds_needed:
        even, sure = (max(count, here + 1) for count in contrast.seeds_needed)
        return _for_equivalence(even, sure, run.margin)
    if not contrast or not contrast.sd:
        return f"--seeds {max(2 * here, 5)}: the seeds that are there are kept"
    needed = seeds_to_show(contrast.difference, contrast.sd, most=MAX_SENSIBLE_SEEDS)
    if needed is None:
        return f"more than {MAX_SENSIBLE_SEEDS} seeds: {LESS_SPREAD}"
    also = ""
    if contrast.image_low is not None and contrast.image_high is not None:
        also = "; it needs more test images too" if contrast.image_low <= 0.0 <= contrast.image_high else ""
    return (
        f"if the difference is truly {points(contrast.difference)}, --seeds {max(needed, here + 1)} shows it in 9 runs "
        f"of 10 ({AGAIN}; the spread is read from {contrast.n} seeds and may be off){also}"
    )


def _for_equivalence(even: int, sure: int, margin: float) -> str:
    """Seeds that show that two arms are equal, if they are."""
    if sure > MAX_SENSIBLE_SEEDS:
        return (
            f"seeds alone would take about {sure:,} to show in 9 runs of 10 that the arms are equal, if they are: "
            f"{LESS_SPREAD}, or declare a margin above {percent(margin)}"
        )
    half = f" ({even} in about half)" if even < sure else ""
    return f"--seeds {sure} settles it in 9 runs of 10{half} if the arms are truly equal; {AGAIN}"
