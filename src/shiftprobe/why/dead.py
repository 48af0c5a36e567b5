"""A cause that lies in the checkpoint's file or in what it is fed: parts of the network that no image moves."""

from shiftprobe.core.types import UNSHIFTED
from shiftprobe.core.words import listed, percent
from shiftprobe.results.model import Explanation, Fact
from shiftprobe.why.base import HALF, addresses
from shiftprobe.why.run_facts import Number, RunFacts

CONSTANT = ("linear", "constant_units")


def dead_layers(run: RunFacts) -> Explanation | None:
    """At a tap most units are the same on every image of the unshifted target, and more than in random networks."""
    held = {tap: found for tap in run.taps if (found := _dead(run, tap)) is not None}
    if not held:
        return None
    whole = [tap for tap, (source, _) in held.items() if source.value >= 1.0]
    named = listed(whole or list(held))
    return Explanation(
        name="dead_layers",
        claim=f"Part of the checkpoint is dead: at {named} {'no unit moves' if whole else 'most units do not move'} "
        "from image to image.",
        grade="suggestive",  # nothing was repaired
        evidence=tuple(_said(run, tap, *found) for tap, found in list(held.items())[:3]),
        experiment="shiftprobe diagnose RUN tries other preprocessings and batch statistics, and layers drawn anew, "
        "each beside a sham; where none of them brings accuracy back, the dead units were not the cause",
    )


def _dead(run: RunFacts, tap: str) -> tuple[Number, Number] | None:
    """The shares of constant units of the source and of random networks, where the source's stands out."""
    source, random = (run.number(CONSTANT, UNSHIFTED, network, tap) for network in ("source", "random"))
    if source is None or random is None or source.value < HALF or source.value <= random.high:
        return None
    return source, random


def _said(run: RunFacts, tap: str, source: Number, random: Number) -> Fact:
    return Fact(
        f"{run.where(UNSHIFTED)} at {tap}, {percent(source.value)} of the units are the same on all {source.n:,} test "
        f"images; of random networks {percent(random.value)} (a further one up to {percent(random.high)})",
        addresses(source, random),
    )
