"""Sentences about several runs; silent where intervals meet, or where the runs may not be compared."""

from collections.abc import Iterator, Sequence

from shiftprobe.core.types import Condition
from shiftprobe.report.kit import claims, wording
from shiftprobe.report.side_by_side.reading import Entered, conditions, gain, reached, same_test
from shiftprobe.results.model import ArmPoint, Contrast


def headline(runs: Sequence[Entered]) -> str:
    """The verdicts in one line: 'transfer is better than scratch in A and B; in C it is inconclusive'."""
    found: dict[str, list[str]] = {}
    for one in runs:
        word = one.run.summary.verdict.word
        found.setdefault("no comparison" if word == "none" else word, []).append(one.mark)
    said = [f"{word} in {claims.listed(marks)}" for word, marks in found.items()]
    return f"{wording.counted(len(runs), 'run')}: {', '.join(said)}"


def apart(runs: Sequence[Entered]) -> str:
    """Between which runs the headline differs: the ends, where their intervals do not meet."""
    kept = [(one, one.run.summary.verdict.contrast) for one in runs]
    known = [(one, found, found.low, found.high) for one, found in kept if found]
    ends = [(one, found, low, high) for one, found, low, high in known if low is not None and high is not None]
    if len(ends) < 2:  # noqa: PLR2004 - a comparison
        return ""
    top, bottom = max(ends, key=lambda end: end[1].difference), min(ends, key=lambda end: end[1].difference)
    if top[2] <= bottom[3] or not _comparable(top[0], bottom[0]) or conditions(top[0].run) != conditions(bottom[0].run):
        return ""
    a, b = top[0].run.pairs[0]
    sides = (f"{end[0].mark} {_amount(end[1].difference, end[2], end[3])}" for end in (top, bottom))
    return (
        f"What {a} adds to {b} is larger in {top[0].mark} than in {bottom[0].mark}: {' against '.join(sides)}; "
        "the two 95 % intervals over seeds do not meet."
    )


def _comparable(a: Entered, b: Entered) -> bool:
    """The same pair of arms, the same largest budget, test images not known to differ."""
    pairs = a.run.pairs[:1] == b.run.pairs[:1] != ()
    return pairs and a.budget == b.budget and same_test(a, b) is not False


def _amount(value: float, low: float | None, high: float | None) -> str:
    return f"{wording.points(value, low, high)} points ({wording.points_interval(low, high)})"


def along(runs: Sequence[Entered], shift: str) -> tuple[str, ...]:
    """What one dial shows: where the gain of one run lies clear of another's, and where its accuracy does."""
    doses = sorted({dose for one in runs for dose in one.run.summary.severities})
    return tuple(filter(None, (_gains(runs, shift, doses), _accuracies(runs, shift, doses))))


def _gains(runs: Sequence[Entered], shift: str, doses: Sequence[float]) -> str:
    clear = list(_clear_gains(runs, shift, doses))
    if not clear:
        return ""
    dose, top, a, bottom, b = max(clear, key=lambda item: (item[2].difference or 0) - (item[4].difference or 0))
    sides = (f"{one.mark} {_amount(c.difference or 0.0, c.low, c.high)}" for one, c in ((top, a), (bottom, b)))
    where = claims.listed([f"{item[0]:g}" for item in clear])
    return f"The gains differ at severity {where}; most at {dose:g}: {' against '.join(sides)}, intervals apart."


def _clear_gains(
    runs: Sequence[Entered], shift: str, doses: Sequence[float]
) -> Iterator[tuple[float, Entered, Contrast, Entered, Contrast]]:
    for dose in doses:
        met = [(one, gain(one, Condition.of(shift, dose))) for one in runs]
        known = [(one, found) for one, found in met if found and found.low is not None]
        if len(known) < 2:  # noqa: PLR2004 - a comparison
            continue
        top, a = max(known, key=lambda pair: pair[1].difference or 0.0)
        bottom, b = min(known, key=lambda pair: pair[1].difference or 0.0)
        if a.low is not None and b.high is not None and a.low > b.high and _comparable(top, bottom):
            yield dose, top, a, bottom, b


def _accuracies(runs: Sequence[Entered], shift: str, doses: Sequence[float]) -> str:
    clear = list(_clear_points(runs, shift, doses))
    if not clear:
        return ""
    dose, top, a, bottom, b = max(clear, key=lambda item: (item[2].mean or 0.0) - (item[4].mean or 0.0))
    where = claims.listed([f"{item[0]:g}" for item in clear])
    sides = f"{top.mark} {wording.mean_std(a)} % against {bottom.mark} {wording.mean_std(b)} %"
    return (
        f"{a.arm} reaches different accuracies at severity {where}; most at {dose:g}: {sides}, "
        "with test-image intervals apart and every seed of one above every seed of the other."
    )


def _clear_points(
    runs: Sequence[Entered], shift: str, doses: Sequence[float]
) -> Iterator[tuple[float, Entered, ArmPoint, Entered, ArmPoint]]:
    for dose in doses:
        met = [(one, reached(one, Condition.of(shift, dose), one.run.pairs[0][0])) for one in runs if one.run.pairs]
        known = [(one, found) for one, found in met if found and found.low is not None]
        if len(known) < 2:  # noqa: PLR2004 - a comparison
            continue
        top, a = max(known, key=lambda pair: pair[1].mean or 0.0)
        bottom, b = min(known, key=lambda pair: pair[1].mean or 0.0)
        if _above(a, b) and _comparable(top, bottom) and same_test(top, bottom):
            yield dose, top, a, bottom, b


def _above(a: ArmPoint, b: ArmPoint) -> bool:
    """Both sources of error: test images and seeds."""
    if a.low is None or b.high is None or not a.values or not b.values:
        return False
    return a.low > b.high and min(a.values) > max(b.values)
