"""The experiments that need trainings, stage by stage: what is trained, and what must come of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from shiftprobe.diagnosing.case import PAIR, RunCase
from shiftprobe.diagnosing.effects import Weights, effect_of, minus
from shiftprobe.results.diagnosis import Stage

HALF = 0.5  # of the gain, which a schedule, a rate or a head must move
LEAST = 0.05  # a fraction of images: less is no explanation, and more than another draw of one seed moves
TRANSFER, SCRATCH = PAIR
GAIN: Weights = {TRANSFER: 1.0, SCRATCH: -1.0}
SHAMS = {
    "mean_var": "random weights with the checkpoint's mean and variance, layer by layer",
    "transfer~shuffled": "a source trained on the same images with shuffled labels",
}
"""What a gain is held against: the checkpoint without something."""

RATES = (("lr0.1", "a tenth of the rate", "rate_too_high"), ("lr10", "ten times the rate", "rate_too_low"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One experiment: a sum of arms that is judged against another."""

    name: str
    stage: Stage
    cause: str
    title: str
    before: Weights
    after: Weights
    versus: Weights | None = None  # what it is judged against; None: what it was before
    versus_title: str = ""
    share: float = HALF  # of the gain, which the effect must reach
    also: Weights = field(
        default_factory=dict
    )  # arms that its confirmation trains beside it: the other arm, changed too
    moves: float = 1.0  # which way the gain moves with the effect: -1 where it raises what transfer is held against

    @property
    def effect(self) -> Weights:
        """What is judged."""
        return minus(self.after, self.before if self.versus is None else self.versus)

    @property
    def arms(self) -> tuple[str, ...]:
        """All that must have been trained."""
        return tuple(dict.fromkeys((*self.before, *self.after, *(self.versus or {}))))


def gain_of(case: RunCase) -> float:
    """Transfer minus scratch, the mean over seeds; 0 where they are not compared."""
    ours, theirs = (case.accuracy(arm) for arm in PAIR)
    return ours - theirs if ours is not None and theirs is not None and case.paired else 0.0


def is_ahead(case: RunCase) -> bool:
    """Whether transfer is shown to be better than scratch, by these seeds and images."""
    return case.paired and effect_of(case.right, GAIN, case.seeds, case.groups).above


def schedule(case: RunCase, reach: float) -> Iterator[Rung]:
    """The rate first, then three times the steps; of the arm that is behind, and of any that falls short of the reach.

    Args:
        case: the run's own arms.
        reach: the best that anything reached at the condition.
    """
    ahead = is_ahead(case)
    first, other = (SCRATCH, TRANSFER) if ahead else (TRANSFER, SCRATCH)
    short = {arm for arm in PAIR if reach - (case.accuracy(arm) or 0.0) >= LEAST}
    varied = [first, *([other] if other in short and not ahead else [])]
    for change, said, cause in RATES:
        for arm in varied:
            yield _changed(arm, change, said, cause)
    for arm in varied:
        if arm in short or ahead:
            yield _changed(arm, "steps3", "three times the steps", "short_schedule")


def _changed(arm: str, change: str, said: str, cause: str) -> Rung:
    other = next(one for one in PAIR if one != arm)
    return Rung(
        name=f"{arm}~{change}",
        stage="schedule",
        cause=cause,
        title=f"{arm} with {said}",
        before={arm: 1.0},
        after={f"{arm}~{change}": 1.0},
        also={f"{other}~{change}": 1.0},
        moves=1.0 if arm == TRANSFER else -1.0,
    )


def head(case: RunCase) -> Iterator[Rung]:
    """Whether few labels overfit the body: the same features, frozen."""
    if is_ahead(case):
        return
    yield Rung(
        name="linear_probe",
        stage="head",
        cause="overfits_body",
        title="a new head on the frozen checkpoint",
        before={TRANSFER: 1.0},
        after={"linear_probe": 1.0},
    )


def labels(case: RunCase, *, suspects: bool) -> Iterator[Rung]:
    """What fewer labels, cleaner labels and a wider network change.

    Args:
        case: the run's own arms.
        suspects: whether some of the labels are suspected to be wrong.
    """
    if suspects:
        yield Rung(
            name="cleaned",
            stage="labels",
            cause="label_noise",
            title="trained without the suspected labels",
            before={TRANSFER: 1.0},
            after={"transfer~clean": 1.0},
            versus={"transfer~random": 1.0},
            versus_title="as many random labels left out",
        )
    if not is_ahead(case):
        fewer: Weights = {"transfer~labels0.25": 1.0, "scratch~labels0.25": -1.0}
        yield Rung(
            name="quarter", stage="labels", cause="labels_plentiful", title="a quarter of the labels", before=GAIN,
            after=fewer,
        )  # fmt: skip
    yield Rung(
        name="half",
        stage="labels",
        cause="few_labels",
        title="half of the labels",
        before={"transfer~labels0.5": 1.0},
        after={TRANSFER: 1.0},
    )
    yield Rung(
        name="wider",
        stage="labels",
        cause="narrow_network",
        title="scratch with twice the width",
        before={SCRATCH: 1.0},
        after={"scratch~width2": 1.0},
        moves=-1.0,
    )
