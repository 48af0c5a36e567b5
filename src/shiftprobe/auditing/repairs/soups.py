"""Soups: the average of several sets of weights that share a beginning, of all of them or of those that help."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.repairs.base import RepairSite, Tried
from shiftprobe.auditing.repairs.choosing import affordable, cross_chosen, scores
from shiftprobe.auditing.repairs.mixed_repair import MixedChoice, judged
from shiftprobe.auditing.repairs.mixtures import Mixture, Mixtures, Shares
from shiftprobe.core.escape import escape
from shiftprobe.core.words import listed

FEWEST = 2  # others; of one there is the line
AS_IT_IS = 0  # the place of the audited weights among the parts


def soups(found: Mixtures, site: RepairSite, lines: Sequence[Repair]) -> Iterator[Tried]:
    """The uniform and the greedy soup of the audited weights and those that no barrier keeps apart from them.

    Args:
        found: mixtures of all.
        site: has labels.
        lines: the line to each other, in the order of the mixtures' parts.

    Reference: Wortsman et al., 2022, arXiv:2203.05482.
    """
    near = [place for place, one in enumerate(lines, start=1) if one.line is not None and not one.line.apart]
    far = [escape(one.line.other, 60) for one in lines if one.line is not None and one.line.apart]
    without = f"{listed(far)} left out, beyond a barrier" if far else ""
    for name, title, chosen in (
        ("uniform_soup", "the uniform soup", _uniform),
        ("greedy_soup", "the greedy soup", _greedy),
    ):
        begun = Repair(name=name, title=title, on=site.on)
        if len(near) < FEWEST:
            said = f"a soup wants {FEWEST} others that share a beginning with the audited weights, got {len(near)}"
            yield replace(begun, reason=f"{said}: {without}")
            continue
        labels = len(found.there.halves[0])
        begun = replace(begun, labels=labels, title=f"{title} ({without})" if far else title)
        mixtures = (Mixture(_equal(found, [AS_IT_IS])), *(chosen(found, [AS_IT_IS, *near], half) for half in (0, 1)))
        ways = found.ways(mixtures)
        crossed = cross_chosen(ways, found.evidence.policy.regression.margin, (1, 2))
        yield judged(found, site, begun, MixedChoice(mixtures=mixtures, ways=ways, crossed=crossed))


def _equal(found: Mixtures, parts: Sequence[int]) -> Shares:
    return tuple(1.0 / len(parts) if one in parts else 0.0 for one in range(len(found.states)))


def _uniform(found: Mixtures, parts: Sequence[int], half: int) -> Mixture:
    return _best(found, parts, half)[0]


def _greedy(found: Mixtures, parts: Sequence[int], half: int) -> Mixture:
    """Parts from the best down, each kept where the half that chooses loses nothing by it, nor too much at home."""
    alone = {part: _best(found, [part], half) for part in parts}
    first, *rest = sorted(parts, key=lambda part: -alone[part][1])
    soup, (mixture, best) = [first], alone[first]
    for part in rest:
        more, score = _best(found, [*soup, part], half)
        if score >= best:
            soup, mixture, best = [*soup, part], more, score
    return mixture


def _best(found: Mixtures, parts: Sequence[int], half: int) -> tuple[Mixture, float]:
    """The soup of some parts with the statistics that a half prefers, and its score.

    The score is the share of right answers; below any where the soup costs too much at home.
    """
    variants = found.variants(_equal(found, parts))
    ways = found.ways([Mixture(_equal(found, [AS_IT_IS])), *variants])
    fits = affordable(ways, half, found.evidence.policy.regression.margin)[1:]
    known = [score if fit else -1.0 for score, fit in zip(scores(ways, half)[1:].tolist(), fits, strict=True)]
    return variants[known.index(max(known))], max(known)
