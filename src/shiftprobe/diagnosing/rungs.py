"""The experiments that need trainings, stage by stage: what is trained, and what must come of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shiftprobe.diagnosing.case import PAIR, RunCase
from shiftprobe.diagnosing.effects import Weights, effect_of, minus
from shiftprobe.results.diagnosis import Stage

HALF = 0.5  # of the gain, which a schedule or a rate must move
THIRD = 1 / 3  # of what transfer falls short of, which a head must bring back
LEAST = 0.05  # a fraction of images: less is no explanation, and more than another draw of one seed moves
FAR = 0.1  # likewise: so much below what is reached is far short of it
QUARTER = "labels0.25"
TRANSFER, SCRATCH = PAIR
GAIN: Weights = {TRANSFER: 1.0, SCRATCH: -1.0}

RATES = (
    ("rate_too_high", ("lr0.1", "a tenth of the rate"), ("lr0.01", "a hundredth of the rate")),
    ("rate_too_low", ("lr10", "ten times the rate"), ("lr100", "a hundred times the rate")),
)
"""Each with what is tried where it helps and is not yet enough."""

STILL_SHORT = "transfer falls far short of what was reached, so labels cannot be plentiful"
AT_REST = "it is at rest: its own images are right, and its loss no longer falls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One experiment: a sum of arms that is judged against another."""

    name: str
    stage: Stage
    cause: str
    title: str
    before: Weights
    after: Weights
    wanted: float  # a fraction of images that the effect must reach
    versus: Weights | None = None  # what it is judged against; None: what it was before
    versus_title: str = ""
    also: Weights = field(default_factory=dict)  # the other arm, changed too: its confirmation trains it beside
    rivals: tuple[str, ...] = ()  # arms that must not do half as much: what they change would be the cause then
    further: "Rung | None" = None  # screened where this one helps and stays `LEAST` below what was reached
    reach: float = 0.0  # the best that anything reached
    advice: bool = False  # so nearly everywhere: it is told, and named as no cause
    skipped: str = ""  # why it is not done

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


def leads(case: RunCase) -> bool:
    """Whether there is a gain to explain: five points and more, shown or not."""
    return gain_of(case) >= LEAST


def lacks(case: RunCase, arm: str, reach: float, by: float = LEAST) -> bool:
    """Whether an arm falls clearly short of the best that anything reached."""
    return reach - (case.accuracy(arm) or 0.0) >= by


def schedule(case: RunCase, reach: float) -> Iterator[Rung]:
    """The rate first, then three times the steps; of the arm that is behind, and of any that falls short of the reach.

    Args:
        case: the run's own arms.
        reach: the best that anything reached at the condition.
    """
    behind = SCRATCH if leads(case) else TRANSFER
    varied = [arm for arm in PAIR if arm == behind or lacks(case, arm, reach)]
    for cause, first, second in RATES:
        for arm in varied:
            yield _changed(case, arm, cause, (first, second), reach)
    for arm in varied:
        yield _changed(case, arm, "short_schedule", (("steps3", "three times the steps"),), reach)


def _changed(case: RunCase, arm: str, cause: str, steps: tuple[tuple[str, str], ...], reach: float) -> Rung:
    (change, said), *more = steps
    other = next(one for one in PAIR if one != arm)
    return Rung(
        name=f"{arm}~{change}",
        stage="schedule",
        cause=cause,
        title=f"{arm} with {said}",
        before={arm: 1.0},
        after={f"{arm}~{change}": 1.0},
        wanted=max(LEAST, HALF * abs(gain_of(case))),
        also={f"{other}~{change}": 1.0},
        further=_changed(case, arm, cause, tuple(more), reach) if more else None,
        reach=reach,
        skipped=AT_REST if cause == "short_schedule" and arm in case.rested else "",
    )


def head(case: RunCase, reach: float) -> Iterator[Rung]:
    """Whether few labels overfit the body: the same features, frozen, where transfer falls short of what was reached.

    Args:
        case: the run's own arms.
        reach: the best that anything reached at the condition.
    """
    if not lacks(case, TRANSFER, reach):
        return
    yield Rung(
        name="linear_probe",
        stage="head",
        cause="overfits_body",
        title="a new head on the frozen checkpoint",
        before={TRANSFER: 1.0},
        after={"linear_probe": 1.0},
        wanted=max(LEAST, THIRD * (reach - (case.accuracy(TRANSFER) or 0.0))),
        rivals=(f"{TRANSFER}~lr0.1",),
    )


def labels(case: RunCase, within: float, *, suspects: bool) -> Iterator[Rung]:
    """What cleaner labels, fewer labels and a wider network change.

    Args:
        case: the run's own arms.
        within: the best that anything reached at the condition, or the checkpoint at home.
        suspects: whether some of the labels are suspected to be wrong.
    """
    half_of_the_gain = max(LEAST, HALF * abs(gain_of(case)))
    if suspects:
        yield Rung(
            name="cleaned", stage="labels", cause="label_noise", title="trained without the suspected labels",
            before={TRANSFER: 1.0}, after={"transfer~clean": 1.0}, versus={"transfer~random": 1.0},
            versus_title="as many random labels left out", wanted=LEAST,
        )  # fmt: skip
    yield Rung(
        name="wider", stage="labels", cause="narrow_network", title="scratch with twice the width",
        before={SCRATCH: 1.0}, after={"scratch~width2": 1.0}, wanted=half_of_the_gain,
    )  # fmt: skip
    yield Rung(
        name="half", stage="labels", cause="few_labels", title="all of the labels instead of half of them",
        before={"transfer~labels0.5": 1.0}, after={TRANSFER: 1.0}, wanted=LEAST, advice=True,
    )  # fmt: skip
    if not leads(case):
        change, said = next(iter(case.fewer.items()), (QUARTER, "a quarter of the labels"))
        fewer: Weights = {f"{TRANSFER}~{change}": 1.0, f"{SCRATCH}~{change}": -1.0}
        yield Rung(
            name=change, stage="labels", cause="labels_plentiful", title=said, before=GAIN, after=fewer,
            wanted=half_of_the_gain, skipped=STILL_SHORT if lacks(case, TRANSFER, within, FAR) else "",
        )  # fmt: skip


def free(case: RunCase, reach: float, within: float, known: Mapping[str, object]) -> Iterator[Rung]:
    """Experiments that the run did itself: they cost nothing, and so come first.

    Args:
        case: the run's own arms.
        reach: the best that arms and readouts reached at the condition.
        within: the same, or what the checkpoint reaches at home.
        known: arms that were trained.
    """
    for rung in (*head(case, reach), *labels(case, within, suspects=False)):
        if all(arm in known for arm in rung.arms) and not rung.skipped:
            yield rung
