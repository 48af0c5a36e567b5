"""All tables' rows -> the summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shiftprobe.core.types import UNSHIFTED, Cell, Row, at_best
from shiftprobe.results.arm_texts import BUILT_IN
from shiftprobe.results.findings import Answers
from shiftprobe.results.model import About, Best, Contrast, Curve, Failure, Labels, SourceAccuracy, Summary
from shiftprobe.results.summary.accuracies import PAIR, Accuracies
from shiftprobe.results.summary.contrasts import Pairing, Unpaired, contrasts, paired, unpaired
from shiftprobe.results.summary.headline import headline
from shiftprobe.results.summary.training import training
from shiftprobe.spec.schema import Spec
from shiftprobe.stats import equivalent_from, labels_sentence, labels_worth


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContents:
    """What a run folder holds, read back."""

    rows: Sequence[Row]
    about: About
    answers: Mapping[Cell, Answers] = field(default_factory=dict)
    curves: Sequence[Curve] = ()
    pairing: Pairing = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)  # cells, each with the last line of its error
    source: SourceAccuracy | None = None  # the checkpoint's accuracy on its own test images
    taps: tuple[str, ...] = ()  # in depth order


def summarize_run(found: RunContents, spec: Spec) -> Summary:
    """The summary, before anybody asked why; see `docs/run-folder.md` for its fields."""
    about, apart = found.about, unpaired(found.pairing, spec)
    matched, best = (Accuracies.of(found.rows, metric) for metric in ("top1", "top1_best"))
    judged = _judged(matched, found, spec, PAIR, apart)
    return Summary(
        command=about.command,
        name=spec.name,
        digest=about.digest,
        points=judged.points,
        contrasts=judged.contrasts,
        verdict=judged.verdict,
        best=None if best.empty else _judged(best, found, spec, (at_best(PAIR[0]), at_best(PAIR[1])), apart),
        margin=spec.compare.margin,
        arms=tuple(arm for arm in spec.arms if arm not in about.skipped_arms),
        skipped_arms=about.skipped_arms,
        arms_about={arm: text for arm, text in about.arms_about.items() if text != BUILT_IN.get(arm)},
        shifts=spec.shifts,
        severities=tuple(sorted({0.0, *spec.severities})),
        budgets=tuple(sorted(spec.target.budgets)),
        seeds=spec.seeds,
        scale=about.scale,
        toward=about.toward,
        labels=_labels(matched, spec, judged.contrasts),
        training=training(spec, found.curves, about),
        data=about.data,
        device=about.device,
        preprocess=about.preprocess,
        failed=tuple(Failure(cell=key, error=error) for key, error in sorted(found.failed.items())),
        pairing=apart.sentence if apart else paired(found.pairing),
        paired=apart is None,
        source_accuracy=found.source,
        taps=found.taps,
    )


def _judged(seen: Accuracies, found: RunContents, spec: Spec, models: tuple[str, str], apart: Unpaired | None) -> Best:
    """Points, contrasts and verdict of one metric."""
    compared = () if apart or not set(PAIR) <= set(spec.arms) else contrasts(seen, spec, found.answers, models)
    return Best(
        points=seen.points(),
        contrasts=compared,
        verdict=headline(seen, spec, compared, apart.sentence if apart else ""),
    )


def _labels(seen: Accuracies, spec: Spec, compared: Sequence[Contrast]) -> Labels | None:
    """What transfer is worth in labelled images, on the unshifted target; None where no two budgets hold both arms."""
    budgets = sorted(spec.target.budgets)
    shared = [seen.shared(UNSHIFTED, budget) for budget in budgets]
    seeds = [seed for seed in spec.seeds if all(seed in one for one in shared)]
    if len(budgets) < 2 or not seeds or not compared:  # noqa: PLR2004 - a curve has two points
        return None
    ours, theirs = ([[one[seed][side] for one in shared] for seed in seeds] for side in (0, 1))
    worth = labels_worth(budgets, ours, theirs)
    verdicts = {one.budget: one.verdict for one in compared if one.severity == 0}
    found = [verdicts[budget] for budget in budgets]
    return Labels(
        sentence=labels_sentence(worth, found, spec.compare.margin, PAIR),
        equivalent_from=equivalent_from(budgets, found),
        worth=worth,
    )
