"""What wrong answers cost: a matrix by label and answer, and the mean over images."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.metrics.scores.intervals import bounded_mean
from shiftprobe.metrics.scores.outputs import Outputs

Floats = NDArray[np.float64]


def cost_matrix(named: Mapping[str, Mapping[str, float]], classes: Sequence[str]) -> Floats:
    """Costs by label (row) and answer (column): 1 for a wrong answer and 0 for a right one where none is named.

    Args:
        named: {label: {answer: cost}}, costs from 0.
        classes: names of the head's outputs, in order.

    Returns:
        (C, C) costs.

    Raises:
        SpecError: when a name is no class, or all costs are equal.

    Reference: Elkan, 2001, IJCAI.
    """
    place = {name: i for i, name in enumerate(classes)}
    found = 1.0 - np.eye(len(classes))
    for label, answers in named.items():
        for answer, cost in answers.items():
            for name in (label, answer):
                if name not in place:
                    known = ", ".join(escape(one, 40) for one in classes[:3]) + (", ..." if len(classes) > 3 else "")  # noqa: PLR2004 - names
                    raise SpecError(
                        f"cost.matrix: no class called {escape(name, 40)}{suggest(name, list(classes))}; the outputs "
                        f"are called {known}"
                    )
            found[place[label], place[answer]] = cost
    if found.min() == found.max():
        raise SpecError(f"cost.matrix: every answer costs {found.max():g}, so nothing can be judged; name other costs")
    return found


def mean_cost(outputs: Outputs, matrix: Floats, confidence: float = 0.95) -> tuple[float, float, float]:
    """What the answers, as they are, cost on average; no answer is chosen by its cost.

    Args:
        outputs: what a network answered to N images.
        matrix: (C, C) costs by label and answer.
        confidence: of the two-sided interval, a fraction below 1.

    Returns:
        Mean, low, high, between the least and the largest cost of the matrix.

    Raises:
        InputError: as `bounded_mean`.

    Reference: as `bounded_mean`.
    """
    costs = matrix[outputs.labels, outputs.answers]
    return bounded_mean(costs, float(matrix.min()), float(matrix.max()), confidence)
