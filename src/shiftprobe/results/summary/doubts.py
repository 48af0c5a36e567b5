"""What takes their meaning from comparisons: arms that learnt nothing, and a checkpoint that knows nothing."""

from shiftprobe.results.about import Dataset
from shiftprobe.results.model import SourceAccuracy, TrainingFacts
from shiftprobe.results.summary.deciding import Doubt


def doubts(trained: TrainingFacts, budget: int, home: SourceAccuracy | None, source: Dataset | None) -> Doubt:
    """What must be known before two arms are held against each other.

    Args:
        trained: how the arms were trained.
        budget: the largest.
        home: the checkpoint's accuracy on its own test images; None where it is not known.
        source: what it was trained on; None where it is not known.
    """
    return Doubt(weak=_weak(trained, budget), void=_void(home, source))


def _weak(trained: TrainingFacts, budget: int) -> frozenset[str]:
    """Arms most of whose seeds are not shown to beat always naming the commonest class."""
    here = (one for one in trained.converged if one.budget == budget)
    return frozenset(one.arm for one in here if 2 * len(one.at_majority) > (one.seeds or 0))


def _void(home: SourceAccuracy | None, source: Dataset | None) -> str:
    """Why nothing here tells of this checkpoint; empty where something does."""
    if home is None or source is None or home.low > 1 / len(source.classes):
        return ""
    return f"the checkpoint is at chance on its own test images, {100 * home.value:.1f} %; check model.preprocess"
