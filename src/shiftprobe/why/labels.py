"""The cause that lies in the number of labels: enough of them replace what the source knew."""

from shiftprobe.core.types import UNSHIFTED
from shiftprobe.results.model import Explanation, Fact, Unknown
from shiftprobe.why.base import HALF, points
from shiftprobe.why.budgets import fall, fewer_labels
from shiftprobe.why.chance import learnt
from shiftprobe.why.run_facts import PAIR, ArmDifference, RunFacts


def labels_plentiful(run: RunFacts) -> Explanation | Unknown | None:
    """Transfer helps at the smallest budget and not at the largest, on the unshifted target."""
    name = "labels_plentiful"
    budgets = sorted(run.summary.budgets)
    if len(budgets) < 2:  # noqa: PLR2004 - a curve has two points
        fewer = fewer_labels(run, 6)
        if run.word == "better" or fewer is None:
            return None
        return Unknown(name, f"--budget {fewer},{budgets[0]}: shows whether transfer helps with fewer labels")
    small_pair = {(arm, budgets[0]) for arm in PAIR}
    small, large = run.contrast(UNSHIFTED, budgets[0]), run.contrast(UNSHIFTED, budgets[-1])
    if small is None or large is None or small.verdict != "better" or large.verdict == "better":
        return None
    if not learnt(run, "transfer", budget=budgets[0]) or not all(learnt(run, arm) for arm in PAIR):
        return None
    if large.difference > HALF * small.difference:
        return None
    short = any(not one.trained_out for one in run.training.converged if (one.arm, one.budget) in small_pair)
    return Explanation(
        name=name,
        claim=f"Labels are plentiful: with {budgets[0]} labelled images transfer helps, with {budgets[-1]} the target "
        "teaches itself.",
        grade="strong" if _closes(run, large) and not short else "suggestive",
        evidence=_curve(run, budgets),
        against=(Fact(f"with {budgets[0]} labels the trainings were not converged, which flatters transfer there"),)
        if short
        else (),
        experiment=_experiment(run, budgets),
    )


def _closes(run: RunFacts, large: ArmDifference) -> bool:
    """Whether the gain is surely smaller with many labels: equivalence there, or a fall that is shown seed by seed."""
    found = fall(run)
    return large.verdict == "equivalent" or (found is not None and found.shown)


def _experiment(run: RunFacts, budgets: list[int]) -> str:
    fewer = fewer_labels(run, 2)
    if fewer is None:
        between = (budgets[0] + budgets[1]) // 2
        if between == budgets[0]:
            return f"--seeds {2 * len(run.summary.seeds)}: the gain must stay smaller with more labels"
        return f"--budget {budgets[0]},{between},{budgets[-1]}: the gain must fall in between too"
    return f"--budget {fewer},{budgets[0]},{budgets[-1]}: the gain must grow as labels become fewer"


def _curve(run: RunFacts, budgets: list[int]) -> tuple[Fact, ...]:
    steps = [(budget, one) for budget in budgets if (one := run.contrast(UNSHIFTED, budget)) is not None]
    said = "; ".join(f"{budget}: {points(one.difference)} ({one.verdict})" for budget, one in steps)
    here, n = run.where(UNSHIFTED), steps[0][1].n
    facts = [Fact(f"transfer minus scratch {here} by label budget, n = {n} seeds each: {said}")]
    worth = run.summary.labels
    if worth and worth.sentence:
        facts.append(Fact(worth.sentence))
    return tuple(facts)
