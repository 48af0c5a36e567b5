"""The sentences about how arms were judged, and what came out: tests, measures, every declared pair, exclusions."""

from collections.abc import Iterator

from shiftprobe.core.words import counted, in_percent, in_points, listed
from shiftprobe.metrics.scores import SCORES
from shiftprobe.paper.finished import FinishedRun, named
from shiftprobe.results.model import Contrast, Headline, Verdict, widest

MEASURES = {
    "attribution": "maps of integrated gradients [@sundararajan2017], Grad-CAM [@selvaraju2017] and occlusion "
    "[@zeiler2014] with a sanity check [@adebayo2018]",
    "calibration": "calibration error [@guo2017] and Brier score [@brier1950]",
    "cka": "debiased linear CKA [@kornblith2019; @song2012]",
    "distance": "structural similarity [@wang2004]",
    "domain": "maximum mean discrepancy [@gretton2012] and the proxy A-distance [@bendavid2010]",
    "linear": "linear probes [@alain2016] with controls [@hewitt2019]",
    "null_band": "CKA among seeds [@neyshabur2020]",
    "similarity": "Procrustes similarity [@ding2021], the Fréchet distance [@heusel2017] and mutual neighbours "
    "[@huh2024]",
    "transferability": "LogME [@you2021], H-score [@bao2019], LEEP [@nguyen2020] and NCE [@tran2019]",
    "umap": "UMAP [@mcinnes2018] with its trustworthiness [@venna2001]",
}
LEVEL = 0.05  # of a family after Holm


def judgement(run: FinishedRun) -> Iterator[str]:
    """How arms were compared, and what else was measured."""
    compared = [one for one in run.summary.contrasts if one.difference is not None]
    if compared:
        yield from _tests(run, compared)
    if any(one.low is not None for one in run.summary.points) and run.summary.source_accuracy is None:
        yield (
            "Accuracies carry 95 % Wilson intervals over test images [@wilson1927]"
            if run.summary.metric == "top1"
            else f"Arms are judged in {SCORES[run.summary.metric].judged}, with 95 % intervals over test images"
        )
    told = [MEASURES[probe] for probe in run.spec.probes if probe in MEASURES]
    if told:
        yield f"Measured beside accuracy: {listed(told)}"


def _tests(run: FinishedRun, compared: list[Contrast]) -> Iterator[str]:
    pairs = dict.fromkeys((one.a, one.b) for one in compared)
    yield f"Declared in advance {'are' if len(pairs) > 1 else 'is'} {listed([_pair(*pair) for pair in pairs])}"
    if any(one.low is not None for one in compared):
        yield (
            "Accuracies of the last epoch, which all arms share, are compared seed by seed with 95 % paired t intervals"
            f" [@student1908]; equivalence within ±{100 * run.summary.margin:g} points is shown by two one-sided t "
            "tests [@schuirmann1987]"
        )
    if any(one.image_low is not None for one in compared):
        yield "Test images are a second source of error, with 95 % intervals of their own given the seeds [@bonett2012]"
    if any(one.both_low is not None for one in compared):
        yield (
            "A combined 95 % interval holds both sources [@zou2008]; better, worse and equivalent need seeds, images "
            "and both together to say so [@berger1996]"
        )
    if any(one.p is not None for seed in compared for one in seed.per_seed):
        yield "Per seed both arms are compared image by image with the exact McNemar test [@mcnemar1947]"
    if run.conditions > 1 and any(one.p_holm is not None for one in compared):
        yield f"The {run.conditions} conditions of a pair and budget are one family, corrected after Holm [@holm1979]"
    if run.summary.labels is not None and run.summary.labels.worth:
        yield "What a start is worth in labels has an interval after Fieller [@fieller1954]"


def _pair(a: str, b: str) -> str:
    return f"{named(a)} minus {named(b)}"


def outcome(run: FinishedRun) -> Iterator[str]:
    """Every declared pair with its numbers, and what the numbers leave out."""
    for one in _verdicts(run):
        if one.contrast is None:
            yield f"{_pair(*one.pair)}: {named(one.sentence.rstrip('.'))}"
            continue
        yield _headline(run, one, one.contrast)
        yield from _family(run, one.pair)
        yield from _astray(one.contrast)
        yield from _limits(one)
    yield from _flipped(run)
    yield from _lost(run)


def _flipped(run: FinishedRun) -> Iterator[str]:
    """Which single images tell the arms apart, where there are enough seeds to ask."""
    one = run.flips
    if one is None:
        return
    conditions = f", {counted(len(one.conditions), 'condition')}" if len(one.conditions) > 1 else ""
    basis = f"n = {counted(len(one.seeds), 'seed')}, {counted(one.images, 'test image')}{conditions}"
    if not one.can_call:
        yield (
            f"With {counted(len(one.seeds), 'seed')} no single test image can be shown to tell {named(one.a)} from "
            f"{named(one.b)}; seeds of one arm disagree on {one.counts.get('jitter', 0):,} of {one.images:,}"
        )
        return
    yield (
        f"Image by image {named(one.a)} instead of {named(one.b)} hurts {one.counts.get('hurt', 0):,} and helps "
        f"{one.counts.get('helped', 0):,} beyond seed noise by an exact permutation test of trainings ({basis}), at a "
        f"false discovery rate of {100 * one.level:g} % for discrete tests [@dohler2018]; on another "
        f"{one.counts.get('jitter', 0):,} only seeds of one arm disagree"
    )


def _verdicts(run: FinishedRun) -> tuple[Verdict, ...]:
    """Of every pair; folders of an earlier version hold that of the first alone."""
    return run.summary.verdicts or (run.summary.verdict,)


def _headline(run: FinishedRun, one: Verdict, found: Headline) -> str:
    where = f"Averaged over {run.conditions} conditions with" if run.conditions > 1 else "With"
    low, high = widest(found)
    over = "seeds" if found.both_low is None else "seeds and test images" if found.n else "test images"
    told = (
        "" if low is None or high is None else f"95 % interval over {over} {in_points(low)} to {in_points(high)}",
        f"n = {counted(found.n, 'seed')}" if found.n else "no seed moves either arm",
        counted(found.images, "test image") if found.images else "",
    )
    return (
        f"{where} {max(run.summary.budgets):,} labelled images {_pair(*one.pair)} is {in_points(found.difference)} "
        f"points ({', '.join(filter(None, told))}): {one.word}"
    )


def _family(run: FinishedRun, pair: tuple[str, str]) -> Iterator[str]:
    """How many conditions of the largest budget stand after Holm."""
    here = [
        one
        for one in run.summary.contrasts
        if (one.a, one.b) == pair and one.budget == max(run.summary.budgets) and one.difference is not None
    ]
    if len(here) < 2:  # noqa: PLR2004 - one condition is the headline
        return
    clear = [one.difference or 0.0 for one in here if one.p_holm is not None and one.p_holm < LEVEL]
    above = sum(difference > 0 for difference in clear)
    yield (
        f"Condition by condition {named(pair[0])} is better in {above} and worse in {len(clear) - above} of "
        f"{len(here)} after Holm"
    )


def _astray(found: Headline) -> Iterator[str]:
    for one in found.astray:
        if one.count:
            yield (
                f"Left out as astray: {one.count} of {counted(one.n, 'training')} of {named(one.arm)} (exact 95 % "
                f"interval {in_percent(one.low)} to {in_percent(one.high)} %) [@clopper1934]"
            )


def _limits(one: Verdict) -> Iterator[str]:
    """What stands as marks beside the verdict in every output."""
    if one.marks:
        yield f"What limits it: {listed([named(mark.badge) for mark in one.marks])}"


def _lost(run: FinishedRun) -> Iterator[str]:
    """Cells without an answer and arms that did not apply."""
    failed = [one.cell for one in run.summary.failed]
    if failed:
        yield f"{counted(len(failed), 'cell')} failed and {'is' if len(failed) == 1 else 'are'} left out"
    for arm, reason in run.summary.skipped_arms.items():
        yield f"The arm {named(arm)} was left out: {named(reason)}"
