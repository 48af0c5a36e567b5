"""What a run found, as a person reads it at the terminal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shiftprobe.cli.terminal import tables
from shiftprobe.cli.terminal.speech import say
from shiftprobe.results import recipe_words
from shiftprobe.results.left_out import left_out, reading_told
from shiftprobe.results.model import Step, Summary, TrainingFacts, Why

if TYPE_CHECKING:
    from shiftprobe.stats import Comparison


def findings(summary: Summary) -> None:
    """What to do, what limits it, the verdicts that it rests on, and the tables."""
    verdict, best, training = summary.verdict, summary.best, summary.training or TrainingFacts()
    answer(summary)
    if verdict.detail:
        say(verdict.detail)
    for other in summary.verdicts:
        if other.pair != verdict.pair:
            nothing = any(mark.kind == "control_not_trained" for mark in other.marks)
            say(f"         {'SAYS NOTHING' if nothing else other.word.upper()}. {other.sentence}")
    if best and best.contrasts:
        say(f"Judged at each arm's best epoch on the validation part instead: {best.verdict.sentence}")
    if summary.labels and summary.labels.sentence:
        say(summary.labels.sentence)
    if trained := recipe_words.sentence(training):
        say(trained)
    if summary.working:
        say(summary.working.told)
    if training.tune:
        say(training.sentence)
    tables.show(summary)
    _why(summary.why)
    _next(summary.next)
    _reach(summary)
    skipped(summary.skipped_arms)
    for said in filter(None, (left_out(summary.data), reading_told(summary.data, guessed=False))):
        say(said)
    _at_chance(summary)


def answer(summary: Summary) -> None:
    """What to do, what limits it, and the headline's verdict."""
    verdict = summary.verdict
    _decision(summary)
    say(f"{'' if summary.decision else chr(10)}Verdict: {verdict.word.upper()}. {verdict.sentence}")


def _decision(summary: Summary) -> None:
    """What to do with the checkpoint, and what limits the answer, the gravest first."""
    if summary.unfinished:
        say(f"\nNOT FINISHED: {summary.unfinished.counts}. {summary.unfinished.mark.text}")
    if summary.decision is None:
        return
    decision = summary.decision
    say(f"\nDecision: {' '.join(filter(None, (decision.sentence, decision.reason)))}")
    for mark in summary.limits:
        say(f"  {'!' if mark.grave else '-'} {mark.badge}: {mark.text}")


def _why(why: Why) -> None:
    """The explanations that the evidence supports, each with its best fact and what would refute it."""
    for i, one in enumerate(why.explanations):
        doubt = "" if one.grade == "strong" else " (suggestive)"
        say(f"{'' if i else chr(10)}{'    ' if i else 'Why:'} {one.claim}{doubt}")
        if i == 0:
            say(f"     Evidence: {_ended(one.evidence[0].text)}")
            say(f"     What would refute it: {_ended(one.experiment)}")


def _next(steps: Sequence[Step]) -> None:
    """What to do next, a line each."""
    for i, one in enumerate(steps):
        say(f"{'     ' if i else chr(10) + 'Next:'} {one.text}")


def _ended(text: str) -> str:
    """A sentence with one full stop."""
    return text if text.endswith(".") else f"{text}."


def _reach(summary: Summary) -> None:
    """How far shifts get that cannot reach the common distance, or that move to other images."""
    for shift, part in summary.scale.reach.items() if summary.scale else ():
        if part < 0.995:  # noqa: PLR2004 - what is said as 100 %
            say(f"{shift} reaches {100 * part:.0f} % of the common distance; further severities are dose 1.")
    for shift, left in summary.toward.items():
        (levels, after), (spectrum, beyond) = left.levels, left.spectrum
        say(
            f"{shift} at severity 1: {levels:.1f} -> {after:.1f} grey levels and {spectrum:.2f} -> {beyond:.2f} in log "
            "amplitude from the images it moves to."
        )


def skipped(arms: Mapping[str, str]) -> None:
    """The arms that do not apply here, each with the reason."""
    for arm, reason in arms.items():
        say(f"Skipped arm {arm}: {reason}.")


def _at_chance(summary: Summary) -> None:
    """A checkpoint that knows nothing makes every comparison with it void."""
    home, source = summary.source_accuracy, summary.data.source
    if home and source and home.low <= 1 / len(source.classes):
        say(
            f"Warning: the source checkpoint itself is at chance, {100 * home.value:.1f} % on its own test images; "
            "train it longer (train.epochs) before you read the comparison."
        )


def comparison(result: "Comparison") -> None:
    """The numbers behind a verdict, a line each; what does not exist is left out."""
    points = {"difference": (result.difference,), "95 % interval": result.interval, "90 % interval": result.interval_90}
    for name, ends in points.items():
        if ends is not None:
            say(f"  {name:<22}{' to '.join(f'{100 * end:+.2f}' for end in ends)} points")
    if result.margin_certified is not None and result.p_equivalence is not None:
        say(f"  {'margin certified':<22}±{100 * result.margin_certified:.2f} points")
        say(f"  {'p of equivalence':<22}{result.p_equivalence:.3g} (TOST, margin ±{100 * result.margin:g})")
    if result.seeds_needed is not None and result.verdict == "inconclusive":
        say(f"  {'seeds needed':<22}{result.seeds_needed[1]} paired, for a 90 % chance at no true difference")
