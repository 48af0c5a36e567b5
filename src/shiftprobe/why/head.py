"""A head on the source's features beats fine-tuning: what few labels and a good source nearly always give."""

from collections.abc import Sequence

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.results.model import Explanation, Fact, Unknown
from shiftprobe.why.base import HALF, addresses, between, graded, points
from shiftprobe.why.chance import learnt
from shiftprobe.why.run_facts import RunFacts

CKA = ("cka", "cka_debiased")
PROTECTED = ("lp_ft", "linear_probe")
COMMON = "few labels and a good source nearly always give this"


def head_beats_fine_tuning(run: RunFacts) -> Explanation | Unknown | None:
    """Arms that protect the source's features from the first steps beat the one that does not.

    Strong only after a trial of rates in which a lower one than the chosen did no better: then it is not the rate.
    """
    name = "head_beats_fine_tuning"
    protected = [arm for arm in PROTECTED if arm in run.summary.arms]
    if not protected:
        if run.word == "better":
            return None
        return Unknown(name, "--arms scratch,transfer,lp_ft: tells whether a head on the features beats fine-tuning")
    judged = {place: found for place in run.places if (found := _protects(run, place, protected)) is not None}
    held = [fact for fact, helps in judged.values() if helps]
    if not held or len(held) <= HALF * len(judged):
        return None
    tried = rate_trial(run)
    return Explanation(
        name=name,
        claim=f"A head on the source's features beats fine-tuning; {COMMON}{_rates(run, tried=tried)}.",
        grade=graded(len(held), len(judged)) if tried else "suggestive",
        evidence=(*held[:3], *_moved(run, protected)),
        against=tuple(fact for fact, helps in judged.values() if not helps)[:2],
        experiment="a larger --budget: if labels were too few for the whole network, fine-tuning must catch up"
        if tried
        else f"--tune lr={_lower(run)}: where a lower rate closes the gap, the rate erased the features; where none "
        "does, labels are too few for the whole network",
    )


def rate_trial(run: RunFacts) -> bool:
    """Whether rates were tried for transfer, and one below the chosen rate did no better."""
    rates, tried = sorted(run.training.rates), run.training.tune or {}
    mine = (one for one in run.training.chosen if (one.arm, one.budget) == ("transfer", run.budget))
    chosen = [float(value) for one in mine if isinstance(value := one.values.get("lr"), int | float)]
    return "lr" in tried and len(rates) > 1 and bool(chosen) and min(chosen) > rates[0]


def _rates(run: RunFacts, *, tried: bool) -> str:
    rates = ", ".join(f"{one:g}" for one in run.training.rates)
    if tried:
        return f", and no lower rate of those tried ({rates}) closes the gap"
    if "lr" in (run.training.tune or {}):
        return f", and no rate below the chosen one was tried ({rates})"
    return f", and one rate alone was tried ({rates})" if rates else ""


def _lower(run: RunFacts) -> str:
    least = min(run.training.rates, default=1e-3)
    return ",".join(f"{least * part:g}" for part in (0.1, 0.3, 1.0))


def _protects(run: RunFacts, place: Condition, protected: Sequence[str]) -> tuple[Fact, bool] | None:
    """The best of the protected arms against transfer, and whether it is better; both beat the commonest class."""
    known = [
        (arm, one)
        for arm in protected
        if (one := run.between(arm, "transfer", place)) is not None
        and learnt(run, arm, place)
        and learnt(run, "transfer", place)
    ]
    if not known:
        return None
    arm, one = max(known, key=lambda item: (item[1].verdict == "better", item[1].difference))
    interval = f"{between(*one.interval)}, " if one.interval else ""
    fact = Fact(
        f"{run.where(place)}, {arm}, which protects the features at first, differs from transfer by "
        f"{points(one.difference)} ({interval}n = {one.n} seeds): {one.verdict}"
    )
    return fact, one.verdict == "better"


def _moved(run: RunFacts, protected: Sequence[str]) -> tuple[Fact, ...]:
    """How far transfer has left the source, beside a protected arm, at the last tap where both are known."""
    for tap in reversed(run.taps):
        away = run.number(CKA, UNSHIFTED, "transfer", tap, "source")
        kept = [(arm, run.number(CKA, UNSHIFTED, arm, tap, "source")) for arm in protected]
        known = [(arm, one) for arm, one in kept if one is not None]
        if away is not None and known:
            arm, one = known[0]
            said = f"CKA with the source at {tap} is {away.value:.2f} after transfer, {one.value:.2f} after {arm}"
            return (Fact(f"{run.where(UNSHIFTED)} {said} (n = {away.n:,} images)", addresses(away, one)),)
    return ()
