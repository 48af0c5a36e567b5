"""All tables' rows -> the summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Cell, Row, at_best
from shiftprobe.results.about import About
from shiftprobe.results.arm_texts import BUILT_IN
from shiftprobe.results.decision import WAYS
from shiftprobe.results.findings import Answers
from shiftprobe.results.flip_map import FlipsFound
from shiftprobe.results.home import Home, at_home
from shiftprobe.results.machine import MachineKind
from shiftprobe.results.marks import ordered
from shiftprobe.results.model import Best, Contrast, Curve, Failure, SourceAccuracy, Summary, TrainingFacts
from shiftprobe.results.summary.accuracies import Accuracies, ArmPair
from shiftprobe.results.summary.arm_answers import ArmAnswers
from shiftprobe.results.summary.contrasts import contrasts
from shiftprobe.results.summary.deciding import Doubt, decision, epoch_marks
from shiftprobe.results.summary.doubts import doubts
from shiftprobe.results.summary.flipping import flips_found
from shiftprobe.results.summary.given_marks import given_marks, machine_marks
from shiftprobe.results.summary.headline import headline
from shiftprobe.results.summary.label_worth import labels
from shiftprobe.results.summary.marking import marks, of_pair, smallest
from shiftprobe.results.summary.one_recipe import held_against_one_recipe
from shiftprobe.results.summary.pairing import Pairing, PairingFacts, pairing_facts, unpaired
from shiftprobe.results.summary.recipe_marks import recipe_marks
from shiftprobe.results.summary.recipes import Recipes
from shiftprobe.results.summary.scores import chance, other_scores
from shiftprobe.results.summary.straying import Strayed, strayed
from shiftprobe.results.summary.training import training
from shiftprobe.results.tuning import Tuning
from shiftprobe.spec.arm_names import trained_as
from shiftprobe.spec.pairs import declared_pairs, headline_pair
from shiftprobe.spec.schema import Spec

CONTROLLED = (("linear_probe", "frozen_random"),)  # arms, and what each is held against beside the ways to go on


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContents:
    """What a run folder holds, read back."""

    rows: Sequence[Row]
    about: About
    answers: Mapping[Cell, Answers] = field(default_factory=dict)
    groups: NDArray[np.int64] | None = None  # (N,) what test images belong together; None: they are independent
    curves: Sequence[Curve] = ()
    pairing: Pairing = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)  # cells, each with the last line of its error
    source: SourceAccuracy | None = None  # the checkpoint's accuracy on its own test images
    taps: tuple[str, ...] = ()  # in depth order
    tuning: Tuning | None = None
    machines: Mapping[MachineKind, int] = field(default_factory=dict)  # how many arms were trained on each kind


def summarize_run(found: RunContents, spec: Spec) -> Summary:
    """The summary, before anybody asked why; see `docs/run-folder.md` for its fields."""
    about = found.about
    shared, matched = _pairing(found, spec), Accuracies.of(found.rows, spec.compare.metric)
    floor = _chance(found, spec)
    home, trained = _home(found, spec), training(spec, found.curves, about, matched, chance=floor, tuning=found.tuning)
    doubt = doubts(trained, max(spec.target.budgets), home.accuracy, about.data.source)
    judged, at_best_epoch = _judged(matched, found, spec, doubt), _at_best(matched, found, spec, doubt)
    whole = Summary(
        command=about.command,
        name=spec.name,
        digest=about.digest,
        points=judged.points,
        contrasts=judged.contrasts,
        verdict=judged.verdict,
        verdicts=judged.verdicts,
        decision=judged.decision,
        best=at_best_epoch,
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
        training=trained,
        data=about.data,
        device=about.device,
        preprocess=about.preprocess,
        failed=tuple(Failure(cell=key, error=error) for key, error in sorted(found.failed.items())),
        pairing=shared.sentence,
        paired=shared.paired,
        unshared=shared.unshared,
        source_accuracy=home.accuracy,
        source_trained=home.trained,
        source_reason=home.reason,
        taps=found.taps,
    )
    return _marked(_beside(whole, matched, found, spec), found, spec)


def flips_of(found: RunContents, spec: Spec) -> FlipsFound:
    """Which test images the arms of a run have right and wrong beyond seed noise, after the last epoch."""
    return flips_found(found.answers, spec, _gone(found, at_their_best=False), found.groups)


def _beside(summary: Summary, matched: Accuracies, found: RunContents, spec: Spec) -> Summary:
    """The summary with what stands beside its comparisons: the score, the others, labels, pairs nobody declared."""
    return replace(
        summary,
        metric=matched.score,
        scores=other_scores(found.rows, matched.score),
        labels=labels(matched, spec, summary.contrasts),
        others=_others(matched, found, spec),
        working=found.about.working,
    )


def _home(found: RunContents, spec: Spec) -> Home:
    """What may be said of the checkpoint on its own source."""
    told, source = found.about.source_brought, found.about.data.source
    brought = spec.model.weights != "train" if told is None else told
    checkpoint = found.about.checkpoint
    known = checkpoint is None or checkpoint.home_known
    return at_home(found.source, spec.source.trained, brought=brought, source=source is not None, known=known)


def _chance(found: RunContents, spec: Spec) -> float | None:
    """What always saying the same reaches in the score that is judged."""
    target = found.about.data.target
    return chance(found.answers, spec.compare.metric, _classes(found), target.majority if target else None)


def _marked(summary: Summary, run: RunContents, spec: Spec) -> Summary:
    """The summary with what limits it beside each of its verdicts."""
    found = ordered(
        (
            *epoch_marks(summary.decision, summary.best),
            *marks(summary, smallest(one.validation_images for one in run.curves)),
            *recipe_marks(summary.training or TrainingFacts(), run.about),
            *given_marks(run.about, spec),
            *machine_marks(run.machines),
        )
    )
    return replace(
        summary,
        marks=found,
        verdict=of_pair(summary.verdict, found),
        verdicts=tuple(of_pair(one, found) for one in summary.verdicts),
    )


def _at_best(matched: Accuracies, found: RunContents, spec: Spec, doubt: Doubt) -> Best | None:
    """The same trainings, each at its best epoch; arms that no epoch moves as they are."""
    best = Accuracies.of(found.rows, spec.compare.metric, at_best=True)
    return None if best.empty else _judged(best.with_untrained(matched), found, spec, doubt, at_their_best=True)


def _judged(seen: Accuracies, found: RunContents, spec: Spec, doubt: Doubt, *, at_their_best: bool = False) -> Best:
    """Points, the contrasts of every pair, and its verdict; the headline's stands apart."""
    first, held = headline_pair(spec, found.about.skipped_arms), _held(found, spec)
    shared, gone = _pairing(found, spec), _gone(found, at_their_best=at_their_best)
    compared = {one: _contrasts(seen, found, spec, one, gone, at_their_best=at_their_best) for one in shared.lacking}
    verdicts = {
        pair: headline(
            seen,
            spec,
            compared.get(pair, ()),
            pair=pair,
            unpaired=shared.apart.get(pair, ""),
            answers=_answers(seen, found, pair, at_their_best=at_their_best),
            gone=gone,
        )
        for pair in dict.fromkeys((first, *held))
    }
    verdicts = held_against_one_recipe(verdicts, Recipes.of(found.curves, spec), doubt.weak)
    verdicts = {pair: replace(one, unshared=shared.lacking.get(pair, ())) for pair, one in verdicts.items()}
    judged = tuple(one for of_pair in compared.values() for one in of_pair)
    here = [one for one in judged if one.budget == max(spec.target.budgets)]
    return Best(
        points=seen.points(),
        contrasts=judged,
        verdict=verdicts[first],
        verdicts=tuple(verdicts.values()),
        decision=decision(tuple(verdicts.values()), here, doubt, score=seen.score),
    )


def _held(found: RunContents, spec: Spec) -> list[ArmPair]:
    """The declared pairs whose arms this run holds."""
    here = {arm for arm in spec.arms if arm not in found.about.skipped_arms}
    return [pair for pair in declared_pairs(spec) if set(pair) <= here]


def _pairing(found: RunContents, spec: Spec) -> PairingFacts:
    """What the declared pairs of this run share."""
    return pairing_facts(found.pairing, spec, _held(found, spec), Recipes.of(found.curves, spec))


def _contrasts(
    seen: Accuracies, found: RunContents, spec: Spec, pair: ArmPair, gone: Strayed, *, at_their_best: bool
) -> tuple[Contrast, ...]:
    """A pair in every condition; of the best epochs nothing where an arm has none."""
    answers = _answers(seen, found, pair, at_their_best=at_their_best)
    judged = contrasts(seen, spec, answers, pair=pair, gone=gone, left=found.about.left)
    first = headline_pair(spec, found.about.skipped_arms)
    nothing = at_their_best and pair != first and all(one.difference is None for one in judged)
    return () if nothing else judged


def _others(seen: Accuracies, found: RunContents, spec: Spec) -> tuple[Contrast, ...]:
    """Arms against the three ways to go on and against controls, where nobody declared the pair: each a family."""
    here = [arm for arm in spec.arms if arm not in found.about.skipped_arms and trained_as(arm) == arm]
    asked = {frozenset(pair) for pair in declared_pairs(spec)}
    pairs = [(a, b) for a in here if a not in WAYS for b in WAYS if b in here and frozenset((a, b)) not in asked]
    pairs += [pair for pair in CONTROLLED if set(pair) <= set(here) and frozenset(pair) not in asked]
    recipes, gone = Recipes.of(found.curves, spec), _gone(found, at_their_best=False)
    known = [
        one
        for pair in pairs
        if unpaired(found.pairing, spec, pair, recipes) is None
        for one in _contrasts(seen, found, spec, pair, gone, at_their_best=False)
        if one.budget == max(spec.target.budgets)
    ]
    return tuple(replace(one, per_seed=(), differences=()) for one in known if one.difference is not None)


def _answers(seen: Accuracies, found: RunContents, pair: ArmPair, *, at_their_best: bool) -> ArmAnswers:
    """What both arms answered, after the last epoch or after the best of those that are trained."""
    trained = {place.arm for place in seen.values if place.budget is not None}
    a, b = (at_best(arm) if at_their_best and arm in trained else arm for arm in pair)
    return ArmAnswers(
        models=(a, b), answers=found.answers, groups=found.groups, score=seen.score, classes=_classes(found)
    )


def _gone(found: RunContents, *, at_their_best: bool) -> Strayed:
    """The trainings that went astray, by accuracy; the last loss is not that of the best epoch."""
    target, last = found.about.data.target, Accuracies.of(found.rows, "top1")
    seen = Accuracies.of(found.rows, "top1", at_best=True).with_untrained(last) if at_their_best else last
    return strayed(seen, () if at_their_best else found.curves, target.majority if target else None)


def _classes(found: RunContents) -> int:
    """Classes of the target; 0 where the folder does not say."""
    return len(found.about.data.target.classes) if found.about.data.target else 0
