"""What was tuned, in words and as facts: the values tried, who chose, and what was chosen."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from shiftprobe.core.words import counted, listed
from shiftprobe.results.model import Chosen, Curve
from shiftprobe.results.tuning import TunedArm, Tuning
from shiftprobe.spec.schema import Spec
from shiftprobe.spec.tuning import Value, ends


def tried(spec: Spec) -> Mapping[str, tuple[Value, ...]] | None:
    """Every value that a trial had, by part, in order; None where nothing is tuned."""
    trials = spec.train.trials()
    if not trials:
        return None
    return {part: tuple(sorted({one[part] for one in trials}, key=_order)) for part in trials[0]}


def rates(tune: Mapping[str, tuple[Value, ...]] | None) -> tuple[float, ...]:
    """The learning rates among the values tried."""
    return tuple(float(value) for value in (tune or {}).get("lr", ()))


def _order(value: Value) -> tuple[float, str]:
    return (0.0, value) if isinstance(value, str) else (float(value), "")


def sentence(spec: Spec, tuning: Tuning | None) -> str:
    """What every arm tried, and how one of them was chosen; in older folders every training chose for itself."""
    tune, count = spec.train.tune, len(spec.train.trials())
    if tune is None:
        return ""
    share = f"{100 * spec.train.validation:g} % of every budget"
    if tuning is None:
        return (
            f"Every arm tried the learning rates {_tried(tune.parts.get('lr', ()))} in every cell and kept the one "
            f"that was best on its validation part ({share}): the same number of trials for all."
        )
    parts = listed([f"{part} {_tried(values)}" for part, values in tune.parts.items()])
    how = f"{count} drawn of " if tune.trials is not None else ""
    judge = f"{tune.folds} folds of the budget ({share} each)" if tune.folds else f"the validation part ({share})"
    seeds = f"its mean accuracy over {counted(len(spec.seeds), 'seed')}"
    return (
        f"Every arm tried the same {counted(count, 'trial')} ({how}{parts}) and kept one per condition and budget, by "
        f"{seeds} on {judge} after the last epoch; no test image chose anything."
    )


def _tried(values: Sequence[Value] | str) -> str:
    if isinstance(values, str):
        low, high = ends(values)
        return f"from {low:g} to {high:g}"
    return ", ".join(one if isinstance(one, str) else f"{one:g}" for one in values)


def chosen(tuning: Tuning | None, groups: Sequence[Sequence[Curve]]) -> tuple[Chosen, ...]:
    """What was chosen most often per arm and budget: over conditions, in older folders over single trainings."""
    if tuning is None:
        return tuple(map(_of_curves, groups))
    return tuple(_of_choices(tuning))


def _of_choices(tuning: Tuning) -> Iterator[Chosen]:
    by_arm: dict[tuple[str, int], list[TunedArm]] = {}
    for one in tuning.arms:
        by_arm.setdefault((one.arm, one.budget or 0), []).append(one)
    for (arm, budget), some in by_arm.items():
        first, count = Counter(one.chosen for one in some).most_common(1)[0]
        values = some[0].trials[first].values
        yield Chosen(arm=arm, budget=budget, values=values, count=count, n=len(some))


def _of_curves(group: Sequence[Curve]) -> Chosen:
    """The rate that most trainings of an arm kept; the smallest of those that tie."""
    rates = [one.lr for one in group if one.lr is not None]
    most = min(sorted(set(rates)), key=lambda rate: -rates.count(rate))
    first = group[0]
    return Chosen(arm=first.arm, budget=first.budget or 0, values={"lr": most}, count=rates.count(most), n=len(group))
