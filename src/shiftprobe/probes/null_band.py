"""How alike two networks become that share nothing but their task: the band in which two arms do not differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Cell, Evidence, Features, Finding, Row, Scope
from shiftprobe.metrics import linear_cka
from shiftprobe.probes.base import PROBES, Amount, Price

ARMS = ("scratch", "transfer")
NEEDED = "a null band needs two seeds of an arm that trained; raise --seeds"

Taken = Mapping[str, Features]  # {tap: (N, D)} of one seed


@dataclass(frozen=True, slots=True)
class NullBand:
    """Debiased linear CKA between seeds of one arm on the same shifted test images, tap by tap.

    Two scratch networks never saw the source, so what they share comes from data and architecture alone: an arm lies
    apart from scratch only where their similarity leaves this band. It is no null for similarity to the source: there
    that of scratch to the source is. Seeds of `transfer` against each other stand beside it: they began at one point.
    `value` is the mean over pairs of seeds, `low` and `high` the smallest and largest pair (with 3 seeds the range of
    3 pairs), so this is no 95 % interval.

    Reference: Neyshabur et al., 2020, arXiv:2008.11687.
    """

    name: str = "null_band"
    about: str = "similarity of scratch seeds to each other at every tap: the band for arm against arm"
    scope: Scope = "run"

    def cost(self, amount: Amount) -> Price:
        """Both arms of every trained cell look once more."""
        return Price(passes=len(ARMS) * amount.test * amount.trainings)

    def __call__(self, evidence: Mapping[Cell, Evidence]) -> Finding:
        """One row per tap, arm, shift, severity and budget."""
        groups: dict[Cell, list[Cell]] = {}
        for cell in evidence:
            if cell.seed is not None:
                groups.setdefault(Cell(cell.shift, cell.severity, cell.budget), []).append(cell)
        return Finding(tuple(row for place, cells in groups.items() for row in self._rows(evidence, place, cells)))

    def _rows(self, evidence: Mapping[Cell, Evidence], place: Cell, cells: Sequence[Cell]) -> list[Row]:
        """Each cell's evidence is opened once; only the features of the arms stay."""
        taken: dict[str, list[Taken]] = {arm: [] for arm in ARMS}
        held = set()
        for cell in cells:
            opened = evidence[cell]
            held |= {*opened.arms, *opened.failed}
            for arm in ARMS:
                try:
                    taken[arm].append(opened.view(arm, "target").features)
                except NotAvailableError:
                    continue
        return [row for arm in ARMS if arm in held for row in self._band(place, arm, taken[arm])]

    def _band(self, place: Cell, arm: str, seeds: Sequence[Taken]) -> list[Row]:
        if len(seeds) < 2:  # noqa: PLR2004 - a pair
            return [self._row(place, arm, "", ())]
        return [self._row(place, arm, tap, [seed[tap] for seed in seeds]) for tap in seeds[0]]

    def _row(self, place: Cell, arm: str, tap: str, seeds: Sequence[Features]) -> Row:
        row = partial(Row, cell=place, probe=self.name, metric="cka_between_seeds", arm=arm, versus=arm, tap=tap)
        if not seeds:
            return row(value=None, reason=NEEDED)
        try:
            pairs = [float(linear_cka(x, y, debiased=True)) for x, y in combinations(seeds, 2)]
        except ValueError as error:
            return row(value=None, reason=f"{tap}: {error}")
        mean = sum(pairs) / len(pairs)
        low, high = min(*pairs, mean), max(*pairs, mean)  # a mean of equal numbers may be off by the last bit
        return row(value=mean, low=low, high=high, n=len(seeds[0]), unit="similarity")


PROBES.add(NullBand())
