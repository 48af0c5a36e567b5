"""What limits a run's conclusions, as marks: read from the typed facts of a summary, one mark of a kind at most."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from shiftprobe.core.words import listed
from shiftprobe.metrics.scores import ScoreName
from shiftprobe.results.about import About
from shiftprobe.results.left_out import reading_told
from shiftprobe.results.marks import Mark, ordered
from shiftprobe.results.model import Converged, Summary, TrainingFacts, Verdict
from shiftprobe.results.recipe_words import equal_trials, rates_told
from shiftprobe.results.tuning import Tuning
from shiftprobe.spec.arm_names import AS

FEW_VALIDATION = 200  # images; below it one of them weighs more than half a point in the choice among trials
FEW_TEST = 100  # images; below it one of them weighs more than a point
ASIDE = frozenset({"source_trained_unknown"})  # kinds that limit no comparison of two arms


def marks(summary: Summary, validation_images: int | None = None) -> tuple[Mark, ...]:
    """Every mark that the facts of a summary ask for, the gravest first.

    Args:
        summary: its training, seeds, counts and failures are looked at; its marks, verdicts and sentences are not.
        validation_images: the smallest validation part of any training; None where there is none.
    """
    training = summary.training or TrainingFacts()
    own = without_controls(training)
    found = (
        _at_majority(own, summary.metric),
        _control(training),
        _short(own),
        _late(own),
        _one_seed(summary),
        _untuned(training),
        _at_edge(training.tuning),
        _few_validation(training, validation_images),
        _few_test(summary),
        _repeated(summary),
        _unknown_home(summary),
        _incomplete(summary),
    )
    return ordered(tuple(one for one in found if one is not None))


def data_marks(about: About) -> tuple[Mark, ...]:
    """What limits a run before anything is trained: names that contradict the file, colours that nobody sees."""
    found = []
    if about.conflict is not None:
        text = f"{about.conflict.told}: the names given were used. Leave source.classes out where the file is right."
        found.append(Mark(kind="class_names_contradicted", text=text))
    if read := reading_told(about.data, guessed=True):
        found.append(Mark(kind="reader_guessed", text=read))
    if about.colours_dropped:
        text = "The network takes one channel: the colours of the target's images were dropped before any arm saw them."
        found.append(Mark(kind="colours_dropped", text=text))
    return tuple(found)


def without_controls(training: TrainingFacts) -> TrainingFacts:
    """The trainings but those of arms that are trained as another is: they serve one contrast, and no decision."""
    return replace(training, converged=tuple(one for one in training.converged if AS not in one.arm))


def _control(training: TrainingFacts) -> Mark | None:
    here = [one for one in training.converged if AS in one.arm and one.at_majority]
    if not here:
        return None
    return Mark(
        kind="control_not_trained",
        text=f"{listed([one.arm for one in here])} did not learn: the contrast under that recipe says nothing, and no "
        "decision needs it.",
        arms=_arms(here),
    )


def of_pair(verdict: Verdict, found: Sequence[Mark]) -> Verdict:
    """A verdict with what limits it: marks of its arms, and those of the whole run."""
    own = (one for one in found if one.kind not in ASIDE and (not one.arms or set(one.arms) & set(verdict.pair)))
    return replace(verdict, marks=ordered((*verdict.marks, *own)))


def _at_majority(training: TrainingFacts, metric: ScoreName) -> Mark | None:
    here = [one for one in training.converged if one.at_majority]
    if not here:
        return None
    share = next(one.majority for one in here if one.majority is not None)
    reaches = f"{100 * share:.1f} % of the test images" if metric == "top1" else f"{100 * share:.1f} in {metric}"
    said = _each(here, training, lambda one: f"in {len(one.at_majority)} of {one.seeds} seeds")
    return Mark(
        kind="at_majority",
        text=f"Not shown to beat always naming the commonest class ({reaches}): {said}. A "
        f"difference to an arm that is not trained out says nothing. {_longer(training)}",
        arms=_arms(here),
    )


def _short(training: TrainingFacts) -> Mark | None:
    here = [one for one in training.converged if one.short]
    if not here:
        return None
    said = _each(here, training, lambda one: f"{one.steps or 0:,} steps")
    return Mark(
        kind="short_schedule",
        text=f"Trained for {said}, where images like these need at least {here[0].fewest or 0:,}; it flatters the "
        f"arm that learns faster. {_longer(training)}",
        arms=_arms(here),
    )


def _late(training: TrainingFacts) -> Mark | None:
    here = [one for one in training.converged if one.late_of or one.falling]
    if not here:
        return None
    return Mark(
        kind="late_best_epoch",
        text=f"When training ended: {_each(here, training, _still)}. {_longer(training)}",
        arms=_arms(here),
    )


def _still(one: Converged) -> str:
    of = f"{one.late_of} of {one.n}" if one.late_of < one.n else f"{one.n}"
    best = (
        f"best at epoch {one.late_best_epoch:g} of {one.epochs} (median of {of} training{'s' * (one.n > 1)})"
        if one.late_of
        else ""
    )
    falling = f"loss falling at the end of {one.falling} of {one.n}" if one.falling else ""
    return ", ".join(filter(None, (best, falling)))


def _one_seed(summary: Summary) -> Mark | None:
    if len(summary.seeds) != 1 or not summary.training or not summary.training.converged:
        return None
    return Mark(kind="one_seed", text="One seed tells nothing of another training: --seeds 3 and more do.")


def _untuned(training: TrainingFacts) -> Mark | None:
    if training.tune or not training.converged:
        return None
    return Mark(
        kind="untuned",
        text=f"Nothing was tuned: {rates_told(training)}; the verdict may move with it. "
        f"{equal_trials(training.rates)} gives every arm the same trials.",
    )


def _at_edge(tuning: Tuning | None) -> Mark | None:
    """Arms whose best trial is the last one on a side: a better one may lie beyond it."""
    here = [one for one in tuning.arms if one.edges] if tuning else []
    if not here or not tuning:
        return None
    conditions = {arm: sum(one.arm == arm for one in tuning.arms) for arm in {one.arm for one in here}}
    found = Counter((one.arm, edge.part, edge.value, edge.highest) for one in here for edge in one.edges)
    said = [
        f"{arm} {part} {value:g} (the {'highest' if highest else 'lowest'})"
        + (f" in {count} of {conditions[arm]} choices" if conditions[arm] > 1 else "")
        for (arm, part, value, highest), count in sorted(found.items())
    ]
    return Mark(
        kind="best_at_edge",
        text=f"Chosen at the edge of what was tried: {'; '.join(said)}. A better value may lie beyond it: widen --tune "
        "on that side.",
        arms=tuple(sorted(conditions)),
    )


def _few_validation(training: TrainingFacts, images: int | None) -> Mark | None:
    """Few images behind a choice, counted with one seed; in older folders each seed chose for itself."""
    tuning = training.tuning
    images = min((one.images for one in tuning.arms), default=None) if tuning else images
    if not training.tune or images is None or images >= FEW_VALIDATION:
        return None
    what = "rate" if set(training.tune) == {"lr"} else "recipe"
    seeds = f" with each of {tuning.arms[0].seeds} seeds" if tuning and tuning.arms[0].seeds > 1 else ""
    folds = "" if tuning and tuning.arms[0].folds > 1 else ", or --tune folds=5 beside the values,"
    return Mark(
        kind="few_validation_images",
        label=f"{images} images chose the {what}",
        text=f"{images} validation images judged each trial{seeds}, of which one weighs {100 / max(images, 1):.1f} "
        f"points: a larger --budget or train.validation{folds} chooses better.",
    )


def _few_test(summary: Summary) -> Mark | None:
    target = summary.data.target
    most = max(FEW_TEST, round(1 / summary.margin))
    if target is None or target.test >= most:
        return None
    return Mark(
        kind="few_test_images",
        label=f"{target.test} test images",
        text=f"{target.test} test images: one weighs {100 / max(target.test, 1):.1f} points"
        f"{'' if summary.metric == 'top1' else ' of accuracy'}, the margin is "
        f"{100 * summary.margin:g}. More labelled images or a larger target.test narrow every interval.",
    )


def _repeated(summary: Summary) -> Mark | None:
    target = summary.data.target
    if target is None or target.groups is None:
        return None
    return Mark(
        kind="repeated_images",
        label=f"{target.groups:,} groups of images",
        text=f"The {target.test:,} test images are {target.groups:,} independent draws (one group of the manifest, or "
        "near-duplicates, count as one): intervals are those of the groups.",
    )


def _unknown_home(summary: Summary) -> Mark | None:
    if summary.source_trained != "unknown":
        return None
    return Mark(
        kind="source_trained_unknown",
        text="The checkpoint's accuracy at home is not told: nobody said which images of the source trained it. "
        "--trained-on all, none or a CSV of them says so.",
    )


def _incomplete(summary: Summary) -> Mark | None:
    lost = sum(bool(one.reason) for one in summary.points)
    if not summary.failed and not lost:
        return None
    cells = f"{len(summary.failed)} cell{'s' * (len(summary.failed) > 1)} failed" if summary.failed else ""
    points = f"{lost} accurac{'ies lack' if lost > 1 else 'y lacks'} seeds" if lost else ""
    said = " and ".join(filter(None, (cells, points)))
    return Mark(kind="incomplete", text=f"Incomplete: {said}. The same command tries again what is missing.")


def _each(some: Sequence[Converged], training: TrainingFacts, said: Callable[[Converged], str]) -> str:
    """What is said of each arm, with its budget where there are several."""
    many = len({one.budget for one in training.converged}) > 1
    return "; ".join(f"{one.arm}{f' with {one.budget:,} labels' if many else ''} {said(one)}" for one in some)


def _longer(training: TrainingFacts) -> str:
    return f"Train longer: --set {training.lengthened}."


def _arms(some: Sequence[Converged]) -> tuple[str, ...]:
    return tuple(sorted({one.arm for one in some}))


def smallest(counts: Iterator[int | None]) -> int | None:
    """The smallest of some counts; None where there is none."""
    return min((one for one in counts if one is not None), default=None)
