"""Networks whose weights are mixed of several, and which images each answers rightly, there and at home."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.repairs.choosing import JudgedWays, Right
from shiftprobe.auditing.repairs.judged import JudgedImages

if TYPE_CHECKING:
    from torch import Tensor, nn

Shares: TypeAlias = tuple[float, ...]
"""Of each of several networks, their sum 1; the network under audit stands first."""


class Mixture(NamedTuple):
    """A network between others; of a single part it is that part."""

    shares: Shares
    averaged: bool = False  # batch statistics are averaged as weights are; else estimated anew on clean images


class MixtureRights(NamedTuple):
    """Which images a mixture answers rightly."""

    there: Right  # (N,)
    home: Right | None  # (M,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixtures:
    """Mixtures of the audited weights and others, each looked at once.

    A mixture meets features of a variance that none of its parts had, so batch statistics are estimated anew: on clean
    images of one half, without their labels, for the network that judges the other half. Where parts come from other
    places than the clean images, averaged ones may still be better, so both are ways to choose from.
    """

    evidence: AuditEvidence
    there: JudgedImages
    home: JudgedImages | None
    states: "tuple[Mapping[str, Tensor], ...]" = field(repr=False)  # the audited one first
    found: dict[Mixture, MixtureRights] = field(default_factory=dict, repr=False)

    def variants(self, shares: Shares) -> tuple[Mixture, ...]:
        """A mixture with batch statistics estimated anew and averaged; one where that makes no difference."""
        from shiftprobe.models.batch_norms import batch_norms

        both = max(shares) < 1 and batch_norms(self.evidence.subject.model)
        return (Mixture(shares), Mixture(shares, averaged=True)) if both else (Mixture(shares),)

    def rights(self, mixture: Mixture) -> MixtureRights:
        """Which images a mixture answers rightly, every image by the network that belongs to the other half."""
        if mixture not in self.found:
            self.found[mixture] = self._looked(mixture)
        return self.found[mixture]

    def ways(self, mixtures: Sequence[Mixture]) -> JudgedWays:
        """Several mixtures as ways to answer; the first is the network as it is."""
        each = [self.rights(one) for one in mixtures]
        homes = [one.home for one in each if one.home is not None]
        return JudgedWays(
            there=np.stack([one.there for one in each]),
            halves=self.there.halves,
            home=np.stack(homes) if homes else None,
            home_halves=None if self.home is None else self.home.halves,
        )

    def network(self, mixture: Mixture, half: int) -> "nn.Module":
        """The network of a mixture, on the CPU; statistics that are estimated anew are those of a half."""
        from shiftprobe.train.adaptation import reestimate

        model = copy.deepcopy(self.evidence.subject.model)
        model.load_state_dict(mixed(self.states, mixture.shares))
        if not mixture.averaged and len(self.variants(mixture.shares)) > 1:
            subject, clean = self.evidence.subject, self.home or self.there
            reestimate(model, clean.pixels(self.evidence, half), subject.preprocess, subject.device)
        return model.cpu().eval()

    def _looked(self, mixture: Mixture) -> MixtureRights:
        if mixture.shares[0] == 1:
            return MixtureRights(self.there.right, None if self.home is None else self.home.right)
        networks = [self.network(mixture, half) for half in (0, 1)]
        at_home = None if self.home is None else self.home.crossed(self.evidence, networks.__getitem__)
        return MixtureRights(self.there.crossed(self.evidence, networks.__getitem__), at_home)


def mixed(states: "Sequence[Mapping[str, Tensor]]", shares: Shares) -> "dict[str, Tensor]":
    """The weights of a mixture: a single part bit for bit; counters are those of the first part.

    Args:
        states: of one network each, the same names and shapes.
        shares: of each; their sum is 1.
    """
    parts = [(state, share) for state, share in zip(states, shares, strict=True) if share > 0]
    first, share = parts[0]
    if len(parts) == 1:
        return dict(first)
    return {
        name: sum((state[name] * other for state, other in parts[1:]), value * share)
        if value.is_floating_point()
        else value
        for name, value in first.items()
    }
