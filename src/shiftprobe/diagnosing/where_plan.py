"""Which trainings tell where the gain of transfer lives, all by the recipe of transfer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shiftprobe.core.errors import SpecError
from shiftprobe.diagnosing.where import SCALES, STATISTICS
from shiftprobe.engine.changes.blocks import blocks_here
from shiftprobe.engine.changes.shuffled import SHUFFLED, no_shuffled
from shiftprobe.models.blocks import BlockShare, thirds
from shiftprobe.results.diagnosis import NotLooked
from shiftprobe.spec.arm_names import AS, changed

if TYPE_CHECKING:
    from shiftprobe.engine.setup import Setup

TRANSFER = "transfer"
PARTS = "blocks"  # the name of what is not looked at where blocks cannot be told apart


@dataclass(frozen=True, slots=True, kw_only=True)
class WherePlan:
    """Names of arms, with or without changes; each is one unit per seed where the run does not hold it."""

    transfer: str
    scratch: str  # none of the blocks from the source
    mean_var: str
    shuffled: str | None  # None where it is not possible
    parts: Mapping[str, str] = field(default_factory=dict)  # by `BlockShare.name`
    blocks: int | None = None
    left: tuple[NotLooked, ...] = ()  # what is not possible here, with the reason

    @property
    def shams(self) -> tuple[str, ...]:
        """What is tried first: it decides whether there is anything in the blocks to look for."""
        known = (self.transfer, self.scratch, self.mean_var, self.shuffled)
        return tuple(arm for arm in known if arm is not None)

    @property
    def titles(self) -> dict[str, str]:
        """By arm that stands in for transfer, what it is."""
        known = {self.mean_var: SCALES.title, **({} if self.shuffled is None else {self.shuffled: STATISTICS.title})}
        return known | {arm: f"{name} blocks from the source" for name, arm in self.parts.items()}


def where_plan(setup: "Setup", *, changes: tuple[str, ...] = ()) -> WherePlan:
    """What is to be trained.

    Where recipes of arms differ, what is drawn anew is trained as transfer is (`scratch@transfer`), so that weights
    alone differ.

    Args:
        setup: the resolved spec.
        changes: what was changed before, such as `repaired`; every arm that begins from the source has it.
    """
    left: list[NotLooked] = []
    transfer = changed(TRANSFER, *changes)
    shuffled = changed(transfer, SHUFFLED)
    if reason := no_shuffled(setup):
        left.append(NotLooked(name=STATISTICS.name, title=STATISTICS.title, units=0.0, why=reason))
    parts, count = {}, None
    try:
        count = blocks_here(setup)
        parts = {share.name: changed(transfer, share.name) for share in _shares(count)}
    except SpecError as error:
        left.append(NotLooked(name=PARTS, title="some of the blocks from the source", units=0.0, why=str(error)))
    return WherePlan(
        transfer=transfer,
        scratch=as_transfer(setup, "scratch"),
        mean_var=changed(as_transfer(setup, SCALES.name), *changes),
        shuffled=None if reason else shuffled,
        parts=parts,
        blocks=count,
        left=tuple(left),
    )


def _shares(count: int) -> list[BlockShare]:
    inner = [one for one in thirds(count) if 0 < one < count]
    return [BlockShare("first", one, count) for one in inner] + [BlockShare("last", one, count) for one in inner]


def as_transfer(setup: "Setup", arm: str) -> str:
    """An arm trained as transfer is: by its own name where their recipes are one, at every budget."""
    if setup.spec.train.tune is not None:
        return f"{arm}{AS}{TRANSFER}"
    crossed = f"{arm}{AS}{TRANSFER}"
    for images in setup.spec.target.budgets:
        own, like = setup.recipe(arm, images), setup.recipe(crossed, images)
        if replace(own, name=like.name) != like:
            return crossed
    return arm
