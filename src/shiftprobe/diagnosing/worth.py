"""Is there anything to explain: the checkpoint's features held against several networks that were never trained."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.types import PENULTIMATE
from shiftprobe.diagnosing.case import RunCase
from shiftprobe.engine import networks
from shiftprobe.engine.shifted_sets import prepared
from shiftprobe.metrics import InputError, fit_probe, probe_right
from shiftprobe.models.extract import extract
from shiftprobe.models.head import head_name
from shiftprobe.models.taps import tap_names
from shiftprobe.results.diagnosis import Effect, Experiment, Outcome
from shiftprobe.stats.estimate import Estimate
from shiftprobe.stats.image_spread import image_spread
from shiftprobe.stats.together import Together

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.plan import Plan
    from shiftprobe.engine.setup import Setup
    from shiftprobe.models.preprocess import Preprocess

DRAWS = 5
"""Networks that were never trained; the checkpoint is held against the spread of their draws."""

NEAR = 0.05  # a fraction of images: features that are at most this much better than random ones are no better
SAME = 0.02  # likewise: a readout of random features that is this near to the best that was reached suffices
FULL = 0.97  # what scratch reaches where there is nothing to gain
EASY = 0.95  # what random features reach where they suffice; below, what is reached may be limited by other things
LITTLE = 0.4  # of what random features leave to be right: a source that is no good at home has little to give below it
LEVEL = 0.95
HARDLY = "its features are a little better than random ones, and at home it does no better than a head on those"
NOT_TOLD = "random features suffice, so no source can be told from them"
LOST = "at home the checkpoint is better than random features: it has learnt something, which is lost on this target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readouts:
    """What linear heads read from frozen features with the labels of the budget, judged on the test images."""

    source: NDArray[np.bool_]  # (N,) right by the checkpoint's features, at the tap that reads best
    random: NDArray[np.bool_]  # (DRAWS, N) likewise of networks that were never trained

    @property
    def reach(self) -> dict[str, float]:
        """What the checkpoint's features allow."""
        return {"a linear head on frozen features": float(self.source.mean())}

    def ahead(self, groups: NDArray[np.int64] | None) -> tuple[Effect, float]:
        """The checkpoint's features minus random ones: where another draw would lie, and other test images.

        The draws' part is a t prediction interval: how far one more draw may lie from these.
        """
        draws = self.random.mean(axis=1)
        sd = float(draws.std(ddof=1))
        images = image_spread(self.source.astype(np.float64) - self.random.mean(axis=0), groups=groups)
        spread = Estimate(images.difference, sd, sd * (1 + 1 / len(draws)) ** 0.5, len(draws) - 1) if sd else None
        found = Together(images.difference, spread, images)
        low, high = found.ends(LEVEL)
        return Effect(value=images.difference, low=low, high=high, n=len(self.source)), found.p()


def random_networks(setup: "Setup") -> "list[nn.Module]":
    """`DRAWS` networks of the checkpoint's architecture that were never trained, the same in every look."""
    seed = setup.spec.data_seed
    return [networks.fresh(setup, setup.source_classes, seeding.integer(seed, "random draw", i)) for i in range(DRAWS)]


def read_out(ready: "Plan", case: RunCase) -> Readouts:
    """Frozen features of the checkpoint and of random draws, read with the labels of the largest budget.

    Raises:
        InputError: when no tap can be read.
    """
    setup, seed = ready.setup, ready.setup.spec.data_seed
    dose = ready.dosing.dose(case.condition.shift, case.condition.severity, seed)
    rows = setup.train_index(replace(case.cell(0), seed=None))
    parts = (ready.split.target_train[rows], ready.split.target_test)
    pixels = [prepared(ready.target.images, part.tolist(), dose, setup.preprocess) for part in parts]
    labels = [ready.target.labels[part] for part in parts]
    read = [
        _best(model, setup.preprocess, pixels, labels, setup.source_classes)
        for model in (networks.source(setup), *random_networks(setup))
    ]
    return Readouts(source=read[0], random=np.stack(read[1:]))


def _best(
    model: "nn.Module",
    preprocess: "Preprocess",
    pixels: list[NDArray[np.uint8]],
    labels: list[NDArray[np.int64]],
    outputs: int,
) -> NDArray[np.bool_]:
    """(N,) test images that are right at the tap which reads the training images best, each left out once."""
    model.eval()
    head = head_name(model, outputs)
    views = [
        extract(model, part, said, preprocess, taps=tap_names(model, head), head=head)
        for part, said in zip(pixels, labels, strict=True)
    ]
    train, test = (view.features for view in views)
    found: dict[str, NDArray[np.bool_]] = {}
    for tap in train:
        try:
            found[tap] = probe_right(fit_probe(train[tap], labels[0]), test[tap], labels[1])
        except InputError:
            continue  # a tap at which all images look alike cannot be read
    if not found:
        return np.asarray(labels[1] == np.bincount(labels[0]).argmax())
    last = PENULTIMATE if PENULTIMATE in found else list(found)[-1]
    return found[last]


def experiments(read: Readouts, case: RunCase, home: Mapping[str, float]) -> tuple[Experiment, ...]:
    """The checkpoint exchanged for random draws, twice: is it worth more, and do they suffice?

    Args:
        read: readouts at the condition.
        case: what the arms reach there.
        home: accuracy of the checkpoint "as it is", and of a "random" readout there, where they are known.
    """
    effect, p = read.ahead(case.groups)
    source, random = float(read.source.mean()), float(read.random.mean())
    best = max([source, *case.reach.values()])
    suffices = random >= max(EASY, best - SAME)
    return (
        _source(effect, p, values=(source, random), home=home, suffices=suffices),
        _easy(read, case, best=best, suffices=suffices),
        *_scratch(case),
    )


def _source(
    effect: Effect, p: float, *, values: tuple[float, float], home: Mapping[str, float], suffices: bool
) -> Experiment:
    source, random = values
    like = effect.high < NEAR or (effect.low <= 0 and effect.value < SAME)
    rubbish = "as it is" in home and home["as it is"] <= home.get("random", 0.0)
    sure = like and effect.high < NEAR and (rubbish or "as it is" not in home)
    learnt = "as it is" in home and not rubbish
    little = rubbish and effect.value < LITTLE * (1.0 - random)
    return Experiment(
        name="random_draws",
        stage="worth",
        cause="source_learnt_nothing",
        title=f"the checkpoint exchanged for {DRAWS} networks that were never trained",
        at="target",
        before=source,
        after=random,
        sham_title="one more random draw",
        effect=replace(effect, value=-effect.value, low=-effect.high, high=-effect.low),  # of the exchange
        p=p,
        outcome=_worth(like=like and not suffices, little=little and not suffices, learnt=learnt, sure=sure),
        reason=NOT_TOLD if suffices else LOST if like and learnt else HARDLY if little and not like else "",
    )


def _worth(*, like: bool, little: bool, learnt: bool, sure: bool) -> Outcome:
    """What random draws say of a source: like them, hardly better and no good at home, or better."""
    if not like:
        return "suggestive" if little else "ruled_out"
    return "unclear" if learnt else "cause" if sure else "suggestive"


def _easy(read: Readouts, case: RunCase, *, best: float, suffices: bool) -> Experiment:
    random = float(read.random.mean())
    images = image_spread(read.random.mean(axis=0) - _best_right(read, case), groups=case.groups)
    low, high = images.ends(LEVEL)
    sure = suffices and low > -2 * SAME
    return Experiment(
        name="random_features",
        stage="worth",
        cause="easy_task",
        title="a linear head on random features, against the best that was reached",
        at="target",
        before=best,
        after=random,
        effect=Effect(value=images.difference, low=low, high=high, n=images.n),
        outcome="cause" if sure else "suggestive" if suffices else "ruled_out",
    )


def _scratch(case: RunCase) -> Iterator[Experiment]:
    """Whether training from scratch leaves nothing to gain; suggestive, as more labels do that to any task."""
    ours, theirs = (case.accuracy(arm) for arm in ("transfer", "scratch"))
    if ours is None or theirs is None or theirs < FULL:
        return
    yield Experiment(
        name="scratch_suffices",
        stage="worth",
        cause="easy_task",
        title="training from scratch, against transfer",
        at="target",
        before=ours,
        after=theirs,
        outcome="suggestive" if theirs >= ours - SAME else "ruled_out",
    )


def _best_right(read: Readouts, case: RunCase) -> NDArray[np.float64]:
    """(N,) the mean over seeds of whatever is right most often."""
    every = [np.stack(list(seeds.values())).mean(axis=0) for seeds in case.right.values() if seeds]
    every += [one.astype(np.float64) for one in (*case.untrained.values(), read.source)]
    return max(every, key=lambda one: float(one.mean()))
