"""Causes that lie in the run itself: trainings cut short, too few seeds."""

from shiftprobe.why.base import Explanation, Fact, points
from shiftprobe.why.seen import Seen


def not_converged(seen: Seen) -> Explanation | None:
    """Trainings ended before their loss was down: the difference measures speed, not what can be reached."""
    told = seen.summary["training"]["schedule"]
    if not told:
        return None
    epochs = seen.summary["training"]["epochs"]
    return Explanation(
        name="not_converged",
        claim="The schedule, not the weights: trainings stopped while their loss was still falling.",
        grade="strong",
        evidence=(Fact(told),),
        experiment=f"--set train.epochs={3 * epochs}: if the difference stays, the schedule was not its cause",
    )


def too_little(seen: Seen) -> Explanation | None:
    """The interval holds both "no difference" and "a difference that matters"."""
    verdict = seen.summary["verdict"]
    contrast = verdict["contrast"]
    if verdict["word"] != "inconclusive":
        return None
    facts = [Fact(verdict["sentence"])]
    more = max(2 * len(seen.summary["seeds"]), 5)
    if contrast and contrast["seeds_needed"]:
        low, high = contrast["seeds_needed"]
        more = min(high, 3 * low)
        facts.append(Fact(f"{low} to {high} seeds would settle it if the arms are truly equal" if high > low else
                          f"{low} seeds would settle it if the arms are truly equal"))  # fmt: skip
    spread = contrast["sd"] if contrast else None
    if spread is not None:
        facts.append(Fact(f"the difference moves by {points(spread).lstrip('+')} from seed to seed (sample std)"))
    return Explanation(
        name="too_little",
        claim="Too little evidence: this run cannot tell a difference that matters from none.",
        grade="suggestive",
        evidence=tuple(facts),
        experiment=f"--seeds {more}: the seeds that are there are kept",
    )
