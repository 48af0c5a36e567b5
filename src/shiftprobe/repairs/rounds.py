"""One place, round by round: the best repair that is named is kept, and the others are tried again on top of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shiftprobe.repairs.attempt import Attempt
from shiftprobe.repairs.interventions import INTERVENTIONS
from shiftprobe.repairs.judging import judge
from shiftprobe.repairs.readout import best_readout
from shiftprobe.repairs.trying import GAIN, RepairPlace, Rights, TriedRepair, keep, try_repair
from shiftprobe.results.diagnosis import Experiment, Lack

BODY = ("half_loaded", "untrained_source")  # causes that lie below the head
ROUNDS = 4  # at a place
READOUT = "a linear readout of frozen features"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """What the rounds at a place came to."""

    path: tuple[Experiment, ...]
    first: Lack  # before anything was repaired
    rest: Lack  # after what was kept
    place: RepairPlace  # as it was left


def run_rounds(
    place: RepairPlace, known: Mapping[str, float], elsewhere: Sequence[Attempt], confidence: float
) -> Rounds:
    """Repair a place until nothing more is named.

    Nothing is tried where no three points are left to win, nor more than four rounds.

    Args:
        place: a site and the checkpoint there.
        known: accuracies that something else reached there, by what reached them.
        elsewhere: what was tried by others, judged with the first round, never kept.
        confidence: of intervals and of Holm's correction.

    Raises:
        NotAvailableError: when the checkpoint gives NaN or infinity as it is.
    """
    untrained = any(one.cause in BODY for one in elsewhere)
    path: list[Experiment] = []
    lacks: list[Lack] = []
    for number in range(ROUNDS):
        before = place.rights()
        tried = [] if before.mean() > 1.0 - GAIN else _tried(place, before, () if number else elsewhere)
        lacks.append(_lack(place, before, known, tried))
        judged = judge(tried, lacks[-1], number, confidence, untrained=untrained)
        winner = judged.winner
        whole = "" if winner is None or winner.method is None else winner.attempt.name
        details = () if winner is None or winner.method is None else winner.method.fit(place.all_of_it).details
        path += [
            replace(one, details=details or one.details) if one.name == whole else one
            for one in judged.experiments
            if number == 0 or one.outcome != "not_possible"
        ]
        if winner is None:
            return Rounds(path=tuple(path), first=lacks[0], rest=lacks[-1], place=place)
        place = keep(place, winner)
    rest = _lack(place, place.rights(), known, [])
    return Rounds(path=tuple(path), first=lacks[0], rest=rest, place=place)


def _tried(place: RepairPlace, before: Rights, elsewhere: Sequence[Attempt]) -> list[TriedRepair]:
    """Every repair that belongs here and was not kept yet."""
    at, kept = place.bench.site.at, place.whole.repairs
    ours = [INTERVENTIONS[name] for name in INTERVENTIONS]
    ours = [one for one in ours if at in one.causes and f"{at}:{one.name}" not in kept]
    ours.sort(key=lambda one: one.rank)
    return [*(TriedRepair(attempt=one) for one in elsewhere), *(try_repair(place, one, before) for one in ours)]


def _lack(place: RepairPlace, before: Rights, known: Mapping[str, float], tried: Sequence[TriedRepair]) -> Lack:
    """What there is to explain: the best that anything reached, less what is right now."""
    now, reached = float(before.mean()), dict(known)
    readout = best_readout(place.bench, place.whole)
    if readout is not None:
        reached[READOUT] = readout
    for one in tried:
        if one.attempt.after is not None and one.method is not None:
            reached[one.attempt.name] = float(one.attempt.after.mean())
    by = max(reached, key=lambda name: reached[name], default="")
    if not by or reached[by] <= now:
        return Lack(at=place.bench.site.at, now=now, reach=now, n=len(before))
    return Lack(at=place.bench.site.at, now=now, reach=reached[by], reached_by=by, n=len(before))
