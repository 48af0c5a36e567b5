"""The scalars of specs and policies: what a number, a share, a count or a seed may be, and lists of them."""

import re
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

MAX_CONFIDENCE = 0.9999
MIN_RATE = 1e-9


def joined(shift: Any) -> Any:
    """A list of shifts is their composition, in order."""
    return "+".join(map(str, shift)) if isinstance(shift, (list, tuple)) else shift


def _whole(count: Any) -> Any:
    """`true` would pass for 1."""
    if isinstance(count, bool):
        raise ValueError("wanted a whole number")  # noqa: TRY004 - pydantic hears ValueError
    return count


def _number(value: Any) -> Any:
    """`true` would pass for 1.0."""
    if isinstance(value, bool):
        raise ValueError("wanted a number")  # noqa: TRY004 - pydantic hears ValueError
    return value


def _sure(confidence: float) -> float:
    """Quantiles of a few images say nothing beyond it, and those of 1 - 1e-16 are infinite."""
    if confidence > MAX_CONFIDENCE:
        raise ValueError(f"wanted at most {MAX_CONFIDENCE}")
    return confidence


def _seen(rate: float) -> float:
    """No images tell a rarer mistake from none, and dividing by it overflows."""
    if rate < MIN_RATE:
        raise ValueError(f"wanted at least {MIN_RATE:g}")
    return rate


Number: TypeAlias = Annotated[float, BeforeValidator(_number)]
Whole: TypeAlias = Annotated[int, BeforeValidator(_whole)]
Severity: TypeAlias = Annotated[Number, Field(ge=0, le=1, allow_inf_nan=False)]
Share: TypeAlias = Annotated[Number, Field(ge=0, le=1, allow_inf_nan=False)]
Positive: TypeAlias = Annotated[Number, Field(gt=0, allow_inf_nan=False)]
Finite: TypeAlias = Annotated[Number, Field(allow_inf_nan=False)]
Count: TypeAlias = Annotated[Whole, Field(ge=1, le=10**9)]
Seed: TypeAlias = Annotated[Whole, Field(ge=0, lt=2**31)]
Fraction: TypeAlias = Annotated[Number, Field(gt=0, lt=1)]
Rate: TypeAlias = Annotated[Fraction, AfterValidator(_seen)]
"""A share of mistakes or misses that images could show."""

Confidence: TypeAlias = Annotated[Number, Field(ge=0.5, lt=1), AfterValidator(_sure)]

MAX_SEEDS = 10_000
TOO_MANY = f"wanted at most {MAX_SEEDS:,} seeds"


def distinct(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """The items themselves when each stands there once."""
    if len(set(items)) < len(items):
        raise ValueError("an entry stands there twice; name each once")
    return items


def _counted(seeds: Any) -> Any:
    """A count of seeds stands for the first so many whole numbers."""
    if not isinstance(seeds, int) or isinstance(seeds, bool):
        return seeds
    if seeds > MAX_SEEDS:
        raise ValueError(TOO_MANY)
    return tuple(range(seeds))


def _few(seeds: tuple[int, ...]) -> tuple[int, ...]:
    """The seeds themselves where there are not too many: a list is bounded as a count is."""
    if len(seeds) > MAX_SEEDS:
        raise ValueError(TOO_MANY)
    return seeds


Shifts: TypeAlias = Annotated[tuple[Annotated[str, BeforeValidator(joined)], ...], AfterValidator(distinct)]
Severities: TypeAlias = Annotated[tuple[Severity, ...], Field(max_length=1000), AfterValidator(distinct)]
Seeds: TypeAlias = Annotated[
    tuple[Seed, ...], Field(min_length=1), BeforeValidator(_counted), AfterValidator(_few), AfterValidator(distinct)
]


def device(name: str) -> str:
    """The name of a device.

    Raises:
        ValueError: when it is none.
    """
    if not _DEVICE.fullmatch(name):
        raise ValueError("wanted auto, cpu, cuda, cuda:N, several GPUs as cuda:0,1, or mps")
    return name


_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d{1,3}(,\d{1,3})*)?")
Device: TypeAlias = Annotated[str, AfterValidator(device)]
"""What computes; `auto` is the best there is."""
