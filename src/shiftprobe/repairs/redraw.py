"""Are the suspected layers untrained? Another draw in their place must change nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from shiftprobe.core import seeding
from shiftprobe.core.types import PENULTIMATE
from shiftprobe.repairs.attempt import Attempt, Patient, Site
from shiftprobe.repairs.fresh_layers import LoadedLayers
from shiftprobe.repairs.readouts import INPUT, Matrix, answers_right, features_at, right_by_tap, with_state
from shiftprobe.repairs.tap_readouts import TapReadouts, read_below
from shiftprobe.results.diagnosis import Effect, Experiment
from shiftprobe.stats.image_spread import image_spread

if TYPE_CHECKING:
    from torch import Tensor, nn

    State = Mapping[str, Tensor]

EQUAL = 0.02  # accuracies that differ by less are equal
DESTROYED = 0.10  # by which the sham must fall behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawn:
    """Accuracy with another draw in suspected layers, beside as many other layers drawn anew."""

    layers: tuple[str, ...]  # drawn anew
    others: tuple[str, ...]  # drawn anew in the sham
    by: str  # "head" or "readout": what judges; a readout of what the head is given where the head is at chance
    before: Matrix  # (N,) 1 where an image is right
    after: Matrix  # (N,) share of the draws
    sham: Matrix | None  # (N,) the same; None where no other layer is left
    low: float  # of after minus before, 90 % interval
    high: float

    @property
    def equivalent(self) -> bool:
        """Whether another draw does as well, to within two points."""
        return self.low > -EQUAL and self.high < EQUAL

    @property
    def harmless(self) -> bool:
        """Whether another draw is shown not to do worse by two points."""
        return self.low > -EQUAL

    @property
    def sham_destroys(self) -> bool:
        """Whether drawing other layers anew costs ten points or more."""
        return self.sham is not None and float((self.before - self.sham).mean()) >= DESTROYED


def redraw(
    patient: Patient, site: Site, draws: "Sequence[State]", suspects: Sequence[str], *, seed: int = 0
) -> Redrawn:
    """Put other draws into suspected layers, and into as many others of the same kinds.

    Args:
        patient: the checkpoint.
        site: labelled images.
        draws: state dicts of untrained networks.
        suspects: names of layers.
        seed: of the halves of readouts, and of the choice of others.

    Raises:
        NotAvailableError: where a network gives NaN.
    """
    before = answers_right(patient, site)
    majority = float(np.bincount(site.labels).max()) / len(site.labels)
    by = "readout" if before is None or before.mean() < majority + DESTROYED else "head"
    others = like(patient.model, suspects, seed, without=(patient.head,) if by == "readout" else ())

    def judged(one: Patient) -> Matrix:
        if by == "head":
            right = answers_right(one, site)
            if right is not None:
                return right
        return right_by_tap(features_at(one, site, (PENULTIMATE,)), site.labels, seed=seed)[PENULTIMATE]

    def mean_of(layers: Sequence[str]) -> Matrix:
        return np.asarray(np.mean([judged(with_state(patient, _of(state, layers))) for state in draws], axis=0))

    now, after = judged(patient), mean_of(suspects)
    low, high = image_spread(after - now).ends(0.90)
    return Redrawn(
        layers=tuple(suspects),
        others=others,
        by=by,
        before=now,
        after=after,
        sham=mean_of(others) if others else None,
        low=low,
        high=high,
    )


def like(model: "nn.Module", suspects: Sequence[str], seed: int, *, without: Sequence[str] = ()) -> tuple[str, ...]:
    """As many other layers of the same kinds, drawn; fewer where there are not as many."""
    kinds = {name: type(module).__name__ for name, module in model.named_modules()}
    own = [name for name, module in model.named_modules() if any(True for _ in module.parameters(recurse=False))]
    wanted, found = list(suspects), list[str]()
    for kind in sorted({kinds.get(name, "") for name in wanted}):
        many = sum(kinds.get(name, "") == kind for name in wanted)
        rest = [name for name in own if kinds[name] == kind and name not in (*wanted, *without)]
        order = seeding.generator(seed, "redraw others", kind).permutation(len(rest))
        found += [rest[i] for i in sorted(order[:many].tolist())]
    return tuple(found)


def loaded_attempts(
    found: LoadedLayers, readouts: TapReadouts, patient: Patient, redrawn: Redrawn | None = None
) -> tuple[Attempt, ...]:
    """A new head below the first layer that looks fresh or broken while others are trained; and other draws in them.

    Args:
        found: which layers those are.
        readouts: of the site.
        patient: the checkpoint.
        redrawn: what another draw does there, at the same site.

    Returns:
        One or two attempts where a part of the layers is suspected, else none: a head that is fresh alone is judged by
        a new head, a checkpoint that is fresh altogether by other draws of everything (`redraw`).
    """
    if found.loaded != "half_loaded":
        return ()
    first = next(one for one in found.suspects if one != patient.head or len(found.suspects) == 1)
    below = tap_below(patient.model, readouts.taps, first)
    suspected = [one for one in found.layers if one.layer in found.suspects]
    told = tuple(f"{one.layer}: {one.broken}" if one.broken else one.layer for one in suspected)
    attempts = (read_below(readouts, below, name="half_loaded", cause="half_loaded", details=told),)
    return attempts if redrawn is None else (*attempts, redraw_attempt(redrawn, readouts, told))


def redraw_attempt(redrawn: Redrawn, readouts: TapReadouts, details: Sequence[str]) -> Attempt:
    """Other draws in suspected layers under a new head, beside other draws in as many other layers."""
    attempt = Attempt(
        name="redraw",
        cause="half_loaded",
        title="other draws in the suspected layers" + (", under a new head" if redrawn.by == "readout" else ""),
        sham_title="other draws in as many layers that are not suspected",
        details=tuple(details),
    )
    if redrawn.sham is None:
        return replace(attempt, reason="no other layer of the same kind is left for the sham")
    before = redrawn.before if readouts.head is None else readouts.head
    return replace(attempt, before=before, after=redrawn.after, sham=redrawn.sham)


def tap_below(model: "nn.Module", taps: Sequence[str], layer: str) -> str:
    """The last tap that is read before a layer is reached, by the order in which modules are registered."""
    place = {name: i for i, (name, _) in enumerate(model.named_modules())}
    ends = {tap: max((i for name, i in place.items() if f"{name}.".startswith(f"{tap}.")), default=-1) for tap in taps}
    start = place.get(layer, 0)
    before = [tap for tap in taps if tap not in {INPUT, PENULTIMATE} and ends[tap] < start]
    return before[-1] if before else INPUT


def _of(state: "State", layers: Sequence[str]) -> "dict[str, Tensor]":
    return {name: value for name, value in state.items() if (name.rpartition(".")[0] or name) in set(layers)}


def untrained_experiment(found: LoadedLayers, readouts: TapReadouts) -> Experiment:
    """Does a checkpoint read like one more draw? Its readout against the t prediction interval of untrained networks.

    Args:
        found: which layers look fresh; the cause is named only where all of them do.
        readouts: of a site.
    """
    from scipy.special import stdtr, stdtrit

    own = float(readouts.right[PENULTIMATE].mean())
    draws = [float(one[PENULTIMATE].mean()) for one in readouts.fresh]
    k, mean = len(draws), float(np.mean(draws))
    error = max(float(np.std(draws, ddof=1)), 1e-6) * float(np.sqrt(1.0 + 1.0 / k))
    half = float(stdtrit(k - 1, 0.975)) * error
    within, fresh = own <= mean + half, found.loaded == "untrained_source"
    return Experiment(
        name="untrained_source",
        stage="file",
        cause="untrained_source",
        title="another draw in place of every layer",
        at=readouts.at,
        before=own,
        after=mean,
        effect=Effect(value=mean - own, low=mean - own - half, high=mean - own + half, n=len(readouts.right[INPUT])),
        p=min(1.0, 2.0 * float(stdtr(k - 1, -abs(own - mean) / error))),
        outcome="cause" if fresh and within else "suggestive" if fresh else "ruled_out",
        reason="" if within or not fresh else "its readout is better than those of draws",
        details=tuple(one.layer for one in found.layers if one.look == "fresh"),
    )
