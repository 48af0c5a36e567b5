"""Which arms may be compared seed by seed, and what else their trainings shared: hashes decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shiftprobe.core.types import Cell
from shiftprobe.core.words import listed
from shiftprobe.results.summary.accuracies import ArmPair
from shiftprobe.results.summary.recipes import Recipes, differ
from shiftprobe.spec.schema import Spec

Pairing = Mapping[tuple[Cell, str], Mapping[str, str]]
CROPS = "crops"
"""What is drawn for every image, mixtures included; arms that augment nothing have no such hash."""
ALWAYS = ("split", "head")  # without these nothing is compared; what else differs may be the recipe's


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired:
    """A cell whose two arms may not be compared, and what they did not share: split, head, order or crops."""

    cell: Cell
    what: str

    @property
    def sentence(self) -> str:
        """The fact in words."""
        if self.what == CROPS:
            differs = f"the arms of {self.cell.key} are not paired: their images were augmented differently"
            return f"{differs}; give both the same train.aug, scale, flip, mixup and cutmix"
        differs = f"the arms of {self.cell.key} are not paired: their {self.what} differs"
        return f"{differs}; run them again in one command"


def unpaired(pairing: Pairing, spec: Spec, pair: ArmPair, recipes: Recipes) -> Unpaired | None:
    """The first cell whose two arms may not be compared; None when every seed met the same images and head.

    The order of images and what is drawn for each must agree too, unless the arms are trained by different recipes.

    Args:
        pairing: hashes of every trained arm.
        spec: what was asked for.
        pair: which arms.
        recipes: how they were trained.
    """
    needed = set(_kinds(pairing)) if not differ(recipes, pair) else set(ALWAYS)
    found = _differing(pairing, pair, sorted(needed - ({"head"} if spec.model.head != "new" else set()), key=_rank))
    return next((Unpaired(cell=cell, what=what) for cell, what in found), None)


def unshared(pairing: Pairing, pair: ArmPair) -> tuple[str, ...]:
    """What the trainings of two arms that are compared did not share: `order`, `crops`; none where they are paired."""
    found = {what for _, what in _differing(pairing, pair, sorted(set(_kinds(pairing)) - set(ALWAYS), key=_rank))}
    return tuple(sorted(found, key=_rank))


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingFacts:
    """Which pairs may be compared, and what the trainings of those that are did not share."""

    apart: Mapping[ArmPair, str]  # pairs that may not be compared, each with the reason
    lacking: Mapping[ArmPair, tuple[str, ...]]  # of those that may
    kinds: tuple[str, ...]  # every hash there is
    seeds: int

    @property
    def unshared(self) -> tuple[str, ...]:
        """What any pair that is compared did not share; nothing where one may not be compared at all."""
        found = {what for some in self.lacking.values() for what in some}
        return () if self.apart else tuple(sorted(found, key=_rank))

    @property
    def paired(self) -> bool:
        """Whether every seed of every pair met the same images, order, crops and head."""
        return not self.apart and not self.unshared

    @property
    def sentence(self) -> str:
        """How pairing was proven, in a few words, or why it was not."""
        if self.apart:
            return next(iter(self.apart.values()))
        if not self.seeds:
            return "nothing was trained"
        shared = listed([what for what in self.kinds if what not in self.unshared])
        if self.paired:
            return f"paired over {self.seeds} seeds (hashes of {shared} agree)"
        apart = f"{listed(self.unshared)} differ{'s' * (self.unshared == ('order',))}"
        return f"compared over {self.seeds} seeds (hashes of {shared} agree; {apart} with the recipe)"


def pairing_facts(pairing: Pairing, spec: Spec, pairs: Sequence[ArmPair], recipes: Recipes) -> PairingFacts:
    """What hashes say of some pairs.

    Args:
        pairing: hashes of every trained arm.
        spec: what was asked for.
        pairs: which arms.
        recipes: how they were trained.
    """
    known = {pair: unpaired(pairing, spec, pair, recipes) for pair in pairs}
    apart = {pair: one.sentence for pair, one in known.items() if one is not None}
    return PairingFacts(
        apart=apart,
        lacking={pair: unshared(pairing, pair) for pair in pairs if pair not in apart},
        kinds=tuple(sorted(_kinds(pairing), key=_rank)),
        seeds=len({cell.seed for cell, _ in pairing}),
    )


def _kinds(pairing: Pairing) -> set[str]:
    return {*ALWAYS, "order", *(what for hashes in pairing.values() for what in hashes)}


def _rank(what: str) -> tuple[int, str]:
    known = ("split", "order", CROPS, "head")
    return (known.index(what) if what in known else len(known), what)


def _differing(pairing: Pairing, pair: ArmPair, wanted: list[str]) -> list[tuple[Cell, str]]:
    """Cells that hold both arms, with what differs there, in the order of cells."""
    found = []
    for cell in sorted({cell for cell, _ in pairing}, key=lambda cell: cell.order):
        ours, theirs = (pairing.get((cell, arm)) for arm in pair)
        if ours is not None and theirs is not None:
            found += [(cell, what) for what in wanted if ours.get(what) != theirs.get(what)]
    return found
