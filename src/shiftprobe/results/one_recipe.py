"""Two arms that are trained by different recipes, held against both of them under one recipe."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from shiftprobe.stats import Verdict as Judgement

Agreement: TypeAlias = Literal["agrees", "contradicts", "other_word", "missing"]
"""What two arms under one recipe say beside both with their own: the same word, the opposite, another, nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderOne:
    """Both beginnings under one arm's recipe: a - b as a fraction, with its 95 % interval over seeds and images."""

    trained_as: str  # the arm whose recipe it is
    pair: tuple[str, str]  # the arms behind it
    difference: float
    low: float | None
    high: float | None
    verdict: Judgement
    void: bool = False  # an arm of it is not shown to beat the commonest class: it says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRecipe:
    """A pair whose arms have recipes of their own, and what is left of its word under one recipe."""

    recipes: tuple[str, str]  # names of the arms' own
    difference: float | None  # with their own
    verdict: Judgement | None
    under: tuple[UnderOne, ...] = ()  # the first arm's recipe, then the second's; what the run does not hold is missing
    agreement: Agreement = "missing"

    @property
    def decides(self) -> bool:
        """Whether the word hangs on the recipe."""
        return self.agreement in {"contradicts", "other_word"}
