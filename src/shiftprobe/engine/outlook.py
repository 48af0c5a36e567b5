"""What a run can settle at its end, and what a cheaper one would still settle: seeds, conditions, budgets."""

from dataclasses import dataclass, replace
from statistics import fmean, stdev

from shiftprobe.core.errors import RunError
from shiftprobe.core.reading import is_there
from shiftprobe.core.types import Condition
from shiftprobe.engine.priced import PricedRun
from shiftprobe.engine.setup import Setup
from shiftprobe.results.reading import read_summary
from shiftprobe.spec.pairs import headline_pair
from shiftprobe.spec.schema import Spec, arm_cells, checkpoint_cells
from shiftprobe.stats import margin_of_seeds, seeds_needed

ASSUMED_SD = 0.01  # of one seed's difference, where nothing was measured; docs/statistics.md plans seeds with it
MEASURED_SEEDS = 3  # from which a spread that was measured says more than the assumption
FEWEST_SEEDS = 3  # of a cheaper plan: what two certify is 2.6 times as wide
WIDER = 5 / 3  # of the margin that is certified, at most, in a cheaper plan
FEWER_SEVERITIES = 3
CHEAPER = 0.9  # of the cost, at most
NOTHING = 1e-12  # differences that are equal up to rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How much the headline's difference moves from seed to seed."""

    sd: float  # a fraction, or the unit of the score
    seeds: int | None = None  # of the same run, that it was measured on; None: assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOutlook:
    """A plan, and the margin that it certifies for the headline's pair where the two are truly equal."""

    seeds: int
    severities: int  # beside 0
    budgets: int
    margin: float | None  # None: one seed has no spread
    spread: Spread
    share: float = 1.0  # of the seconds of the plan that is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a run can settle, and cheaper plans beside it."""

    pair: tuple[str, str]
    wanted: float  # margin of the spec
    whole: PlanOutlook
    needed: int  # seeds that certify the wanted margin with a chance of 80 %
    cheaper: tuple[PlanOutlook, ...] = ()


def outlook(run: PricedRun) -> Outlook | None:
    """What a run can settle of its headline, and at which part of the cost of what is missing a cheaper one could.

    Returns:
        The outlook; None where nothing is missing, no seed moves the headline, or nobody knows how much.
    """
    setup, spec = run.setup, run.setup.spec
    pair = headline_pair(setup.spec, set(setup.spec.arms) - set(setup.arms))
    if not run.todo or "arms" not in {setup.arms.get(arm) for arm in pair} or not set(pair) <= set(setup.arms):
        return None
    whole = _settled(setup, pair)
    if spec.compare.metric == "nll" and whole.spread.seeds is None:
        return None  # what is assumed is a spread of shares
    open_cells, paid = set(run.todo), run.seconds(run.todo)
    found = []
    for narrow in _narrower(spec):
        less = replace(setup, spec=narrow)
        kept = [*checkpoint_cells(narrow), *arm_cells(narrow)]
        missing = [cell for cell in kept if cell in open_cells]
        if missing:
            share = replace(run, setup=less).seconds(missing, among=kept) / paid
            found += [replace(_settled(less, pair), share=share)] if share <= CHEAPER else []
    needed = seeds_needed(whole.spread.sd, spec.compare.margin)
    return Outlook(pair=pair, wanted=spec.compare.margin, whole=whole, needed=needed, cheaper=tuple(found))


def _narrower(spec: Spec) -> list[Spec]:
    """Plans that cost less and answer the same question: the largest budget alone, then fewer seeds and severities."""
    target = spec.target.model_copy(update={"budgets": (max(spec.target.budgets),)})
    alone = spec.model_copy(update={"target": target})
    fewer = alone.model_copy(update={"seeds": _fewer_seeds(spec), "severities": _fewer_severities(spec)})
    found = [one for one in (alone, fewer) if one != spec]
    return list({str(one.resolved()): one for one in found}.values())


def _fewer_seeds(spec: Spec) -> tuple[int, ...]:
    """As few as keep the margin that they certify near that of all; the spread falls out of the ratio."""
    count = len(spec.seeds)
    if count <= FEWEST_SEEDS:
        return spec.seeds
    most = WIDER * margin_of_seeds(count, 1.0)
    enough = next(n for n in range(FEWEST_SEEDS, count + 1) if margin_of_seeds(n, 1.0) <= most)
    return spec.seeds[:enough]


def _fewer_severities(spec: Spec) -> tuple[float, ...]:
    """The smallest, the middle and the largest of many, with 0 where it was among them."""
    doses = sorted(dose for dose in spec.severities if dose > 0)
    if not spec.shifts or len(doses) <= FEWER_SEVERITIES:
        return spec.severities
    kept = {doses[0], doses[len(doses) // 2], doses[-1]}
    return tuple(dose for dose in spec.severities if dose == 0 or dose in kept)


def _settled(setup: Setup, pair: tuple[str, str]) -> PlanOutlook:
    spec = setup.spec
    count, spread = len(spec.seeds), _measured(setup, pair) or Spread(sd=ASSUMED_SD)
    return PlanOutlook(
        seeds=count,
        severities=len([dose for dose in spec.severities if dose > 0]) if spec.shifts else 0,
        budgets=len(spec.target.budgets),
        margin=margin_of_seeds(count, spread.sd) if count > 1 else None,
        spread=spread,
    )


def _measured(setup: Setup, pair: tuple[str, str]) -> Spread | None:
    """The spread of the mean over these conditions in the run that is there already; None where it says too little."""
    if not is_there(setup.run.path / "summary.json"):
        return None
    try:
        found = read_summary(setup.run.path)
    except RunError:
        return None
    if found.metric != setup.spec.compare.metric:
        return None
    most = max(setup.spec.target.budgets)
    known: dict[Condition, dict[int, float]] = {
        one.condition: {seed.seed: seed.difference for seed in one.per_seed}
        for one in found.contrasts
        if (one.a, one.b, one.budget) == (*pair, most)
    }
    doses = [known.get(cell.condition, {}) for cell in checkpoint_cells(setup.spec)]
    seeds = [seed for seed in doses[0] if all(seed in dose for dose in doses)]
    if len(seeds) < MEASURED_SEEDS:
        return None
    sd = stdev(fmean(dose[seed] for dose in doses) for seed in seeds)
    return Spread(sd=sd, seeds=len(seeds)) if sd > NOTHING else None
