"""Networks whose weights are mixed of several, and which images each answers rightly, there and at home."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.repairs.choosing import JudgedWays, Right
from shiftprobe.auditing.repairs.judged import JudgedImages

if TYPE_CHECKING:
    from torch import Tensor, nn

Shares: TypeAlias = tuple[float, ...]
"""Of each of several networks, their sum 1; the network under audit stands first."""


class MixtureRights(NamedTuple):
    """Which images a mixture answers rightly."""

    there: Right  # (N,)
    home: Right | None  # (M,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixtures:
    """Mixtures of the audited weights and others, each looked at once.

    A mixture meets features of a variance that none of its parts had, so its batch statistics are estimated anew: on
    clean images of one half, without their labels, for the network that judges the other half. A single part keeps
    its own.
    """

    evidence: AuditEvidence
    there: JudgedImages
    home: JudgedImages | None
    states: "tuple[Mapping[str, Tensor], ...]" = field(repr=False)  # the audited one first
    found: dict[Shares, MixtureRights] = field(default_factory=dict, repr=False)

    def rights(self, shares: Shares) -> MixtureRights:
        """Which images a mixture answers rightly, every image by the network that belongs to the other half."""
        if shares not in self.found:
            self.found[shares] = self._looked(shares)
        return self.found[shares]

    def ways(self, mixtures: Sequence[Shares]) -> JudgedWays:
        """Several mixtures as ways to answer; the first is the network as it is."""
        import numpy as np

        each = [self.rights(one) for one in mixtures]
        homes = [one.home for one in each if one.home is not None]
        return JudgedWays(
            there=np.stack([one.there for one in each]),
            halves=self.there.halves,
            home=np.stack(homes) if homes else None,
            home_halves=None if self.home is None else self.home.halves,
        )

    def network(self, shares: Shares, half: int) -> "nn.Module":
        """The network of a mixture, with batch statistics of a half of the clean images; on the CPU."""
        from shiftprobe.train.adaptation import has_batch_norm, reestimate

        model = self.averaged(shares)
        if max(shares) < 1 and has_batch_norm(model):
            subject, clean = self.evidence.subject, self.home or self.there
            reestimate(model, clean.pixels(self.evidence, half), subject.preprocess, subject.device)
        return model.cpu().eval()

    def averaged(self, shares: Shares) -> "nn.Module":
        """The same with batch statistics mixed as the weights are."""
        model = copy.deepcopy(self.evidence.subject.model)
        model.load_state_dict(mixed(self.states, shares))
        return model.eval()

    def middle_averaged(self, shares: Shares) -> Right | None:
        """(N,) whether a mixture with mixed batch statistics is right there; None without batch norm."""
        from shiftprobe.train.adaptation import has_batch_norm

        model = self.averaged(shares)
        return self.there.crossed(self.evidence, lambda _: model) if has_batch_norm(model) else None

    def _looked(self, shares: Shares) -> MixtureRights:
        if shares[0] == 1:
            return MixtureRights(self.there.right, None if self.home is None else self.home.right)
        networks = [self.network(shares, half) for half in (0, 1)]
        at_home = None if self.home is None else self.home.crossed(self.evidence, networks.__getitem__)
        return MixtureRights(self.there.crossed(self.evidence, networks.__getitem__), at_home)


def mixed(states: "Sequence[Mapping[str, Tensor]]", shares: Shares) -> "dict[str, Tensor]":
    """The weights of a mixture: a single part bit for bit; counters are those of the first part.

    Args:
        states: of one network each, the same names and shapes.
        shares: of each; their sum is 1.
    """
    parts = [(state, share) for state, share in zip(states, shares, strict=True) if share > 0]
    first = parts[0][0]
    if len(parts) == 1:
        return dict(first)
    return {
        name: sum((state[name] * share for state, share in parts[1:]), value * parts[0][1])
        if value.is_floating_point()
        else value
        for name, value in first.items()
    }
