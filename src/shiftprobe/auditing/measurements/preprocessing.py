"""Other preprocessings that were tried."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPreprocessing:
    """One other preprocessing, on the same images; without a gain it could not be tried, with the reason."""

    name: str
    accuracy: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreprocessingTrials:
    """Every other preprocessing that was tried."""

    tried: tuple[OtherPreprocessing, ...]
    n: int | None = None
    best: str | None = None  # the one that is proven better
