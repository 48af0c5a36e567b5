"""What a start is worth in labelled images, on the unshifted target."""

from collections.abc import Sequence

from shiftprobe.core.types import UNSHIFTED
from shiftprobe.results.model import Contrast, Labels
from shiftprobe.results.summary.accuracies import Accuracies
from shiftprobe.spec.pairs import trained_pair
from shiftprobe.spec.schema import Spec
from shiftprobe.stats import equivalent_from, labels_sentence, labels_worth


def labels(seen: Accuracies, spec: Spec, contrasts: Sequence[Contrast]) -> Labels | None:
    """What the start is worth in labelled images, on the unshifted target; None without two budgets of both."""
    pair, budgets = trained_pair(spec), sorted(spec.target.budgets)
    compared = [one for one in contrasts if (one.a, one.b) == pair]
    shared = [seen.shared(UNSHIFTED, budget, pair) for budget in budgets]
    seeds = [seed for seed in spec.seeds if all(seed in one for one in shared)]
    if len(budgets) < 2 or not seeds or not compared:  # noqa: PLR2004 - a curve has two points
        return None
    ours, theirs = ([[one[seed][side] for one in shared] for seed in seeds] for side in (0, 1))
    worth = labels_worth(budgets, ours, theirs)
    verdicts = {one.budget: one.verdict for one in compared if one.severity == 0}
    found = [verdicts[budget] for budget in budgets]
    return Labels(
        sentence=labels_sentence(worth, found, spec.compare.margin, pair),
        equivalent_from=equivalent_from(budgets, found),
        worth=worth,
    )
