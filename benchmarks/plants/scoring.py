"""How often a diagnosis was right, wrong and sure of it, or silent: pure functions on what it said."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias

from plants.scenarios import OPEN, Scenario
from shiftprobe.metrics.binomial import clopper_pearson
from shiftprobe.results.diagnosis import Diagnosis

STRONG = "strong"
Result: TypeAlias = Literal["right", "wrong_strong", "wrong", "abstained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a diagnosis said, as `diagnose.csv` holds it."""

    name: str  # of the scenario
    half: str
    commit: str
    said: str  # the cause that is named first; without one "no_fault" or "open"; "failed" where nothing came back
    grade: str  # of that cause; empty without one
    strong: str  # every cause that is called strong, in order, between bars
    units: float  # trainings, screening and confirmation
    screened: float  # of them, for screening
    run_seconds: float  # of processor time: the run that was diagnosed
    seconds: float  # of processor time: its diagnosis
    reason: str = ""  # why nothing came back


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of n, with the exact 95 % interval."""

    count: int
    n: int

    def __str__(self) -> str:
        """'34 of 40, 85 % (70 to 94)'; the interval is that of Clopper and Pearson, 1934."""
        if not self.n:
            return "none"
        low, high = clopper_pearson(self.count, self.n)
        return f"{self.count} of {self.n}, {100 * self.count / self.n:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The rates of some scenarios."""

    right: Share  # an accepted answer stands first
    wrong_strong: Share  # another cause stands first and is called strong
    abstained: Share  # "open" where that is not accepted
    units: float | None  # median over scenarios
    screened: float | None


def first(found: Diagnosis) -> tuple[str, str]:
    """What a diagnosis says first, and how sure it is: a cause and its grade, or the answer alone.

    A gain that is explained, in a diagnosis that leaves the fall of the checkpoint open, is no answer to that.
    """
    named = found.causes and found.answer != OPEN
    return (found.causes[0].name, found.causes[0].grade) if named else (found.answer, "")


def result(scenario: Scenario, said: Said) -> Result:
    """What became of one scenario. An accepted name is right at any grade; a fault that is denied is wrong."""
    if said.said in scenario.accepted:
        return "right"
    if said.said == OPEN:
        return "abstained"
    return "wrong_strong" if said.grade == STRONG else "wrong"


def score(pairs: Sequence[tuple[Scenario, Said]]) -> Score:
    """The rates of some scenarios with what was said of them."""
    results, n = [result(*pair) for pair in pairs], len(pairs)
    return Score(
        right=Share(count=results.count("right"), n=n),
        wrong_strong=Share(count=results.count("wrong_strong"), n=n),
        abstained=Share(count=results.count("abstained"), n=n),
        units=median(said.units for _, said in pairs) if pairs else None,
        screened=median(said.screened for _, said in pairs) if pairs else None,
    )


GROUPS: Mapping[str, Callable[[Scenario], str]] = {
    "planted": lambda one: one.kind, "data": lambda one: one.data, "network": lambda one: one.network
}  # fmt: skip


def scores(pairs: Sequence[tuple[Scenario, Said]]) -> Iterator[tuple[str, str, Score]]:
    """What is grouped, the group and its rates: all of them first, then by cause, data and network."""
    yield "all", "all", score(pairs)
    for title, group in GROUPS.items():
        for name in dict.fromkeys(group(one) for one, _ in pairs):
            yield title, name, score([pair for pair in pairs if group(pair[0]) == name])


def matched(scenarios: Iterable[Scenario], rows: Iterable[Said], half: str) -> list[tuple[Scenario, Said]]:
    """Scenarios of a half with what was said of them, where something was."""
    by_name = {row.name: row for row in rows}
    return [(one, by_name[one.name]) for one in scenarios if one.half == half and one.name in by_name]


def markdown(pairs: Sequence[tuple[Scenario, Said]]) -> Iterator[str]:
    """The table of the docs: rates overall and by group, then every scenario that was missed."""
    yield "| scenarios | | right first, 95 % | wrong and strong, 95 % | abstained | units to screen, in all (median) |"
    yield "|---|---|---|---|---|---|"
    for title, name, found in scores(pairs):
        cost = "none" if found.units is None else f"{found.screened:g}, {found.units:g}"
        yield f"| {title} | {name} | {found.right} | {found.wrong_strong} | {found.abstained.count} | {cost} |"
    missed = [(one, said) for one, said in pairs if result(one, said) != "right"]
    if missed:
        yield ""
        yield "| missed | planted | named first |"
        yield "|---|---|---|"
    for one, said in missed:
        yield f"| `{one.name}` | `{one.kind}` | `{said.said}`{f', {said.grade}' if said.grade else ''} |"
