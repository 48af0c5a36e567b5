"""Beside the score that is judged: every arm in the others, and what saying always the same would reach."""

from collections.abc import Iterable, Mapping

from shiftprobe.core.types import UNSHIFTED, Cell, Row
from shiftprobe.metrics.scores import NAMES, SCORES, ScoreName
from shiftprobe.results.findings import Answers
from shiftprobe.results.model import ArmPoint
from shiftprobe.results.summary.accuracies import Accuracies


def other_scores(rows: Iterable[Row], judged: ScoreName) -> tuple[ArmPoint, ...]:
    """Every arm after its last epoch on the unshifted target, in the scores that are not judged.

    Args:
        rows: of the run.
        judged: the score that is.
    """
    found, known = tuple(rows), (name for name in NAMES if name != judged)
    points = (point for name in known for point in Accuracies.of(found, name).points())
    return tuple(point for point in points if point.condition == UNSHIFTED)


def chance(answers: Mapping[Cell, Answers], judged: ScoreName, classes: int, majority: float | None) -> float | None:
    """What always naming the commonest class reaches in a score, or telling the classes' shares; more is better.

    Args:
        answers: of the run; all are about the same test images.
        judged: the score.
        classes: of the target; 0 where it is not known.
        majority: share of the commonest class, which is that of top-1 accuracy.

    Returns:
        None where nobody knows.
    """
    if judged == "top1":
        return majority
    first = next((one for one in answers.values() if one.predicted), None)
    outputs = None if first is None else first.outputs(next(iter(first.predicted)), classes)
    return None if outputs is None else SCORES[judged].sign * SCORES[judged].chance(outputs)
