"""From what repairs did to what they prove: Holm over a round, a third of the gap, and which of several is named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shiftprobe.repairs.attempt import Attempt
from shiftprobe.repairs.trying import ALPHA, GAIN, Rights, TriedRepair, p_value, spread
from shiftprobe.results.diagnosis import Effect, Experiment, Lack, Outcome
from shiftprobe.stats import holm

SHARE = 1 / 3  # of the gap that a cause must bring back
HALF = 100  # images of a half, below which a cause is suggestive at most
ELSEWHERE = 9  # rank of what was tried elsewhere: before a new head alone
ROOM = 0.4  # of what a head on random features leaves, that one on the checkpoint's must win
UNTRAINED_HEAD = "the head there is does better than a new one on random features: it may only be trained too little"
POOR_FEATURES = "on these features it is hardly better than on random ones: they are poor themselves"
NOT_AHEAD = "on the images that choose, nothing of the kind was better than what there is"
EQUAL = 0.02  # fraction of images by which the better of two must be ahead to count as better


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRound:
    """A round at a place: what was tried, as experiments, and which is named."""

    experiments: tuple[Experiment, ...]
    winner: TriedRepair | None  # what is kept: a new head that proves no fault of the old one is not


def judge(
    tried: Sequence[TriedRepair], lack: Lack, number: int, confidence: float, *, untrained: bool = False
) -> JudgedRound:
    """The round's experiments with their outcomes.

    A repair is named when it wins more than its sham and more than the checkpoint as it is (p is the larger of both,
    Holm over the round), three points, and a third of the gap; a new head only where the old one does worse than a new
    head on random features. Of several the one that wins most is named; of those that win as much, the one of the
    smallest rank. The others wait for the next round, on top of it.

    Args:
        tried: repairs of one round at one place, whether they could be tried or not.
        lack: what there is to explain.
        number: of the round.
        confidence: of intervals.
        untrained: whether layers below the head look untrained, so that a new head proves nothing of the old one.
    """
    could = [one for one in tried if one.attempt.before is not None]
    adjusted = dict(zip(map(id, could), holm([_p(one.attempt) for one in could]).tolist(), strict=True))
    begun = {id(one): _experiment(one, lack, number, confidence, adjusted.get(id(one))) for one in tried}
    begun |= {
        id(one): _doubted(begun[id(one)], one, untrained=untrained)
        for one in could
        if one.method is not None and one.method.last
    }
    named = [one for one in could if _named(begun[id(one)])]
    sure = [one for one in named if _shown(begun[id(one)], confidence)]
    best = _best([one for one in sure if not _partly(begun[id(one)], one, begun.values())])
    found = [_beaten(begun[id(one)], one, best) if one in named else begun[id(one)] for one in tried]
    kept = best is not None and best.method is not None and not (best.weak and best.method.last)
    return JudgedRound(experiments=tuple(found), winner=best if kept else None)


def _partly(experiment: Experiment, one: TriedRepair, others: Iterable[Experiment]) -> bool:
    """Whether outputs read otherwise win less than half of what a new head does, which is then the one to name."""
    if one.method is None or not one.method.of_answers:
        return False
    heads = (other for other in others if other.cause == "wrong_head" and _named(other))
    return any(_gain(experiment) < _gain(head) / 2 for head in heads)


def _gain(experiment: Experiment) -> float:
    return (experiment.after or 0.0) - (experiment.before or 0.0)


def _doubted(head: Experiment, one: TriedRepair, *, untrained: bool) -> Experiment:
    """A new head that works proves no fault of the old one where that is better than random features allow.

    Nor does one on the target, where home shows what the old one is worth.
    """
    if _named(head) and any(fitted.advice for fitted in one.fitted):
        return replace(head, outcome="unclear", reason=one.weak)
    if not _named(head) or head.before is None or head.sham is None:
        return head
    if untrained:
        return replace(head, outcome="unclear", reason="layers below the head look untrained")
    if head.before >= head.sham:
        return replace(head, outcome="unclear", reason=UNTRAINED_HEAD)
    poor = (head.after or 0.0) - head.sham < ROOM * (1.0 - head.sham)
    return replace(head, outcome="unclear", reason=POOR_FEATURES) if poor else head


def _beaten(experiment: Experiment, one: TriedRepair, best: TriedRepair | None) -> Experiment:
    """A repair that works, but that another one makes needless: it is not named."""
    if best is None or one is best or (one.method is None and best.method is None):
        return experiment
    why = f"{best.attempt.name} explains it and is named; this is tried again on top of it"
    return replace(experiment, outcome="unclear", reason=why)


def _shown(experiment: Experiment, confidence: float) -> bool:
    """Whether chance is excluded over the whole round, however few images judge it; only then is a repair kept."""
    return experiment.p_holm is not None and experiment.p_holm < 1.0 - confidence


def _named(experiment: Experiment) -> bool:
    return experiment.outcome in {"cause", "suggestive"}


def _best(named: Sequence[TriedRepair]) -> TriedRepair | None:
    """Of those that win about as much as the best the most specific; what comes last only where nothing else is."""
    first = [one for one in named if one.method is None or not one.method.last] or list(named)
    if not first:
        return None
    top = max(first, key=lambda one: float(_after(one).mean()))
    return min((one for one in first if _as_good(one, top)), key=_rank)


def _rank(one: TriedRepair) -> int:
    return ELSEWHERE if one.method is None else one.method.rank


def _as_good(one: TriedRepair, top: TriedRepair) -> bool:
    """Whether the better of two is not clearly ahead: within two points, or on the same images not more than chance."""
    mine, best = _after(one), _after(top)
    if float(best.mean() - mine.mean()) <= EQUAL:
        return True
    return one.method is not None and top.method is not None and p_value(best - mine) >= ALPHA


def _after(one: TriedRepair) -> Rights:
    return np.empty(0) if one.attempt.after is None else one.attempt.after


def _p(attempt: Attempt) -> float:
    """Of no effect beyond the sham, or beyond nothing at all: the larger of both."""
    before, after, sham = _arrays(attempt)
    return max(p_value(after - before), p_value(after - sham))


def _arrays(attempt: Attempt) -> tuple[Rights, Rights, Rights]:
    if attempt.before is None or attempt.after is None:
        raise ValueError(f"{attempt.name} was not tried")
    return attempt.before, attempt.after, attempt.before if attempt.sham is None else attempt.sham


def _experiment(one: TriedRepair, lack: Lack, number: int, confidence: float, p_holm: float | None) -> Experiment:
    attempt = one.attempt
    begun = Experiment(
        name=attempt.name, stage="file", cause=attempt.cause, title=attempt.title, at=lack.at, round=number,
        outcome="not_possible", reason=attempt.reason, details=attempt.details, sham_title=attempt.sham_title,
    )  # fmt: skip
    if p_holm is None:
        return begun
    before, after, sham = _arrays(attempt)
    found = spread(after - sham)
    low, high = found.ends(confidence)
    gap = (lack.reach or 0.0) - lack.now
    gain = float(after.mean() - before.mean())
    done = replace(
        begun,
        before=float(before.mean()),
        after=float(after.mean()),
        sham=None if attempt.sham is None else float(sham.mean()),
        effect=Effect(value=found.difference, low=low, high=high, n=found.n),
        gap=gap,
        recovers=gain / gap if gap > 0 else None,
        p=_p(attempt),
        p_holm=p_holm,
    )
    outcome, reason = _outcome(one, done, low, confidence)
    return replace(done, outcome=outcome, reason=reason)


def _outcome(one: TriedRepair, done: Experiment, low: float, confidence: float) -> tuple[Outcome, str]:
    before, after, _ = _arrays(one.attempt)
    wanted = max(GAIN, SHARE * (done.gap or 0.0))
    gain = float((after - before).mean())
    if gain < wanted:
        out = spread(after - before).ends(confidence)[1] < wanted
        nothing = one.method is not None and all(fitted.treated is None for fitted in one.fitted)
        return ("ruled_out" if out else "unclear"), NOT_AHEAD if nothing else ""
    level = 1.0 - confidence
    if done.p is None or done.p >= level or low <= 0:
        return "unclear", "its effect beyond the sham is within chance"
    if not _shown(done, confidence):
        return "suggestive", f"its p is {done.p_holm:.2g}, corrected for all that was tried beside it"
    if len(before) // 2 < HALF:
        return "suggestive", f"its halves hold {len(before) // 2} images; {HALF} are needed"
    return ("suggestive", one.weak) if one.weak else ("cause", "")
