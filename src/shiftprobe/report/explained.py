"""Why transfer helps here, or does not, and what to do next, as the summary tells it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One sentence of evidence, and the addresses of the rows behind it."""

    text: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A cause that the evidence supports."""

    name: str
    claim: str
    grade: str
    evidence: tuple[Evidence, ...]
    against: tuple[Evidence, ...] = ()
    experiment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A cause that the run cannot speak about, and what would let it."""

    name: str
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to do next, and the numbers that say so."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Explanations, best first, and what is open."""

    explanations: tuple[Explanation, ...] = ()
    undecided: tuple[Open, ...] = ()

    @property
    def told(self) -> bool:
        """Whether anybody asked why."""
        return bool(self.explanations or self.undecided)
