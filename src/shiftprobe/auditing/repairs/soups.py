"""Soups: the average of several sets of weights that share a beginning, of all of them or of those that help."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.repairs.base import RepairSite, Tried
from shiftprobe.auditing.repairs.choosing import affordable, cross_chosen, scores
from shiftprobe.auditing.repairs.mixed_repair import MixedChoice, judged
from shiftprobe.auditing.repairs.mixtures import Mixtures, Shares
from shiftprobe.core.escape import escape
from shiftprobe.core.words import listed

Chosen: TypeAlias = tuple[Shares, Shares]
"""What the first and the second half chose."""

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
    makers = (("uniform_soup", "the uniform soup", _uniform), ("greedy_soup", "the greedy soup", _greedy))
    for name, title, chosen in makers:
        begun = Repair(name=name, title=title, on=site.on)
        if len(near) < FEWEST:
            said = f"a soup wants {FEWEST} others that share a beginning with the audited weights, got {len(near)}"
            yield replace(begun, reason=f"{said}: {without}")
            continue
        labels = 0 if chosen is _uniform else len(found.there.halves[0])
        begun = replace(begun, labels=labels, title=f"{title} ({without})" if far else title)
        mixtures = (_equal(found, [AS_IT_IS]), *chosen(found, near))
        ways = found.ways(mixtures)
        crossed = cross_chosen(ways, found.evidence.policy.regression.margin, (1, 2))
        yield judged(found, site, begun, MixedChoice(mixtures=mixtures, ways=ways, crossed=crossed))


def _equal(found: Mixtures, parts: Sequence[int]) -> Shares:
    return tuple(1.0 / len(parts) if one in parts else 0.0 for one in range(len(found.states)))


def _uniform(found: Mixtures, near: Sequence[int]) -> Chosen:
    whole = _equal(found, [AS_IT_IS, *near])
    return whole, whole


def _greedy(found: Mixtures, near: Sequence[int]) -> Chosen:
    return _greedy_of(found, near, 0), _greedy_of(found, near, 1)


def _greedy_of(found: Mixtures, near: Sequence[int], half: int) -> Shares:
    """Parts from the best down, each kept where the half that chooses loses nothing by it, nor too much at home."""
    parts = [AS_IT_IS, *near]
    alone = {part: _half_score(found, _equal(found, [part]), half) for part in parts}
    first, *rest = sorted(parts, key=lambda part: -alone[part])
    soup, best = [first], alone[first]
    for part in rest:
        more = _half_score(found, _equal(found, [*soup, part]), half)
        if more >= best:
            soup, best = [*soup, part], more
    return _equal(found, soup)


def _half_score(found: Mixtures, mixture: Shares, half: int) -> float:
    """What a half says of a mixture; below any share of right answers where it costs too much at home."""
    ways = found.ways([_equal(found, [AS_IT_IS]), mixture])
    fits = affordable(ways, half, found.evidence.policy.regression.margin)
    return float(scores(ways, half)[1]) if fits[1] else -1.0
