"""What remains once file and data are mended: both arms trained from the repaired state, and the ladder from there."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from shiftprobe.diagnosing.case import PAIR, Right, RunCase
from shiftprobe.diagnosing.climb import Climber
from shiftprobe.diagnosing.contrasts import FEWEST_SEEDS
from shiftprobe.diagnosing.effects import effect_of, minus
from shiftprobe.diagnosing.rungs import FAR, GAIN, LEAST, gain_of
from shiftprobe.diagnosing.wallet import Trainer, Wallet
from shiftprobe.results.diagnosis import Experiment, NotLooked

NAME, TITLE = "from_repaired", "both arms trained from the repaired state"
FROM = "from the repaired state"
TOLD = "it tells what the fault did to the trainings; the cause is named by its repair"
FAILED = "its training failed; the same command tries it again"


def remains(case: RunCase, lack: float) -> bool:
    """Whether transfer gains nothing from the repaired state, or the repaired checkpoint still lacks 10 points."""
    return gain_of(case) < LEAST or lack >= FAR


def go_on(
    case: RunCase, lack: float, *, fault: str, train: Trainer, wallet: Wallet, climb: Callable[[RunCase], Climber]
) -> tuple[list[Experiment], list[NotLooked]]:
    """Train the pair from the repaired state, with one seed first; climb where something remains to be explained.

    Args:
        case: the run's own arms.
        lack: what the repaired checkpoint still falls short of the best that is reached there, a fraction.
        fault: the cause that was named, and mended.
        train: trains arms from the repaired state, under their own names.
        wallet: what may be spent.
        climb: the stages, for the case of the repaired state.
    """
    each = sum(train.price(arm) for arm in PAIR)
    if not wallet.covers(each, screening=True):
        why = f"beyond the budget of {wallet.trainings:g} trainings"
        return [], [NotLooked(name=NAME, title=TITLE, units=each, why=why)]
    seeds = case.seeds[:FEWEST_SEEDS]
    right = _trained(train, wallet, seeds[:1], screening=True)
    if not all(right.values()):
        return [], [NotLooked(name=NAME, title=TITLE, units=each, why=FAILED)]
    alone = replace(case, right=right, untrained={}, fewer={}, rested=frozenset(), seeds=seeds[:1])
    more = each * (len(seeds) - 1)
    if not remains(alone, lack) or not wallet.covers(more, screening=False):
        return [_told(case, right, fault, each)], []
    for arm, found in _trained(train, wallet, seeds[1:], screening=False).items():
        right[arm] = {**right[arm], **found}
    whole = tuple(seed for seed in seeds if all(seed in right[arm] for arm in PAIR))
    climber = climb(replace(alone, right=right, seeds=whole))
    path = [replace(one, title=f"{one.title}, {FROM}") for one in climber.path]
    return [_told(case, right, fault, each + more), *path], climber.left


def _trained(train: Trainer, wallet: Wallet, seeds: tuple[int, ...], *, screening: bool) -> dict[str, Right]:
    wanted = [(arm, seed) for seed in seeds for arm in PAIR]
    wallet.pay(sum(train.price(arm) for arm, _ in wanted), screening=screening)
    found = train(wanted)
    return {arm: found.get(arm, {}) for arm in PAIR}


def _told(case: RunCase, right: Mapping[str, Right], fault: str, units: float) -> Experiment:
    """The gain of transfer as things are, and from the repaired state, with the same seeds."""
    mended = {arm: f"{arm}, mended" for arm in PAIR}
    seeds = [seed for seed in case.seeds if all(seed in right[arm] for arm in PAIR)]
    both = {**{arm: case.right[arm] for arm in PAIR}, **{mended[arm]: right[arm] for arm in PAIR}}
    after = {mended[arm]: weight for arm, weight in GAIN.items()}
    found, before = (effect_of(both, sum_, seeds, case.groups) for sum_ in (minus(after, GAIN), GAIN))
    return Experiment(
        name=NAME,
        stage="worth",
        cause=fault,
        title=TITLE,
        at="gain",
        before=before.value,
        after=before.value + found.value,
        effect=found.effect,
        p=found.p,
        units=units,
        outcome="unclear",
        reason=TOLD,
    )
